"""Put a tag on the answer."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response, Revision
from nineplus.store.questions import Question, integer

_LONGEST = 60
_TAGS = Question(lambda: Response.objects.filter(pk=integer("pk")).select_for_update().values_list("tags", flat=True))


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.response is None:
        raise NotPossible("There is no answer to be tagged.")
    tags, tag = _TAGS.first(pk=doing.response.pk), settings["tag"].strip()
    if tags is None:
        raise NotPossible("The answer is not there any more.")
    if tag in tags:
        return Did(f"It had the tag {tag}.")
    Response.objects.filter(pk=doing.response.pk).update(tags=[*tags, tag], revision=Revision.next())
    return Did(f"It has the tag {tag} now.")


ACTION = Action(
    name="tag_answer",
    title="Tag the answer",
    fields=(Field("tag", "Tag"),),
    run=run,
    check=lambda settings: "" if len(settings.get("tag", "")) <= _LONGEST else "A tag has at most 60 characters.",
)
