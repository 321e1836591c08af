"""The sample company's cases: as long ago as they were, with what its colleagues wrote. Nothing is told to anybody.

Rows are written as they would have become, without the events that go with a case: no alert, no rule, no webhook and
no letter hears of them. The colleagues are names in the history, not people who could sign in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nineplus.model.cases import CasePolicy
from nineplus.rules.cases import Matter, calendar_of, due_time, priority_of
from nineplus.sample import telling
from nineplus.sample.following import FollowUp
from nineplus.sample.loop import Loop
from nineplus.stages.govern.preferences import preferences
from nineplus.stages.govern.sample.state import SOURCE
from nineplus.store.models import Case, CaseAnswer, CaseEntry, CasePlaybook, CaseStep, PlaybookVersion, Survey, User
from nineplus.store.models.cases import CaseEntryKind, CaseState
from nineplus.store.models.govern import Role

MINE = 3
"""So many open cases are given to the first owner, as long as nothing but the sample company is here."""
_REASON = "detractor"
_SAYS_WHAT_IS_NEXT = 3  # that step of the playbook: left out where nothing was promised


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an answer that was written: its row, whose it is, and the text."""

    pk: int
    account: int
    contact: int
    score: int
    comment: str
    at: datetime
    renews: datetime | None
    email: str


@dataclass(slots=True)
class _Written:
    case: Case
    entries: list[CaseEntry] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def write_cases(loop: Loop, known: Mapping[int, Answer], *, playbook: PlaybookVersion | None) -> None:
    """All cases with their histories, in the caller's transaction. Those of answers that are not known are left out."""
    mine = _trying_out()
    made: list[_Written] = []
    for number, follow in enumerate(loop.cases):
        answers = [known[one] for one in follow.answers if one in known]
        if answers:
            made.append(_written(number, follow, answers, mine=mine))
            mine = None if sum(one.case.owner_id is not None for one in made) >= MINE else mine
    Case.objects.bulk_create([one.case for one in made])
    CaseAnswer.objects.bulk_create(
        [CaseAnswer(case=one.case, response_id=said.pk, at=said.at) for one in made for said in one.answers]
    )
    if playbook is not None:
        _take_up(playbook, made)
    CaseEntry.objects.bulk_create(
        [entry for one in made for entry in sorted(one.entries, key=lambda entry: entry.at)], batch_size=500
    )


def instant(micro: int) -> datetime:
    """Microseconds since 1970 (UTC) as an instant."""
    return datetime.fromtimestamp(micro / 1_000_000, UTC)


def _trying_out() -> User | None:
    """Whose the open cases are: the first owner's, unless somebody's own answers are here."""
    if Survey.objects.exclude(source=SOURCE).exists():
        return None
    return User.objects.filter(is_active=True, role=Role.OWNER).order_by("pk").first()


def _written(number: int, follow: FollowUp, answers: list[Answer], *, mine: User | None) -> _Written:
    first, words = answers[0], telling.words()
    place = number % len(words["colleagues"])
    policy = CasePolicy()
    opened, reached, closed = (
        instant(one) if one is not None else None for one in (follow.opened, follow.reached, follow.closed)
    )
    assert opened is not None, "a case was opened at some time"
    renews_in = first.renews - opened if first.renews and first.renews > opened else None
    level, why = priority_of(Matter(score=first.score, renews_in=renews_in, answers=len(answers)), policy)
    minutes = policy.minutes_for(level)
    calendar = calendar_of("", (), time_zone=preferences().time_zone)
    due = due_time(start=opened, minutes=minutes, calendar=calendar)
    state = _state(follow)
    promised = instant(follow.promised_for) if follow.promised_for and reached else None
    case = Case(
        account_id=first.account,
        contact_id=first.contact,
        reason=_REASON,
        slot="" if closed else f"a{first.account}:{_REASON}",
        about=first.comment[:300] or f"A score of {first.score}",
        state=state,
        owner=mine if closed is None and follow.reached is not None else None,
        team=words["teams"][place],
        priority=level,
        because=list(why),
        answered_at=first.at,
        opened_at=opened,
        minutes=minutes,
        due_at=due,
        pauses=[[(reached + timedelta(hours=1)).isoformat(), None]] if reached and state == CaseState.WAITING else [],
        contacted_at=reached,
        promise=telling.said("promised", first.comment) if promised else "",
        promised_for=promised,
        next_at=None if closed or state == CaseState.WAITING else promised if reached else due,
        closed_at=closed,
        outcome=follow.outcome if closed else "",
        root_cause=telling.cause(first.comment, number=number) if closed else "",
    )
    written = _Written(case, answers=answers)
    written.entries += _history(written, follow, colleague=words["colleagues"][place], due=due)
    return written


