"""What the other side tells of messages: delivered, bounced, complained, answered. The same notice twice is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from nineplus.channels import Call, Delivery
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import replies, senders
from nineplus.stages.errors import NotFound
from nineplus.store.models import Event, Invitation, Message, Notice, Revision, Sender
from nineplus.store.models.asking import MessageState, SuppressionReason
from nineplus.store.models.capture import Fate

_LATER_THAN: dict[str, tuple[str, ...]] = {
    "delivered": (Fate.PLANNED, Fate.SENT),
    "opened": (Fate.PLANNED, Fate.SENT, Fate.DELIVERED),
    "bounced": (Fate.PLANNED, Fate.SENT, Fate.DELIVERED),
}
"""Fates that a notice of that kind carries further; whoever opened, answered or declined stays so."""
_SUPPRESSES = {
    "bounced": SuppressionReason.BOUNCED,
    "complained": SuppressionReason.COMPLAINED,
    "unsubscribed": SuppressionReason.UNSUBSCRIBED,
}


def hear(*, hook_key: str, call: Call, now: datetime) -> Counter[str]:
    """Take in one call of a provider; how many notices of each kind were new.

    Raises NotFound (no such webhook), Forged (its signature does not hold), ValueError (it cannot be read), Retry.
    """
    sender = Sender.objects.filter(hook_key=hook_key).first() if hook_key else None
    if sender is None:
        raise NotFound("There is no such webhook.")
    channel, settings = senders.opened(sender)
    if channel.hear is None:
        raise NotFound("This channel tells nothing.")
    return take_in(sender, channel.hear(settings, call), now=now)


def take_in(sender: Sender, deliveries: Sequence[Delivery], *, now: datetime) -> Counter[str]:
    """Keep these notices and what they mean; how many of each kind were new. Safe to repeat."""
    new: Counter[str] = Counter()
    for delivery in deliveries:
        name = delivery.id[:255]
        if Notice.objects.filter(sender=sender, external_id=name).exists():
            continue  # it came before
        message = _message(sender, delivery)
        # One transaction: a notice that is kept without what it means would be taken for known when it comes again.
        with transaction.atomic():
            revision = Revision.next()  # before any row is locked, in the order in which answers lock
            at, detail = delivery.at or now, delivery.detail[:500]
            kept = {"message": message, "kind": delivery.kind, "at": at, "detail": detail}
            _, made = Notice.objects.get_or_create(sender=sender, external_id=name, defaults=kept)
            if not made:
                continue  # it came at the same time
            if delivery.kind == "replied":
                replies.receive(sender=sender, name=delivery.id, address=delivery.address, text=delivery.text, now=now)
            else:
                _mean(sender, delivery, message, revision=revision, now=now)
        new[delivery.kind] += 1
    if new:
        Event.publish_once(kind="mart.stale", now=now)
    return new


def _message(sender: Sender, delivery: Delivery) -> Message | None:
    named = Q(pk__in=[])
    if delivery.provider_id:  # two gateways may both count from 1
        named |= Q(Q(sender=sender) | Q(sender=None), provider_id=delivery.provider_id)
    if delivery.key:
        named |= Q(key=delivery.key)
    return Message.objects.filter(named, medium=sender.medium).order_by("-pk").first()


def _mean(sender: Sender, delivery: Delivery, message: Message | None, *, revision: int, now: datetime) -> None:
    """What a notice means for its message, its invitation and its address."""
    kind, at = ("opened" if delivery.kind == "clicked" else delivery.kind), min(delivery.at or now, now)
    if message is not None and message.state == MessageState.UNSURE and kind != "unsubscribed":
        # So it did go out.
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=message.sent_at or at, error="")
    if message is not None and message.invitation_id:
        asked = Invitation.objects.filter(pk=message.invitation_id)
        if kind in ("delivered", "opened"):
            asked.filter(delivered_at__isnull=True).update(delivered_at=at, revision=revision)
        if kind == "opened":
            asked.filter(opened_at__isnull=True).update(opened_at=at, revision=revision)
        if kind in _LATER_THAN:
            asked.filter(fate__in=_LATER_THAN[kind]).update(fate=kind, revision=revision)
    address = delivery.address or (message.address if message else "")
    reason = _SUPPRESSES.get(kind)
    if reason and address and (kind != "bounced" or delivery.permanent):
        suppression.suppress(
            medium=sender.medium, address=address, reason=reason, now=now, detail=delivery.detail or sender.name
        )
