"""Buttons and windows of Slack: what is pressed there is done here, as the person who pressed.

Whoever presses is known by the address that Slack confirmed, and may do what they may here. Strangers are told so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from nineplus.connectors import Forged, GiveUp, Reconnect, Retry
from nineplus.connectors.slack import blocks, signing
from nineplus.connectors.slack.client import Unsure
from nineplus.model.cases import OUTCOMES
from nineplus.stages.act.cases import causes, owning, reading, working
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.act.chat import telling, workspace, writing
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, ChatCall, ChatPerson, ChatPlace, User
from nineplus.store.models.cases import CaseState

_FRESH = timedelta(days=1)
_FAULTS = (Retry, Reconnect, GiveUp, Unsure)


@dataclass(frozen=True, slots=True)
class Heard:
    """What Slack is answered (JSON; empty: nothing)."""

    answer: Mapping[str, Any] = field(default_factory=dict)


def take(*, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """A call of Slack: signed, of now, and not one that was taken before. Raises Forged."""
    digest = signing.verify(secret=workspace.signing_secret(), headers=headers, body=body, now=now)
    try:
        with transaction.atomic():
            ChatCall.objects.create(digest=digest, at=now)
    except IntegrityError:
        raise Forged from None


def who(person: str, *, team: str, now: datetime) -> User:
    """Our colleague whom that person of Slack is. Raises NotPossible, with words for them."""
    ours = workspace.held().team
    if team != ours:
        raise NotPossible("This nineplus belongs to another workspace of Slack.")
    known = ChatPerson.objects.filter(external_id=person).first()
    if known is None or known.seen_at < now - _FRESH:
        try:
            email = workspace.slack().person(person, team=ours).email
        except GiveUp:  # Slack does not know them
            email = ""
        except (Retry, Reconnect, Unsure):
            raise NotPossible("nineplus could not ask Slack who you are. Try again in a minute.") from None
        known, _ = ChatPerson.objects.update_or_create(external_id=person, defaults={"email": email, "seen_at": now})
    found = User.objects.filter(email__iexact=known.email, is_active=True).first() if known.email else None
    if found is None:
        raise NotPossible(
            "nineplus does not know you: nobody there has the e-mail address of your Slack account. "
            "Ask an owner to add you in Settings, People."
        )
    return found


def pressed(payload: Mapping[str, Any], *, now: datetime) -> Heard:
    """A button, a menu or a window that was sent off. What cannot be done is said to whoever pressed alone.

    Raises NotPossible for what is no payload.
    """
    try:
        person, team = str(payload["user"]["id"]), str((payload.get("team") or {}).get("id", ""))
        if payload["type"] == "view_submission":
            return _closed(payload["view"], person, team, now=now)
        if payload["type"] != "block_actions":
            return Heard()
        action, channel = payload["actions"][0], str((payload.get("channel") or {}).get("id", ""))
        name = str(action["action_id"])
        value = str((action.get("selected_option") or action).get("value") or "")
        message = str((payload.get("message") or {}).get("ts", ""))
        trigger = str(payload.get("trigger_id", ""))
    except (KeyError, IndexError, TypeError, AttributeError):
        raise NotPossible("This is nothing that was pressed here.") from None
    acts: Mapping[str, Callable[[User], str]] = {
        writing.CLAIM: lambda user: _claim(_number(value), user, now=now),
        writing.CLOSE: lambda user: _ask_to_close(_number(value), user, trigger, channel),
        writing.SNOOZE: lambda user: _snooze(value, user, channel, message, now=now),
    }
    if name not in acts:
        return Heard()
    try:
        words = acts[name](who(person, team=team, now=now))
    except NotPossible as problem:
        words = str(problem)
    if words:
        _whisper(channel, person, words)
    return Heard()


def _claim(case: int, user: User, *, now: datetime) -> str:
    if not user.may("agent"):
        raise NotPossible("You may look, but not follow up: that takes the role agent.")
    owning.claim(case, by=user, now=now)
    telling.changed(case)
    return ""


def _ask_to_close(case: int, user: User, trigger: str, channel: str) -> str:
    if not user.may("agent"):
        raise NotPossible("You may look, but not follow up: that takes the role agent.")
    row = Case.objects.select_related("account", "contact").filter(pk=case).first()
    if row is None or row.state == CaseState.CLOSED:
        telling.changed(case)
        raise NotPossible("The case is closed already.")
    view = blocks.closing(
        case=case,
        title=reading.customer_of(row),
        outcomes=list(OUTCOMES.items()),
        causes=list(causes.every().items()),
        place=channel,
    )
    try:
        workspace.slack().open(trigger, view)
    except _FAULTS as problem:
        raise NotPossible(f"The window could not be opened. {problem} Close it in nineplus.") from None
    return ""


def _closed(view: Mapping[str, Any], person: str, team: str, *, now: datetime) -> Heard:
    """The window was sent off: wrong fields are said in it."""
    try:
        case = _number(str(view["private_metadata"]).split(" ")[0])
        state = view["state"]["values"]
        outcome = str(state["outcome"]["outcome"]["selected_option"]["value"])
        cause = str(state["cause"]["cause"]["selected_option"]["value"])
        note = str(state["note"]["note"]["value"] or "")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise NotPossible("This is no window of ours.") from None
    try:
        user = who(person, team=team, now=now)
        if not user.may("agent"):
            raise NotPossible("You may look, but not follow up: that takes the role agent.")
        working.close(case, outcome=outcome, root_cause=cause, note=note, by=user, now=now)
    except NotPossible as problem:
        return Heard({"response_action": "errors", "errors": {"note": str(problem)[:300]}})
    telling.changed(case)
    return Heard()


def _snooze(value: str, user: User, channel: str, message: str, *, now: datetime) -> str:
    """A reminder in the thread, later. What is owed to the customer, and when, stays as it is."""
    minutes, _, number = value.partition(" ")
    if minutes not in dict(writing.LATER) or not user.may("agent"):
        raise NotPossible("That cannot be done.")
    row = Case.objects.exclude(state=CaseState.CLOSED).filter(pk=_number(number)).first()
    place = ChatPlace.objects.filter(channel=channel).order_by("pk").first()
    if row is None or place is None:
        raise NotPossible("The case is closed already." if row is None else "This channel is not written to any more.")
    later = now + timedelta(minutes=int(minutes))
    about = {"user": user.pk, "name": name_of(user), "thread": message}
    key = f"reminder {row.pk} {user.pk} {later:%Y%m%d%H%M}"
    telling.put(place, key=key, what="reminder", about=about, case=row, due_at=later, now=now)
    at = later.astimezone(preferences().zone)
    working.note(row.pk, text=f"Put off in Slack until {at:%d %b, %H:%M}.", by=user, key=key[:80], now=now)
    owed = f" It stays due {row.next_at.astimezone(preferences().zone):%a %d %b, %H:%M}." if row.next_at else ""
    return f"You are reminded here on {at:%a %d %b, %H:%M}.{owed}"


def _whisper(channel: str, person: str, words: str) -> None:
    try:
        workspace.slack().whisper(channel, person, text=blocks.escape(words))
    except (*_FAULTS, NotPossible):
        return  # they see that nothing happened


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise NotPossible("There is no such case.")
    return int(text)