def _state(follow: FollowUp) -> str:
    if follow.closed is not None:
        return str(CaseState.CLOSED)
    if follow.reached is None:
        return str(CaseState.OPEN)
    return str(CaseState.WAITING if follow.waits else CaseState.WORKING)


def _history(written: _Written, follow: FollowUp, *, colleague: str, due: datetime) -> Iterator[CaseEntry]:
    case, kinds, words = written.case, CaseEntryKind, telling.words()
    comment = written.answers[0].comment

    def line(kind: CaseEntryKind, at: datetime, text: str = "", by: str = "", **data: Any) -> CaseEntry:
        data |= {"colleague": by} if by else {}
        return CaseEntry(case=case, at=at, kind=kind, text=text, data=data)

    opened = {"priority": case.priority, "because": case.because, "due_at": due.isoformat()}
    yield line(kinds.OPENED, case.opened_at, **opened)
    yield line(kinds.TEAM, case.opened_at, case.team, team=case.team)
    for said in written.answers[1:]:
        yield line(kinds.JOINED, said.at, response=said.pk, score=said.score)
    if (case.contacted_at or case.closed_at or due) > due:
        yield line(kinds.ESCALATED, due, level=1, people=[], due_at=due.isoformat())
    if case.contacted_at:
        talked = case.contacted_at
        if case.owner is not None:
            to = {"to": case.owner_id, "from": None, "name": case.owner.name or case.owner.email}
            yield line(kinds.OWNER, talked, "Given to you to look around.", **to)
        yield line(kinds.CONTACT, talked, telling.said("called", comment), colleague, way=follow.way)
        if case.promise and case.promised_for:
            yield line(kinds.PROMISE, talked, case.promise, colleague, until=case.promised_for.isoformat())
        state = {"from": CaseState.OPEN, "to": case.state if case.state == CaseState.WAITING else CaseState.WORKING}
        yield line(kinds.STATE, talked + timedelta(hours=1), "", colleague, **state)
    if case.closed_at:
        told = {"to": CaseState.CLOSED, "outcome": case.outcome, "root_cause": case.root_cause}
        ended = words["closed"][case.outcome]
        if follow.reopened is not None:
            once = instant(follow.reopened)
            yield line(kinds.CLOSED, once, words["closed"]["explained"], colleague, **told)
            yield line(kinds.REOPENED, case.closed_at - timedelta(days=1), words["again"]["why"], colleague)
        yield line(kinds.CLOSED, case.closed_at, ended, colleague, **told)


def _take_up(version: PlaybookVersion, made: list[_Written]) -> None:
    """The playbook is begun on every case that was reached lately, its steps done as far as the case has come."""
    chosen = [one for one in made if one.case.contacted_at][-24:]
    begun = {id(one): CasePlaybook(case=one.case, playbook=version.playbook, version=version) for one in chosen}
    steps: list[CaseStep] = []
    calendar = calendar_of("", (), time_zone=preferences().time_zone)
    for one in chosen:
        row, case = begun[id(one)], one.case
        assert case.contacted_at is not None, "those were chosen"
        row.started_at, row.ended_at = case.opened_at, case.closed_at
        told = case.contacted_at + timedelta(minutes=5) if case.promise or case.closed_at else None
        done = (case.opened_at + (case.contacted_at - case.opened_at) / 4, case.contacted_at, told, case.closed_at)
        for place, (step, at) in enumerate(zip(version.steps, done, strict=True), start=1):
            out = place == _SAYS_WHAT_IS_NEXT and at is not None and not case.promise
            due = due_time(start=case.opened_at, minutes=step["minutes"], calendar=calendar)
            made_step = CaseStep(taken_up=row, place=place, title=step["title"], due_at=due, done_at=at, left_out=out)
            made_step.note = telling.words()["playbook"]["skipped"] if out else ""
            steps.append(made_step)
        data = {"playbook": version.playbook_id, "version": version.number}
        data |= {"did": "took_up", "name": version.playbook.name}
        one.entries.append(CaseEntry(case=case, at=case.opened_at, kind=CaseEntryKind.NOTE, data=data))
    CasePlaybook.objects.bulk_create(list(begun.values()))
    CaseStep.objects.bulk_create(steps)
