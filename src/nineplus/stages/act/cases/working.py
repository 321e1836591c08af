"""Working on a case: started, waiting, contacts and notes, a promise, closed with what came of it, opened again.

Who looked at a case before acting may say which `version` they saw: when it changed meanwhile nothing is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from nineplus.model.cases import OUTCOMES
from nineplus.rules import cases as rules
from nineplus.stages.act.cases import causes, history, owing, owning, policy
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Case, CaseAnswer, CaseEntry, CaseMail, User
from nineplus.store.models.cases import CaseEntryKind, CaseState

WAYS = {"call": "By telephone", "email": "By e-mail", "meeting": "In a meeting", "chat": "In a chat", "other": "Else"}
"""How a customer is contacted."""
BACK = timedelta(minutes=15)
"""How long a contact that was noted by mistake can be taken back."""
_LONGEST = 20_000


def start(pk: int, *, by: User | None, version: int | None = None, now: datetime) -> Case:
    """Somebody works on it now: who does takes it when nobody has it. A pause ends."""
    with transaction.atomic():
        case = _held(pk, version)
        if case.state == CaseState.WORKING:
            return case
        if case.owner_id is None and by is not None:
            owning._given(case, to=owning._able(by.pk), by=by, why="", now=now)
        return _become(case, "start", by=by, now=now)


def wait(pk: int, *, why: str, by: User | None, version: int | None = None, now: datetime) -> Case:
    """It waits for the customer: its clock stands still until it goes on, or until they write. Raises NotPossible."""
    words = _words(why, "Say what is waited for.")
    with transaction.atomic():
        return _become(_held(pk, version), "wait", by=by, now=now, text=words)


def note(pk: int, *, text: str, by: User | None, key: str = "", now: datetime) -> Case:
    """A note for colleagues; on a closed case too. The same `key` again adds nothing."""
    words = _words(text, "Write the note first.")
    with transaction.atomic():
        case = history.hold(pk)
        if history.write(case, CaseEntryKind.NOTE, now=now, by=by, text=words, key=key):
            history.put(case)
        return case


def contact(
    pk: int,
    *,
    way: str,
    text: str = "",
    by: User,
    version: int | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Case:
    """A person of ours reached the customer, or tried to in earnest: the first time is what the promise is about.

    `at`: when it was, if not now. Raises NotPossible.
    """
    if way not in WAYS:
        raise NotPossible(f"There is no way {way!r}. There are: {', '.join(WAYS)}.")
    with transaction.atomic():
        case = _held(pk, version)
        when = at or now
        if when > now:
            raise NotPossible("That is still to come.")
        if when < case.opened_at:
            raise NotPossible("That was before the case was opened.")
        data = {"way": way, "noted": now.isoformat(), "level": case.level}
        history.write(case, CaseEntryKind.CONTACT, now=when, by=by, text=text.strip()[:_LONGEST], data=data)
        if case.owner_id is None and by is not None and by.may("agent"):
            owning._given(case, to=by, by=by, why="", now=now)
        contacted(case, at=when)
        if case.state == CaseState.OPEN:
            _become(case, "start", by=by, now=now)
        history.tell(case, "case.changed", now=now, what="contact")
        return case


def take_back(pk: int, *, entry: int | None = None, by: User | None, now: datetime) -> Case:
    """The contact they noted was none: the history says so, and the first contact is owed as if it had not been.

    `entry`: which line of the history; None: the last one that they noted. Only whoever noted it can, for 15 minutes.
    Raises NotFound, NotPossible, Conflict.
    """
    with transaction.atomic():
        case = history.hold(pk)
        if case.merged_into_id:
            raise Conflict(f"It became case {case.merged_into_id}: go on there.")
        noted = owing.contacts(case).filter(kind=CaseEntryKind.CONTACT)
        noted = noted.filter(pk=entry) if entry else noted.filter(by=by)
        row = noted.order_by("-pk").first()
        if row is None:
            raise NotPossible("There is no contact of yours here to take back.")
        if row.by_id != (by.pk if by else None):
            raise NotPossible("Only whoever noted a contact can take it back.")
        if now > back_until(row):
            raise NotPossible("A contact can be taken back for 15 minutes. Write a note that says how it was.")
        data = {"back": row.pk, "way": row.data["way"]}
        history.write(case, CaseEntryKind.NOTE, now=now, by=by, data=data, key=f"back-{row.pk}")
        not_contacted(case)
        if case.contacted_at is None:
            history.put(case, level=row.data.get("level", 0))
        history.tell(case, "case.changed", now=now, what="contact")
        return case


def back_until(entry: CaseEntry) -> datetime:
    """Until when a contact can be taken back: counted from when it was noted, not from when it was."""
    noted = entry.data.get("noted")
    return (datetime.fromisoformat(noted) if noted else entry.at) + BACK


def contacted(case: Case, *, at: datetime) -> None:
    """The customer was contacted then; the earliest counts. In the caller's transaction."""
    owing.put(case, contacted_at=min(case.contacted_at, at) if case.contacted_at else at, level=0)


