"""Planning: whoever is due is invited or skipped, each once, with the message that is to be sent.

Read, decide, write, a portion at a time. A portion is one transaction; the survey's mark (`planned_to`) moves only
when everything before it was decided. Killed anywhere, the next run goes on: an occasion that was decided is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice

from django.db import IntegrityError, transaction

from nineplus.stages.capture.asking import asks, audience
from nineplus.stages.capture.asking.audience import SOURCE, Asking, Due
from nineplus.stages.capture.asking.deciding import Desk
from nineplus.stages.capture.asking.turns import TurnLost, turn
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Contact, Event, Invitation, Revision, Survey
from nineplus.store.models.capture import Fate, SurveyState

PORTION = 500
"""Decided and written together: short enough that an answer never waits for it noticeably."""
_TRIES = 3
_MOST_AGAIN = 20_000


@dataclass(slots=True)
class Planned:
    """What a run did: invitations made, people skipped by reason, and whether everything that was due is decided."""

    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one ask. `at`: when the message goes, None when there is `reason` against it."""

    contact: int
    invitation: int | None
    reason: str = ""
    at: datetime | None = None


def plan_due(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> dict[int, Planned]:
    """Plan every active survey, the oldest first, so that of two that meet at one person the older one asks."""
    done = {}
    for survey in (
        Survey.objects.filter(state=SurveyState.ACTIVE).select_related("current").order_by("created_at", "pk")
    ):
        if stopping():
            break
        done[survey.pk] = plan(survey, now=now, stopping=stopping)
    return done


def plan(
    survey: Survey, *, now: datetime, limit: int | None = None, stopping: Callable[[], bool] = lambda: False
) -> Planned:
    """Invite or skip everyone who is due by `now`. Safe to run twice, at once, and to be killed.

    `limit`: most who are looked at in this run. Raises NotPossible when the survey is not active, Busy when another
    process plans for longer than half a minute.
    """
    if survey.state != SurveyState.ACTIVE or survey.current_id is None:
        raise NotPossible("Only a survey that is switched on can ask.")
    asking = Asking.of(survey, content=surveys.asked(survey.current))
    kind = asking.plan.trigger.kind
    # A mark that lies ahead was set by a clock that was wrong.
    since = min(survey.planned_to or now, now)
    desk, done, left = Desk(asking, now=now), Planned(), limit
    waiting = audience.again(asking, now=now, limit=limit or _MOST_AGAIN)
    found = chain([waiting], audience.due(asking, since=since, until=now))
    for portion in portions(chain.from_iterable(found), PORTION):
        if left is not None:
            portion, left = portion[:left], left - len(portion)
        if stopping() or not portion or not _settled(desk, portion, done, now=now):
            done.complete = False
            return _told(done, now=now)
    reached = max(since, now - audience.trailing(kind))
    Survey.objects.filter(pk=survey.pk, planned_to=survey.planned_to).update(planned_to=reached)
    return _told(done, now=now)


def ask(
    survey: Survey,
    *,
    contacts: Sequence[int] | None,
    occasion: str,
    now: datetime,
    at: datetime | None = None,
    channels: Sequence[str] = (),
    words: Mapping[str, str] | None = None,
    attributes: Mapping[int, Mapping[str, str]] | None = None,
) -> list[Asked]:
    """Ask these contacts (None: all there are) now or at `at`, if the survey's rules allow; what became of each.

    The same occasion again asks nobody twice and says what became of them. Contacts that are not there or not in the
    survey's audience are left out of the answer. `channels` replace the plan's, `words` (product, subject, intro) the
    survey's own; `attributes` by contact are kept with the ask. Raises NotPossible when the survey is not active.
    """
    if survey.state != SurveyState.ACTIVE or survey.current_id is None:
        raise NotPossible("Only a survey that is switched on can ask.")
    plan = surveys.plan_of(survey)
    if channels:
        plan = plan.model_copy(update={"channels": tuple(channels)})
    asking = Asking.of(survey, plan=plan, content=surveys.asked(survey.current))
    asking = replace(asking, words=words or {}, attributes=attributes or {})
    moment = at or now
    desk, done, found = Desk(asking, now=now), Planned(), []
    for portion in portions(audience.everyone(asking, occasion=occasion, now=moment, only=contacts), PORTION):
        if not _settled(desk, portion, done, now=now):
            break
        names = {audience.external_id(survey.pk, due.occasion): due.contact for due in portion}
        rows = Invitation.objects.filter(source=SOURCE, external_id__in=list(names)).order_by("pk")
        for row in rows.values_list("external_id", "pk", "fate", "reason", "due_at"):
            against = row[3] if row[2] == Fate.SKIPPED else ""
            found.append(Asked(names[row[0]] or 0, row[1], against, None if against else row[4]))
    _told(done, now=now)
    return found


def happened(*, event: str, contact: int, occasion: str, now: datetime) -> int:
    """A program says that something happened to a contact: how many surveys are to ask about it, after their delay.

    Kept durably and decided by the worker. The same occasion again asks nobody twice.
    """
    listening = [
        survey
        for survey in Survey.objects.filter(state=SurveyState.ACTIVE)
        if (trigger := surveys.plan_of(survey).trigger).kind == "event" and trigger.event == event
    ]
    whose = Contact.objects.filter(pk=contact).values_list("account_id", flat=True)
    if not whose:
        raise NotFound("There is no such contact.")
    with transaction.atomic():
        for survey in listening:
            due_at = now + Asking.of(survey).delay(account=whose[0], contact=contact)
            data = {"survey": survey.pk, "contact": contact, "occasion": occasion, "event": event}
            Event.publish(kind="survey.happened", data=data, now=now, due_at=due_at)
    return len(listening)


def ask_about(*, survey: int, contact: int, event: str, occasion: str, now: datetime) -> Planned:
    """Decide on what `happened`, when its delay is over. Nothing when the survey no longer asks."""
    found = Survey.objects.filter(pk=survey, state=SurveyState.ACTIVE).select_related("current").first()
    done = Planned()
    if found is not None and found.current is not None:
        due = Due(contact=contact, at=now, occasion=f"{event}:{contact}:{occasion}")
        asking = Asking.of(found, content=surveys.asked(found.current))
        _settled(Desk(asking, now=now), [due], done, now=now)
    return _told(done, now=now)


def portions(dues: Iterable[Due], size: int) -> Iterator[list[Due]]:
    """Cut into lists of that size; the last may be shorter."""
    rest = iter(dues)
    while portion := list(islice(rest, size)):
        yield portion


# --- one portion


def _settled(desk: Desk, portion: Sequence[Due], done: Planned, *, now: datetime) -> bool:
    """Decide and write one portion; False when the survey was switched off meanwhile."""
    for attempt in range(_TRIES):
        try:
            with turn() as mine:
                decisions = desk.decide(portion)
                if not decisions:
                    return True
                with transaction.atomic():
                    mine.end()
                    if not Survey.objects.filter(pk=desk.asking.survey.pk, state=SurveyState.ACTIVE).exists():
                        return False
                    asks.write(desk.asking, decisions, revision=Revision.next(), now=now)
        except (TurnLost, IntegrityError):
            # Another planner came between, or a contact was deleted: decide again on what is there now.
            if attempt == _TRIES - 1:
                raise
        else:
            break
    for decision in decisions:
        if decision.reason:
            done.skipped[decision.reason] += 1
        else:
            done.planned += 1
    return True


def _told(done: Planned, *, now: datetime) -> Planned:
    """Whoever reads analyses of invitations finds the new ones."""
    if done.planned or done.skipped:
        Event.publish_once(kind="mart.stale", now=now)
    return done
