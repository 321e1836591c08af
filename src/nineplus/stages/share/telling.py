"""Telling: what happened becomes a delivery to each webhook that wants it, and is tried until it is taken.

At least once. A delivery in hand is put off before it is sent, so a worker that dies leaves it to be sent again.
"""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from nineplus.channels import Reconnect, Retry, Unknown
from nineplus.channels._web import call
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import sample
from nineplus.stages.govern.settled import read_once
from nineplus.stages.share import webhooks
from nineplus.stages.share.formats import (
    ALERT,
    ANSWER_CHANGED,
    ANSWERED,
    CASE_CHANGED,
    CASE_OVERDUE,
    FORMATS,
    RISING,
    TEST,
    UNSUBSCRIBED,
    encoded,
    id_of,
)
from nineplus.store.models import Case, Response, WebhookDelivery, WebhookEndpoint
from nineplus.store.models.hooks import DeliveryState
from nineplus.version import __version__

log = logging.getLogger(__name__)

PAUSES = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 97_200)
"""Seconds before each further try; after the last one it has failed. In all about three days."""
KEPT = timedelta(days=30)
"""How long the log of what was delivered stays."""
TIMEOUT = 10.0
_LEASE = timedelta(seconds=120)
_BATCH, _AT_ONCE = 100, 8
_TURN = 20.0
"""Seconds after which a slow endpoint lets the others have theirs; with one more call well within the lease, since no
more endpoints are taken at once than are called at once."""
_GONE = 410


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one call. `status`: of the answer, None without one."""

    status: int | None = None
    error: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def answered(*, response: int, changed: bool = False, now: datetime) -> int:
    """Have the webhooks told of this answer, or that it changed; how many. Safe to repeat."""
    if not (listening := _listening()):
        return 0
    row = Response.objects.filter(pk=response).values("survey_id", "revision").first()
    if row is None:
        return 0
    key = f"updated:{response}:{row['revision']}" if changed else f"created:{response}"
    mine = [one for one in listening if one.survey_id in (None, row["survey_id"])]
    happening = ANSWER_CHANGED if changed else ANSWERED
    return _put(mine, happening, key=key, about={"response": response}, now=now)


def unsubscribed(*, suppression: int, now: datetime) -> int:
    """Have the webhooks told who wants no more surveys; how many. Safe to repeat."""
    about = {"suppression": suppression}
    return _put(_listening(), UNSUBSCRIBED, key=f"unsubscribed:{suppression}", about=about, now=now)


def rising(*, told: Mapping[str, Any], now: datetime) -> int:
    """Have the webhooks that asked for it told which theme rises; how many. Safe to repeat.

    `told`: theme, title, week (its Monday), accounts, usual.
    """
    return _put(_listening(), RISING, key=f"rising:{told['theme']}:{told['week']}", about=told, now=now)


def alert(*, raised: int, now: datetime) -> int:
    """Have the webhooks told of this alert; how many. Safe to repeat."""
    return _put(_listening(), ALERT, key=f"alert:{raised}", about={"raised": raised}, now=now)


def case(*, happening: str, case: int, level: int = 0, version: int | None = None, now: datetime) -> int:
    """Have the webhooks told what happened to this case (one of formats.CASE_…); how many. Safe to repeat.

    `version`: of the case when that happened; changes that came together are told as one.
    """
    if not (listening := _listening()):
        return 0
    real = Case.objects.exclude(account__source=sample.SOURCE)
    newest = real.filter(pk=case).values_list("version", flat=True).first()
    if newest is None:
        return 0
    occasion = newest if version is None or happening == CASE_CHANGED else version
    key = f"{happening}:{case}:{f'{level}:{occasion}' if happening == CASE_OVERDUE else occasion}"
    return _put(listening, happening, key=key, about={"case": case, "level": level}, now=now)


def due(now: datetime) -> bool:
    """Is there anything to deliver? One cheap query."""
    return _due(now).exists()


def deliver_due(*, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
    """Deliver what is due; how much was taken. One endpoint gets one thing at a time, several are called at once."""
    taken = 0
    while not stopping():
        rows = _claimed(clock())
        if not rows:
            break
        by_endpoint = defaultdict(list)
        for row in rows:
            by_endpoint[row.endpoint_id].append(row)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # Rows are read before and written after: the threads only talk to the other side.
            turns = [(mine, [_prepared(row, now=clock()) for row in mine]) for mine in by_endpoint.values()]
            for mine, tries in zip(
                (mine for mine, _ in turns), pool.map(_deliver, (calls for _, calls in turns)), strict=True
            ):
                with transaction.atomic():
                    taken += _kept(mine, tries, now=clock())
    return taken


def test(endpoint: WebhookEndpoint, *, now: datetime) -> Tried:
    """Call it with an example, and say what came back."""
    row = WebhookDelivery(endpoint=endpoint, event=TEST, key=f"test:{now.timestamp()}", about={})
    row.created_at = row.due_at = now
    [tried] = _deliver([_prepared(row, now=now)])
    assert tried is not None, "the first of some is always tried"
    row.state = DeliveryState.DELIVERED if tried.taken else DeliveryState.FAILED
    row.status, row.error, row.attempts = tried.status, tried.error[:500], 1
    row.delivered_at = now if tried.taken else None
    row.save()
    return tried


def prune(*, now: datetime) -> int:
    """Forget deliveries that are older than they are kept: what still waits then is for one that is switched off."""
    return WebhookDelivery.objects.filter(created_at__lt=now - KEPT).delete()[0]


# --- what happened


def anybody_listens() -> bool:
    """Is there any webhook to be told of what happens?"""
    return WebhookEndpoint.objects.filter(is_active=True).exists()


@read_once
def _listening() -> list[WebhookEndpoint]:
    return list(WebhookEndpoint.objects.filter(is_active=True))


def _put(
    endpoints: Sequence[WebhookEndpoint], happening: str, *, key: str, about: Mapping[str, Any], now: datetime
) -> int:
    rows = [
        WebhookDelivery(endpoint=one, event=name, key=key, about=dict(about), created_at=now, due_at=now)
        for one in endpoints
        if one.format in FORMATS and (name := FORMATS[one.format].names.get(happening)) in one.events
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


# --- telling it


def _due(now: datetime):  # type: ignore[no-untyped-def]
    active = WebhookEndpoint.objects.filter(pk=OuterRef("endpoint"), is_active=True)
    return WebhookDelivery.objects.filter(Exists(active), state=DeliveryState.WAITING, due_at__lte=now)


def _claimed(now: datetime) -> list[WebhookDelivery]:
    """The next ones, put off so far that nobody else takes them meanwhile."""
    if not due(now):  # without a lock
        return []
    mine: list[WebhookDelivery] = []
    with transaction.atomic():
        for row in _due(now).select_related("endpoint").order_by("due_at", "pk")[:_BATCH]:
            endpoints = {one.endpoint_id for one in mine} | {row.endpoint_id}
            if len(endpoints) > _AT_ONCE:
                continue
            still = WebhookDelivery.objects.filter(
                pk=row.pk, state=DeliveryState.WAITING, due_at=row.due_at, attempts=row.attempts
            )
            if still.update(due_at=now + _LEASE, attempts=F("attempts") + 1):
                row.attempts += 1
                mine.append(row)
    return mine


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    headers: Mapping[str, str]
    body: bytes
    problem: str = ""


def _prepared(row: WebhookDelivery, *, now: datetime) -> _Call:
    endpoint = row.endpoint
    try:
        format = FORMATS[endpoint.format]
        secrets = webhooks.secrets_of(endpoint, now=now)
    except (KeyError, NotPossible) as problem:
        return _Call(endpoint.url, {}, b"", problem=str(problem) or "Its format is not known here.")
    told = format.body(row)
    if told is None:
        return _Call(endpoint.url, {}, b"", problem=_NOTHING)
    body = encoded(told)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"nineplus/{__version__}",
        **format.headers(body, secrets, id_of(row), now),
    }
    return _Call(endpoint.url, headers, body)


_INSIDE = "It is inside of the network; the setting NINEPLUS_WEBHOOKS_INSIDE allows that."
_NOTHING = "What it was about is gone."


def _deliver(calls: Sequence[_Call]) -> list[Tried | None]:
    """Call one endpoint with these, in order; None for what was not tried: the one before was not taken, or it is slow
    and others wait."""
    tries: list[Tried | None] = []
    ends = time.monotonic() + _TURN
    for one in calls:
        refused = tries and tries[-1] is not None and not tries[-1].taken and tries[-1].error != _NOTHING
        if refused or time.monotonic() > ends:
            tries += [None] * (len(calls) - len(tries))
            break
        tries.append(Tried(error=one.problem) if one.problem else _called(one))
    return tries


def _called(one: _Call) -> Tried:
    private = settings.NINEPLUS.webhooks_inside
    began = time.monotonic()
    try:
        answer = call(one.url, headers=one.headers, body=one.body, private=private, timeout=TIMEOUT)
    except Reconnect as problem:
        inside = "inside of the network" in str(problem)
        return Tried(
            error="It is inside of the network; NINEPLUS_WEBHOOKS_INSIDE allows that." if inside else str(problem)
        )
    except (Retry, Unknown) as problem:
        return Tried(error=str(problem))
    except Exception as problem:  # an address that nobody foresaw must not stop the others
        return Tried(error=f"It could not be called ({type(problem).__name__}).")
    finally:
        log.info("webhook_called", extra={"ms": round((time.monotonic() - began) * 1000)})
    if 200 <= answer.status < 300:
        return Tried(answer.status)
    more = " Redirects are not followed: set the new address." if 300 <= answer.status < 400 else ""
    return Tried(answer.status, f"It answered {answer.status}.{more}")


def _kept(rows: Sequence[WebhookDelivery], tries: Sequence[Tried | None], *, now: datetime) -> int:
    """Write what came of these calls of one endpoint; how many were taken."""
    taken = 0
    for row, tried in zip(rows, tries, strict=True):
        mine = WebhookDelivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING, attempts=row.attempts)
        if tried is None:  # put back, as if it had not been its turn
            mine.update(due_at=now + timedelta(seconds=PAUSES[0]), attempts=row.attempts - 1)
        elif tried.taken:
            taken += mine.update(state=DeliveryState.DELIVERED, status=tried.status, error="", delivered_at=now)
        else:
            over = row.attempts > len(PAUSES) or tried.error == _NOTHING
            again = now if over else now + _pause(row.attempts)
            state = DeliveryState.FAILED if over else DeliveryState.WAITING
            mine.update(state=state, status=tried.status, error=tried.error[:500], due_at=again)
            if tried.status == _GONE or (over and tried.error != _NOTHING and not _ever_taken(row)):
                _switch_off(row.endpoint, tried.error)
    return taken


def _pause(attempts: int) -> timedelta:
    """How long to wait after so many tries, spread by a fifth."""
    return timedelta(seconds=PAUSES[attempts - 1] * random.uniform(0.9, 1.1))  # noqa: S311


def _ever_taken(row: WebhookDelivery) -> bool:
    """Did that endpoint take anything since this delivery was made?"""
    later = WebhookDelivery.objects.filter(endpoint=row.endpoint_id, state=DeliveryState.DELIVERED)
    return later.filter(delivered_at__gte=row.created_at).exists()


def _switch_off(endpoint: WebhookEndpoint, why: str) -> None:
    said = f"Switched off: {why}"
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_active=False, error=said)
    log.warning("webhook_switched_off", extra={"endpoint": endpoint.pk})