def not_contacted(case: Case) -> None:
    """What was counted as a contact was none (the letter came back, it was noted by mistake): what is left counts."""
    first = owing.contacts(case).order_by("at").values_list("at", flat=True).first()
    due = case.due_at
    if first is None and case.pauses and case.state != CaseState.WAITING:  # it went on while nothing was owed
        due = policy.due_time(case)
    owing.put(case, contacted_at=first, due_at=due)


def promise(
    pk: int, *, text: str, until: datetime | None, by: User | None, version: int | None = None, now: datetime
) -> Case:
    """What was promised to the customer, until when: that is what the case owes from then on. Raises NotPossible."""
    words = _words(text, "Write what was promised.")
    if until is not None and until <= now:
        raise NotPossible("The day of a promise lies ahead.")
    with transaction.atomic():
        case = _held(pk, version)
        owing.put(case, promise=words, promised_for=until, level=0)
        data = {"until": until.isoformat() if until else None}
        history.write(case, CaseEntryKind.PROMISE, now=now, by=by, text=words, data=data)
        history.tell(case, "case.changed", now=now, what="promise")
        return case


def close(
    pk: int,
    *,
    outcome: str,
    root_cause: str,
    note: str,
    by: User | None,
    version: int | None = None,
    now: datetime,
) -> Case:
    """It is done: with what came of it, what lay behind it, and a sentence. Raises NotPossible, Conflict.

    Closing says nothing about a contact: a case that nobody was contacted about keeps that in its numbers.
    """
    if outcome not in OUTCOMES:
        raise NotPossible(f"Say what came of it: {', '.join(OUTCOMES)}.")
    root_cause = causes.checked(root_cause)
    words = _words(note, "Say in a sentence what was done.")
    with transaction.atomic():
        case = _held(pk, version)
        held = policy.current()
        ask_again = None
        if held.recovery_survey and case.contact_id and outcome not in ("not_wanted", "lost"):
            ask_again = now + timedelta(days=held.recovery_days)
        _become(
            case,
            "close",
            by=by,
            now=now,
            text=words,
            data={"outcome": outcome, "root_cause": root_cause},
            slot="",
            closed_at=now,
            outcome=outcome,
            root_cause=root_cause,
            recovery_at=ask_again,
        )
        history.tell(case, "case.closed", now=now)
        return case


def reopen(pk: int, *, why: str, by: User | None, now: datetime) -> Case:
    """It goes on: something is owed again, from now. Raises Conflict when another one is open for that reason."""
    words = _words(why, "Say why it is opened again.")
    with transaction.atomic():
        case = history.hold(pk)
        if case.state != CaseState.CLOSED:
            raise Conflict("The case is open.")
        if case.merged_into_id:
            raise Conflict(f"It became case {case.merged_into_id}: go on there.")
        slot = history.slot_of(account=case.account_id, contact=case.contact_id, reason=case.reason)
        try:
            with transaction.atomic():
                _become(
                    case,
                    "reopen",
                    by=by,
                    now=now,
                    text=words,
                    slot=slot,
                    closed_at=None,
                    outcome="",
                    recovery_at=None,
                    level=0,
                )
        except IntegrityError:
            other = Case.objects.filter(slot=slot).values_list("pk", flat=True).first()
            raise Conflict(f"Case {other} is open for the same customer and reason: go on there.") from None
        history.tell(case, "case.opened", now=now, again=True)
        return case


