"""Put a tag on the answer."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response, Revision

_LONGEST = 60


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.response is None:
        raise NotPossible("There is no answer to be tagged.")
    row = Response.objects.filter(pk=doing.response.pk)
    tags = row.select_for_update().values_list("tags", flat=True).get()
    tag = settings["tag"].strip()
    if tag in tags:
        return Did(f"It had the tag {tag}.")
    row.update(tags=[*tags, tag], revision=Revision.next())
    return Did(f"It has the tag {tag} now.")


ACTION = Action(
    name="tag_answer",
    title="Tag the answer",
    fields=(Field("tag", "Tag"),),
    run=run,
    check=lambda settings: "" if len(settings.get("tag", "")) <= _LONGEST else "A tag has at most 60 characters.",
)
