"""Configured channels: an SMTP server, a provider's account. Made, changed, checked; their secrets are never shown."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings as django
from django.db import transaction

from nineplus import plugs
from nineplus.channels import GiveUp, Outgoing, Reconnect, Retry, Unknown
from nineplus.plugs import Channel
from nineplus.rules import addresses as rules
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import plug_settings, secrets
from nineplus.store.models import Message, Sender
from nineplus.store.models.asking import MessageState


def channels() -> Mapping[str, Channel]:
    """Every way of asking there is, by name."""
    return plugs.find("nineplus.channels", Channel)


def create(
    *,
    channel: str,
    settings: Mapping[str, str],
    from_address: str,
    name: str = "",
    default: bool | None = None,
    now: datetime,
) -> Sender:
    """A new sender. `settings` are by field name, secrets among them; the first of a medium is its default.

    Raises NotPossible, naming the field that will not do.
    """
    plug = _channel(channel)
    plain, hidden = plug_settings.divided(plug.title, plug.fields, settings)
    with transaction.atomic():
        others = Sender.objects.filter(medium=plug.medium)
        first = not others.filter(is_default=True).exists()
        if default:
            others.update(is_default=False)
        return Sender.objects.create(
            name=name.strip()[:200] or plug.title,
            channel=plug.name,
            medium=plug.medium,
            settings=plain,
            secrets=secrets.lock(hidden),
            from_address=_from(plug, from_address),
            hook_key=randomness.token_urlsafe(24),
            is_default=first if default is None else default or first,
            created_at=now,
        )


def change(
    sender: Sender,
    *,
    settings: Mapping[str, str] | None = None,
    from_address: str | None = None,
    name: str | None = None,
    now: datetime,
) -> Sender:
    """Other settings; a secret left empty stays as it is. Its messages go on: what was wrong may be mended."""
    plug = _channel(sender.channel)
    with transaction.atomic():
        sender = Sender.objects.select_for_update().get(pk=sender.pk)
        if settings is not None:
            sender.settings, hidden = plug_settings.changed(
                plug.title, plug.fields, shown=sender.settings, locked=sender.secrets, given=settings
            )
            sender.secrets = secrets.lock(hidden)
        if from_address is not None:
            sender.from_address = _from(plug, from_address)
        if name is not None:
            sender.name = name.strip()[:200] or plug.title
        sender.error, sender.checked_at = "", None
        sender.save()
    return sender


def make_default(sender: Sender) -> None:
    """What names no sender goes through this one from now on."""
    with transaction.atomic():
        Sender.objects.filter(medium=sender.medium).update(is_default=False)
        Sender.objects.filter(pk=sender.pk).update(is_default=True)


def remove(sender: Sender) -> None:
    """Forget a sender with its secrets. Messages that wait for it go to the default one. Raises Conflict."""
    with transaction.atomic():
        if Message.objects.filter(sender=sender, state=MessageState.SENDING).exists():
            raise Conflict("It is sending now. Try again in a minute.")
        sender.delete()
        left = Sender.objects.filter(medium=sender.medium)
        if sender.is_default and (heir := left.order_by("pk").first()):
            left.filter(pk=heir.pk).update(is_default=True)


def every() -> list[Sender]:
    """All senders, by medium and name."""
    return list(Sender.objects.order_by("medium", "name", "pk"))


def find(pk: int) -> Sender:
    """That sender. Raises NotFound."""
    found = Sender.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such sender.")
    return found


def check(sender: Sender, *, now: datetime, to: str = "") -> str:
    """Does it work? One sentence; with `to` a short message is sent there. Raises NotPossible with what is wrong.

    When it works, messages that waited for it go on; when not, it is kept with the error.
    """
    channel, settings = opened(sender)
    if to:
        to = _address(channel, to)
    line = channel.open(settings)
    try:
        said = line.check()
        if to:
            line.send(_trial(sender, to=to, now=now))
            said = f"{said} A message to {to} was accepted."
    except (Reconnect, Retry, GiveUp, Unknown) as problem:
        lasting = isinstance(problem, Reconnect)
        Sender.objects.filter(pk=sender.pk).update(checked_at=now, **({"error": str(problem)} if lasting else {}))
        raise NotPossible(str(problem)) from None
    finally:
        line.close()
    Sender.objects.filter(pk=sender.pk).update(checked_at=now, error="")
    return said


def opened(sender: Sender) -> tuple[Channel, dict[str, str]]:
    """The sender's plug and all its settings, secrets among them. Raises NotPossible."""
    plug = _channel(sender.channel)
    inside = "yes" if django.NINEPLUS.gateways_inside else "no"
    house = {"home": str(django.HOME), "hook_url": _hook_url(sender), "inside": inside}
    return plug, {**plug_settings.whole(plug.fields, shown=sender.settings, locked=sender.secrets), **house}


def _hook_url(sender: Sender) -> str:
    """Where the other side tells what became of messages; empty when it could not reach us."""
    try:
        return "" if addresses.only_here() else f"{addresses.base()}/hooks/{sender.hook_key}/"
    except NotPossible:
        return ""


_HANDS_ON = frozenset({"", "25", "465", "587"})
"""Ports of mail servers that deliver. A server to try things out with listens at another, such as 1025 or 8025."""


def stays_here(sender: Sender) -> bool:
    """Does what it sends stay on this machine (a folder, a server to try things out with)?

    A mail server of this machine at one of the usual ports hands mail on: its recipients are real.
    """
    if sender.channel == "outbox_folder":
        return True
    local = addresses.is_local(sender.settings.get("host", ""))
    return local and str(sender.settings.get("port", "")).strip() not in _HANDS_ON


def mailbox_of(sender: Sender) -> str:
    """The address whose mail is read here: where its bounces go. Empty when no mailbox is configured."""
    return sender.settings.get("bounces") or sender.from_address if sender.settings.get("inbox_host") else ""


def takes_mail_at(sender: Sender) -> str:
    """The address whose mail comes here, by a mailbox or through the provider. Empty when there is none."""
    return mailbox_of(sender) or sender.settings.get("inbound_address", "")


def must_reach(sender: Sender) -> None:
    """Raises NotPossible when customers could not follow the links in what this sender sends."""
    if addresses.only_here() and not stays_here(sender):
        raise NotPossible(
            "Links in messages would lead to this machine only. Set the public address in Settings, "
            "Company (or NINEPLUS_PUBLIC_URL), such as https://nps.example.com."
        )


def _trial(sender: Sender, *, to: str, now: datetime) -> Outgoing:
    text = f"This message shows that nineplus can send through “{sender.name}”."
    return Outgoing(
        key=f"check-{randomness.token_hex(8)}",
        address=to,
        subject="nineplus can send",
        text=text + "\n",
        sender_name="nineplus",
        sender_address=sender.from_address,
        headers={"Auto-Submitted": "auto-generated"},
        at=now,
    )


def _channel(name: str) -> Channel:
    found = channels().get(name)
    if found is None:
        raise NotPossible(f"There is no channel {name!r}. There are: {', '.join(channels())}.")
    return found


def _from(plug: Channel, address: str) -> str:
    if not address.strip():
        raise NotPossible("Say from which address it sends." if plug.medium == "email" else "Say from which number.")
    if plug.medium == "sms" and not address.strip().startswith("+"):
        return address.strip()[:60]  # a name instead of a number, or a provider's own id
    return _address(plug, address)


def _address(plug: Channel, address: str) -> str:
    try:
        return rules.telephone_number(address) if plug.medium == "sms" else rules.email_address(address)
    except ValueError as problem:
        raise NotPossible(str(problem)) from None