def merge(pk: int, *, into: int, by: User | None, why: str = "", now: datetime) -> Case:
    """Two cases are one: answers, letters and history are the other's from now on. Raises NotPossible, Conflict."""
    if pk == into:
        raise NotPossible("This is one and the same case.")
    with transaction.atomic():
        first, second = (history.hold(number) for number in sorted((pk, into)))
        gone, kept = (first, second) if first.pk == pk else (second, first)
        if CaseState.CLOSED in (gone.state, kept.state):
            raise Conflict("Only open cases are merged.")
        if not _alike(gone, kept):
            raise NotPossible("They are of two customers. Merge the accounts first, in Who is who.")
        join(gone, kept, by=by, why=why, now=now)
        return kept


def join(gone: Case, kept: Case, *, by: User | None, why: str, now: datetime) -> None:
    """`merge` of two cases that the caller holds."""
    have = set(CaseAnswer.objects.filter(case=kept).values_list("response", flat=True))
    CaseAnswer.objects.filter(case=gone, response__in=have).delete()
    CaseAnswer.objects.filter(case=gone).update(case=kept)
    CaseMail.objects.filter(case=gone).update(case=kept)
    Case.objects.filter(merged_into=gone).update(merged_into=kept, version=F("version") + 1, revision=0)
    times = [at for at in (gone.contacted_at, kept.contacted_at) if at]
    answered = [at for at in (gone.answered_at, kept.answered_at) if at]
    because = [*kept.because, *(why for why in gone.because if why not in kept.because)]
    history.put(
        kept,
        answered_at=min(answered, default=None),
        opened_at=min(gone.opened_at, kept.opened_at),
        due_at=min(gone.due_at, kept.due_at),
        contacted_at=min(times, default=None),
        because=because,
        owner_id=kept.owner_id or gone.owner_id,
        contact_id=kept.contact_id or gone.contact_id,
        promise=kept.promise or gone.promise,
        promised_for=kept.promised_for or gone.promised_for,
    )
    history.put(
        gone,
        state=CaseState.CLOSED,
        slot="",
        closed_at=now,
        outcome="",
        next_at=None,
        pauses=_ended(gone.pauses, now),
        merged_into=kept,
    )
    owing.put(kept)  # the history of both says what
    history.write(gone, CaseEntryKind.MERGED, now=now, by=by, text=why, data={"into": kept.pk})
    history.write(kept, CaseEntryKind.MERGED, now=now, by=by, text=why, data={"from": gone.pk})
    history.tell(kept, "case.changed", now=now, what="merged")


# -- small --------------------------------------------------------------------------------------------------------


def _held(pk: int, version: int | None) -> Case:
    case = history.hold(pk, version=version)
    if case.state == CaseState.CLOSED:
        raise Conflict("The case is closed. Open it again first.")
    return case


def _become(
    case: Case,
    action: str,
    *,
    by: User | None,
    now: datetime,
    text: str = "",
    data: Any = None,
    silent: bool = False,
    **changes: Any,
) -> Case:
    """Into the state after that action, with the clock stopped or going as that state wants.

    `silent`: something else in the history says why already.
    """
    before = case.state
    try:
        state = rules.after(action, before)
    except rules.NotNow:
        raise Conflict(f"That is not possible: the case is {CaseState(before).label.lower()}.") from None
    late = owing.late(case, now=now)
    pauses = _ended(case.pauses, now)
    if state == CaseState.WAITING:
        pauses = [*pauses, [now.isoformat(), None]]
    history.put(case, state=state, pauses=pauses, **changes)
    if before == CaseState.WAITING and not case.contacted_at and not late:
        history.put(case, due_at=policy.due_time(case))
    kind = {"close": CaseEntryKind.CLOSED, "reopen": CaseEntryKind.REOPENED}.get(action, CaseEntryKind.STATE)
    if not silent:
        history.write(case, kind, now=now, by=by, text=text, data={"from": before, "to": state, **(data or {})})
    owing.put(case)  # after its history, which says what is owed
    if action not in ("close", "reopen"):
        history.tell(case, "case.changed", now=now, what="state")
    return case


def _ended(pauses: list[list[str | None]], now: datetime) -> list[list[str | None]]:
    return [[began, ended or now.isoformat()] for began, ended in pauses]


def _alike(one: Case, other: Case) -> bool:
    if one.account_id or other.account_id:
        return one.account_id == other.account_id
    return one.contact_id == other.contact_id


def _words(text: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise NotPossible(missing)
    if len(words) > _LONGEST or "\x00" in words:
        raise NotPossible(f"At most {_LONGEST:,} characters, please.")
    return words
