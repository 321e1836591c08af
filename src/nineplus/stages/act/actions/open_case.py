"""Open a follow-up for the customer; one that is open for the same reason takes this in."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.model.cases import PRIORITIES
from nineplus.plugs import Action, Field
from nineplus.stages.act.cases import opening
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.response is not None and doing.response.anonymous:
        raise NotPossible("Nobody is known who could be followed up.")
    made = opening.open_case(
        account=doing.account,
        contact=doing.contact,
        reason=settings.get("reason") or "rule",
        response=doing.response,
        about=settings.get("about", ""),
        note=settings.get("note", "") or f"Opened by the rule {doing.rule}.",
        team=settings.get("team", ""),
        priority=settings.get("priority", ""),
        now=doing.now,
    )
    return Did(f"Case {made.case.pk} was opened." if made.new else f"Case {made.case.pk} took it in.", made.case)


def check(settings: Mapping[str, str]) -> str:
    reason = settings.get("reason") or "rule"
    plain = len(reason) <= 40 and reason.replace("_", "").isalnum() and reason.isascii() and reason == reason.lower()
    return "" if plain else "The reason is a short word in lower-case letters."


ACTION = Action(
    name="open_case",
    title="Open a case",
    fields=(
        Field("reason", "Reason", "One word; an open case of that customer and reason takes it in.", required=False),
        Field("about", "About", required=False),
        Field("team", "Team", "Whose queue; empty: by the usual turns.", required=False),
        Field("priority", "Priority", type="choice", choices=("", *PRIORITIES), required=False),
        Field("note", "Note", required=False),
    ),
    run=run,
    check=check,
)
