"""What an experiment's arm changes of what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.model.survey import Content, Texts
from nineplus.store.models import Experiment


def content_in(content: Content, *, survey: int, arm: str) -> Content:
    """The content as somebody in that arm reads it: the arm's texts over the survey's own, language by language."""
    change = _change(survey, arm).get("texts") if arm else None
    if not isinstance(change, Mapping):
        return content
    texts = dict(content.texts)
    for language, words in change.items():
        own = texts.get(language, Texts())
        changed = Texts.model_validate(words)
        texts[language] = own.model_copy(update={name: getattr(changed, name) for name in changed.model_fields_set})
    return content.model_copy(update={"texts": texts})


def _change(survey: int, arm: str) -> Mapping[str, Any]:
    """What the newest experiment that had this arm changes: an arm is kept by name on its invitations."""
    for arms in Experiment.objects.filter(survey=survey).order_by("-pk").values_list("arms", flat=True):
        for one in arms or ():
            if one.get("name") == arm:
                return one.get("change") or {}
    return {}
