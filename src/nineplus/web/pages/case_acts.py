"""What can be done with a case on its page: one function for each form, which says what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from nineplus.stages.act.cases import owning, replying, working
from nineplus.stages.act.playbooks import running as playing
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences


def _claim(request: HttpRequest, pk: int, given: QueryDict) -> str:
    owning.claim(pk, by=request.user, now=timezone.now())
    return "It is yours."


def _start(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.start(pk, by=request.user, version=_version(given), now=timezone.now())
    return "You work on it."


def _wait(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.wait(pk, why=given.get("text", ""), by=request.user, version=_version(given), now=timezone.now())
    return "It waits: the clock stands still."


def _contact(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.contact(
        pk,
        way=given.get("way", ""),
        text=given.get("text", ""),
        by=request.user,
        version=_version(given),
        now=timezone.now(),
    )
    return "Noted: they have heard from us."


def _take_back(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.take_back(pk, entry=number(given, "entry") or None, by=request.user, now=timezone.now())
    return "Taken back: it counts as no contact."


def _note(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.note(pk, text=given.get("text", ""), by=request.user, now=timezone.now())
    return "Noted."


def _promise(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.promise(
        pk,
        text=given.get("text", ""),
        until=_end_of(given.get("until", "")),
        by=request.user,
        version=_version(given),
        now=timezone.now(),
    )
    return "The promise is kept here until it is kept."


def _close(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.close(
        pk,
        outcome=given.get("outcome", ""),
        root_cause=given.get("root_cause", ""),
        note=given.get("text", ""),
        by=request.user,
        version=_version(given),
        now=timezone.now(),
    )
    return "Closed."


def _reopen(request: HttpRequest, pk: int, given: QueryDict) -> str:
    working.reopen(pk, why=given.get("text", ""), by=request.user, now=timezone.now())
    return "It is open again."


def _assign(request: HttpRequest, pk: int, given: QueryDict) -> str:
    to = given.get("to", "")
    if to and not to.isdecimal():
        raise NotPossible("Choose somebody.")
    owning.assign(
        pk, to=int(to) if to else None, by=request.user, why=given.get("text", "").strip(), now=timezone.now()
    )
    return "Passed on." if to else "It waits in the queue."


def _reply(request: HttpRequest, pk: int, given: QueryDict) -> str:
    replying.reply(
        pk,
        subject=given.get("subject", ""),
        text=given.get("text", ""),
        by=request.user,
        wait=given.get("wait") == "yes",
        version=_version(given),
        now=timezone.now(),
    )
    return "The letter is on its way."


def _merge(request: HttpRequest, pk: int, given: QueryDict) -> str:
    into = given.get("into", "").strip().lstrip("#")
    if not into.isdecimal() or int(into) >= 2**63:
        raise NotPossible("Say the number of the other case.")
    working.merge(pk, into=int(into), by=request.user, why=given.get("text", "").strip(), now=timezone.now())
    return f"It is part of case {into} now."


def _playbook(request: HttpRequest, pk: int, given: QueryDict) -> str:
    made = playing.start(pk, number(given, "playbook"), by=request.user, now=timezone.now())
    return f"Taken up: {made.playbook.name}."


def _play_step(request: HttpRequest, pk: int, given: QueryDict) -> str:
    step, how, now = number(given, "step"), given.get("do", "done"), timezone.now()
    if how == "undo":
        playing.untick(step, case=pk, by=request.user, now=now)
        return "It is open again."
    row = playing.tick(step, case=pk, by=request.user, note=given.get("text", ""), left_out=how == "leave", now=now)
    return "Left out." if row.left_out else "Done."


ACTIONS: dict[str, Callable[[HttpRequest, int, QueryDict], str]] = {
    "claim": _claim,
    "start": _start,
    "wait": _wait,
    "contact": _contact,
    "take-back": _take_back,
    "note": _note,
    "promise": _promise,
    "close": _close,
    "reopen": _reopen,
    "assign": _assign,
    "reply": _reply,
    "merge": _merge,
    "playbook": _playbook,
    "step": _play_step,
}


def number(given: QueryDict, name: str) -> int:
    """An id that a form gives; 0 for none."""
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and int(text) < 2**63 else 0


def _version(given: QueryDict) -> int | None:
    return number(given, "version") or None


def _end_of(day: str) -> datetime | None:
    """The end of that day in the company's time zone."""
    if not day:
        return None
    try:
        wall = datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), preferences().zone)  # noqa: DTZ007
    except ValueError:
        raise NotPossible("That is not a day. Write it as 2026-01-31.") from None
    return (wall + timedelta(days=1)).astimezone(UTC)
