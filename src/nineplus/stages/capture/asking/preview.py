"""Who would be asked, who not, and why: planning's own decisions, with nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.model.survey import Content, Plan
from nineplus.rules.asking import REASONS
from nineplus.stages.capture.asking import audience
from nineplus.stages.capture.asking.audience import Asking, Due
from nineplus.stages.capture.asking.deciding import Decision, Desk
from nineplus.stages.capture.asking.planning import portions
from nineplus.store.models import Survey

HOURS = 24.0
PAGE = 50
MOST = 100_000
"""Most who are looked at for one preview."""
_PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Someone:
    """One contact in a preview. `at`: when their message would go, or when they would be looked at again."""

    contact: int | None
    account: int | None
    name: str
    email: str
    asked: bool
    reason: str
    says: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some are not asked, with how many they are."""

    reason: str
    says: str
    n: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a survey's runs would do up to `until`.

    `due` are in the audience and have their moment; `asked` of them would be, the others are counted by `reasons`.
    `outside` have their moment and are not in the audience. `people` is one page of them, those asked first.
    `first`: when the earliest of the messages would go. `complete` False: there are more than were looked at.
    `by_hand`: nothing makes them due but a person, so that these are all contacts there are.
    """

    until: datetime
    due: int
    asked: int
    outside: int
    reasons: tuple[Reason, ...]
    people: tuple[Someone, ...]
    page: int
    pages: int
    complete: bool
    by_hand: bool
    first: datetime | None = None

    @property
    def not_asked(self) -> int:
        return self.due - self.asked


def preview(
    survey: Survey,
    *,
    now: datetime,
    plan: Plan | None = None,
    content: Content | None = None,
    hours: float = HOURS,
    reason: str = "",
    page: int = 1,
    most: int = MOST,
) -> Preview:
    """What would the survey do in the next hours? A draft is shown as if it were switched on now.

    `plan` and `content` stand for the survey's own while they are being drawn up. `reason` narrows `people` to those
    with that reason (`asked`: those who are asked). Nothing is written.
    """
    desk = _desk(survey, plan, content, now=now)
    until = now + timedelta(hours=hours)
    counted: Counter[str] = Counter()
    chosen: list[Decision] = []
    seen, complete = 0, True
    first, last = (page - 1) * PAGE, page * PAGE
    refused: list[Decision] = []
    earliest: datetime | None = None
    for portion in portions(_due(desk.asking, now=now, until=until), _PORTION):
        if seen >= most:
            complete = False
            break
        for decision in desk.decide(portion):
            counted[decision.reason] += 1
            if not decision.reason and decision.at and (earliest is None or decision.at < earliest):
                earliest = decision.at
            if reason and reason != (decision.reason or "asked"):
                continue
            into = refused if decision.reason else chosen
            if len(into) < last:
                into.append(decision)
        seen += len(portion)
    asked = counted.pop("", 0)
    shown = counted[reason] if reason in counted else asked if reason == "asked" else asked + counted.total()
    return Preview(
        until=until,
        due=asked + counted.total(),
        asked=asked,
        outside=desk.outside,
        reasons=tuple(Reason(slug, REASONS[slug], n) for slug, n in counted.most_common()),
        people=tuple(_someone(one) for one in (chosen + refused)[first:last]),
        page=page,
        pages=max(1, -(-shown // PAGE)),
        complete=complete,
        by_hand=desk.plan.trigger.kind in ("manual", "event"),
        first=earliest,
    )


HEAD = ("name", "email", "decision", "reason", "at")


def preview_rows(survey: Survey, *, now: datetime, hours: float = HOURS) -> Iterator[tuple[str, ...]]:
    """Everybody who is due in the next hours as rows of a table, the first with its columns' names."""
    yield HEAD
    desk = _desk(survey, None, None, now=now)
    for portion in portions(_due(desk.asking, now=now, until=now + timedelta(hours=hours)), _PORTION):
        for one in map(_someone, desk.decide(portion)):
            at = one.at.isoformat() if one.at else ""
            yield (one.name, one.email, "asked" if one.asked else "not asked", one.says, at)


def _desk(survey: Survey, plan: Plan | None, content: Content | None, *, now: datetime) -> Desk:
    return Desk(Asking.of(survey, plan=plan, content=content), now=now, writes=False)


def _due(asking: Asking, *, now: datetime, until: datetime) -> Iterator[Due]:
    """Who is due, as the runs up to then would find them."""
    active = asking.survey.state == Survey.State.ACTIVE
    since = min(asking.survey.planned_to or now, now) if active else now
    if asking.plan.trigger.kind in ("manual", "event"):
        yield from audience.everyone(asking, occasion=f"{now.date()}", now=now)
        return
    if active and asking.survey.pk:
        yield from audience.again(asking, now=until, limit=MOST)
    for dues in audience.due(asking, since=since, until=until):
        yield from dues


def _someone(decision: Decision) -> Someone:
    return Someone(
        contact=decision.due.contact,
        account=decision.due.account,
        name=decision.name,
        email=decision.email,
        asked=not decision.reason,
        reason=decision.reason,
        says=REASONS.get(decision.reason, ""),
        at=decision.at,
    )
