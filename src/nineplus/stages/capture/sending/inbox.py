"""Mail that comes to senders, by a mailbox or handed on by the provider: bounces, complaints, answers, "no more".

Each letter goes to whoever knows what it is; what nobody knows stays where it is. The mark, up to where a mailbox was
read, is kept after what the letters mean, and a letter that is read twice changes nothing.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError

from nineplus.channels import Call, Delivery, Reconnect, Retry, _reports, inbox_imap
from nineplus.channels._letters import Letter
from nineplus.channels.inbox_imap import Mark
from nineplus.rules.links import unseal
from nineplus.stages.capture.answering.leaving import leave
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.sending import answered, hooks, senders
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import troubles
from nineplus.store.models import Message, Preference, Sender

log = logging.getLogger(__name__)

_MOST = 200
"""Letters of one mailbox a look."""
_PORTION = 20
_FIRST = timedelta(days=7)
"""How far back a mailbox is read that was never read before."""
_LEAVES = re.compile(r"\bunsubscribe\W+([A-Za-z0-9_-]{27})\b", re.IGNORECASE)


def wanted(now: datetime) -> bool:
    """Does any sender have a mailbox? One cheap query."""
    return Sender.objects.filter(medium="email", settings__inbox_host__isnull=False).exists()


def read(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Read every mailbox once; how many letters meant what (`other`: nothing that is known here)."""
    found: Counter[str] = Counter()
    for sender in Sender.objects.filter(medium="email", settings__inbox_host__isnull=False).order_by("pk"):
        if stopping():
            break
        try:
            found += _read(sender, now=now, stopping=stopping)
            troubles.read_again(sender.pk)
        except (Reconnect, Retry, NotPossible) as problem:  # the next look is in a minute; sending goes on
            troubles.not_read(sender.pk, says=str(problem), now=now)
            log.warning("inbox_away", extra={"sender": sender.pk, "type": type(problem).__name__})
    return found


def receives(hook_key: str) -> bool:
    """Is there a sender of that webhook whose provider hands mail on? Asked before a call is read at all."""
    sender = Sender.objects.filter(hook_key=hook_key).first() if hook_key else None
    plug = senders.channels().get(sender.channel) if sender else None
    return plug is not None and plug.receive is not None


def receive(*, hook_key: str, call: Call, now: datetime) -> Counter[str]:
    """Take in the mail that a provider hands on in one call; how many letters meant what. Safe to repeat.

    Raises NotFound (no such webhook), Forged (it is not proven), ValueError (it is no mail), Retry, NotPossible.
    """
    sender = Sender.objects.filter(hook_key=hook_key).first() if hook_key else None
    if sender is None:
        raise NotFound("There is no such webhook.")
    channel, settings = senders.opened(sender)
    if channel.receive is None:
        raise NotFound("This channel hands on no mail.")
    return Counter(_understood(sender, letter, now=now) for letter in channel.receive(settings, call))


def _read(sender: Sender, *, now: datetime, stopping: Callable[[], bool]) -> Counter[str]:
    _, settings = senders.opened(sender)
    if not inbox_imap.configured(settings):
        return Counter()
    found: Counter[str] = Counter()
    mark, whose = _mark(sender, settings), _whose(settings)
    for number, letter in enumerate(inbox_imap.letters(settings, after=mark, since=now - _FIRST, most=_MOST), start=1):
        found[_understood(sender, letter, now=now)] += 1
        mark = letter.mark
        if number % _PORTION == 0:
            _remember(sender, whose, mark)
        if stopping():
            break
    if mark is not None:
        _remember(sender, whose, mark)
    return found


def _understood(sender: Sender, letter: Letter, *, now: datetime) -> str:
    try:
        return take_in(sender, letter, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:  # one that nobody foresaw must not keep the next ones from being read
        log.error("letter_not_understood", extra={"sender": sender.pk, "type": type(problem).__name__})
        return "other"


def take_in(sender: Sender, letter: Letter, *, now: datetime) -> str:
    """Have a letter do what it says; in a word what that was, `other` when it says nothing to us. Safe to repeat."""
    report = _reports.read(letter.message, letter.raw)
    if report is not None:
        delivery = _believed(report)
        if delivery is not None:
            hooks.take_in(sender, [delivery], now=now)
            return delivery.kind
    gone = _LEAVES.search(str(letter.message.get("Subject", "")))
    if gone and leave(token=gone.group(1), now=now, detail="by mail"):
        return "unsubscribed"
    return "answered" if answered.take_in(letter, now=now) else "other"


def _believed(report: _reports.Report) -> Delivery | None:
    """The report as far as it is to be believed: without proof that its writer had our message, no address is stopped.

    What is stopped is the address we wrote to, whatever address behind it the letter names.
    """
    message = Message.objects.filter(key=report.delivery.key, medium="email").first()
    if message is None:
        return None
    link = unseal(report.proof, purpose="unsubscribe", key=links_key()) if report.proof else None
    if link is not None and link.number == message.invitation_id:
        return report.delivery
    return None if report.delivery.kind == "complained" else replace(report.delivery, permanent=False)


# -- up to where ----------------------------------------------------------------------------------------------


def _whose(settings: Mapping[str, Any]) -> str:
    """Which mailbox a mark is of: another one is read from its beginning."""
    return " ".join(str(settings.get(name, "")) for name in ("inbox_host", "inbox_user", "inbox_folder"))


def _mark(sender: Sender, settings: Mapping[str, Any]) -> Mark | None:
    kept = Preference.objects.filter(pk=_key(sender)).values_list("value", flat=True).first()
    if not kept or kept.get("whose") != _whose(settings):
        return None
    return Mark(validity=kept["validity"], uid=kept["uid"])


def _remember(sender: Sender, whose: str, mark: Mark) -> None:
    value = {"whose": whose, "validity": mark.validity, "uid": mark.uid}
    Preference.objects.update_or_create(pk=_key(sender), defaults={"value": value})


def _key(sender: Sender) -> str:
    return f"mailbox of sender {sender.pk} read up to"
