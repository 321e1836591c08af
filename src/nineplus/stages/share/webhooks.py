"""Webhooks: which addresses of other systems are told what happens, as people set them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from nineplus.rules.network import NotCalled, target_of
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.secrets import lock, unlock
from nineplus.stages.share.formats import FORMATS, TEST
from nineplus.store.models import Survey, WebhookDelivery, WebhookEndpoint
from nineplus.store.models.hooks import DeliveryState

_MOST = 50
LONGEST_SECRET = 500
OVERLAP = timedelta(hours=24)
"""How long calls are signed with the old secret too after a new one was made."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook as it was made. `secret` is not shown again."""

    endpoint: WebhookEndpoint
    secret: str


def add(
    *,
    url: str,
    name: str = "",
    format: str = "delighted",
    events: Sequence[str] = (),
    survey: Survey | None = None,
    secret: str = "",
    now: datetime,
) -> NewWebhook:
    """Tell that address of these events (none named: all that its format had there), of that survey or of all.

    Without a `secret` one is made. Receivers that check signatures with their Delighted key are given that key as the
    secret. Raises NotPossible.
    """
    url = url.strip()
    _usable(url)
    if format not in FORMATS:
        raise NotPossible(f"There is no format {format!r}. There are: {', '.join(FORMATS)}.")
    known = FORMATS[format].events
    if strange := [event for event in events if event not in known]:
        raise NotPossible(f"There is no event {strange[0]!r}. There are: {', '.join(known)}.")
    if len(secret) > LONGEST_SECRET:
        raise NotPossible(f"The secret is longer than {LONGEST_SECRET} characters.")
    if secret:
        FORMATS[format].fits(secret)
    if WebhookEndpoint.objects.count() >= _MOST:
        raise NotPossible(f"There are {_MOST} webhooks already. Remove one first.")
    secret = secret or FORMATS[format].secret()
    endpoint = WebhookEndpoint.objects.create(
        name=(name.strip() or urlsplit(url).hostname or url)[:200],
        url=url,
        format=format,
        events=[event for event in known if event in (events or set(known) - FORMATS[format].ours)],
        survey=survey,
        secrets=lock({"secret": secret}),
        created_at=now,
    )
    return NewWebhook(endpoint, secret)


def every() -> QuerySet[WebhookEndpoint]:
    """All of them, the oldest first."""
    return WebhookEndpoint.objects.select_related("survey").order_by("pk")


def find(pk: int) -> WebhookEndpoint:
    """Raises NotFound."""
    found = every().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def secrets_of(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """What its calls are signed with, the newest first: an older one is among them until it runs out.

    Raises Unreadable.
    """
    held = unlock(endpoint.secrets)
    older = [held["old"]] if held.get("old") and now < datetime.fromisoformat(held["until"]) else []
    return [held.get("secret", ""), *older]


def rotate(pk: int, *, now: datetime) -> NewWebhook:
    """Give it a new secret. In the form that knows several, the old one signs too for OVERLAP. Raises NotFound."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=pk).first()
        if endpoint is None:
            raise NotFound("There is no such webhook.")
        secret = FORMATS[endpoint.format].secret()
        old = unlock(endpoint.secrets).get("secret", "")
        endpoint.secrets = lock({"secret": secret, "old": old, "until": (now + OVERLAP).isoformat()})
        endpoint.save(update_fields=["secrets"])
    return NewWebhook(endpoint, secret)


def remove(pk: int) -> None:
    """Tell it nothing any more, and forget what it was told."""
    find(pk).delete()


def switch(pk: int, *, on: bool) -> WebhookEndpoint:
    """Tell it again, or nothing for a while. What happened while it was off is not made up for."""
    endpoint = find(pk)
    endpoint.is_active, endpoint.error = on, ""
    endpoint.save(update_fields=["is_active", "error"])
    return endpoint


def log_of(endpoint: WebhookEndpoint, *, limit: int = 50) -> Sequence[WebhookDelivery]:
    """What it was told last, the newest first."""
    return list(WebhookDelivery.objects.filter(endpoint=endpoint).order_by("-pk")[:limit])


def send_again(endpoint: WebhookEndpoint, *, now: datetime) -> int:
    """Try again what could not be delivered; how many."""
    failed = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.FAILED)
    return failed.update(state=DeliveryState.WAITING, due_at=now, attempts=0)


def replay(
    endpoint: WebhookEndpoint,
    *,
    delivery: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> int:
    """Tell it again one thing, or everything of that time, taken or not, with the ids it had; how many.

    `since` and `until` are when it was first put down, half open. Raises NotPossible, NotFound.
    """
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).exclude(state=DeliveryState.WAITING)
    if delivery is not None:
        rows = rows.filter(pk=delivery)
    elif since is None:
        raise NotPossible("Say which, or since when.")
    elif until is not None and until <= since:
        raise NotPossible("The end must be later than the beginning.")
    else:
        rows = rows.filter(created_at__gte=since, created_at__lt=until or now)
    # What was only a test says nothing again.
    done = rows.exclude(event=TEST).update(state=DeliveryState.WAITING, due_at=now, attempts=0, delivered_at=None)
    if delivery is not None and not done:
        raise NotFound("There is no such delivery, or it waits already.")
    return done


def _usable(url: str) -> None:
    private = settings.NINEPLUS.webhooks_inside
    try:
        parts = target_of(url, private=private).parts
    except NotCalled as problem:
        raise NotPossible(str(problem)) from None
    if len(url) > 500 or not url.isprintable() or " " in url:
        raise NotPossible("The address may have at most 500 characters and no spaces.")
    if parts.username or parts.password:
        raise NotPossible("Leave user name and password out of the address: the signature says who calls.")
