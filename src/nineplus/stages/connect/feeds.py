"""Feeds: survey tools that send each answer as it is given. A call is signed, kept once, and never lost silently.

An answer has the same id here whether it came by a feed or in an exported file, so both together are it once. A signed
call that holds no answer to the NPS question is kept with the reason and can be tried again when the feed was mended.
"""

from __future__ import annotations

import hashlib
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from nineplus import plugs
from nineplus.connectors.heard import Heard, Unusable
from nineplus.stages.capture.answering.answers import record_response
from nineplus.stages.capture.people import addresses, gone, suppression
from nineplus.stages.capture.people import known as merged_before
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import secrets
from nineplus.store.models import Contact, Feed, FeedCall, Response, Revision
from nineplus.store.models.capture import Touchpoint

PACKAGE = "nineplus.connectors.surveys"
SOURCE = "file"
"""Answers of a feed and of files share their ids: the same one in both is one."""
LARGEST = 1_000_000
_MOST, _MOST_CALLS = 50, 500
_AN_HOUR, _MOST_TIMES = timedelta(hours=1), 200
LONGEST_SECRET = 500

Outcome = Literal["taken", "same", "unusable"]


class Forged(Exception):
    """The call is not signed with the feed's secret."""


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed as it was made. `secret` is not shown again."""

    feed: Feed
    secret: str


def kinds() -> Mapping[str, plugs.Feed]:
    return plugs.find(PACKAGE, plugs.Feed)


def add(
    *,
    kind: str,
    name: str,
    survey: str = "",
    touchpoint: str = Touchpoint.CUSTOM,
    settings: Mapping[str, str] | None = None,
    secret: str = "",
    now: datetime,
) -> NewFeed:
    """Take answers of that tool. Without a `secret` one is made. Raises NotPossible."""
    plug = _plug(kind)
    if touchpoint not in Touchpoint.values:
        raise NotPossible(f"There is no touchpoint {touchpoint!r}. There are: {', '.join(Touchpoint.values)}.")
    if secret and not 12 <= len(secret) <= LONGEST_SECRET:
        raise NotPossible(f"A secret has 12 to {LONGEST_SECRET} characters.")
    if Feed.objects.count() >= _MOST:
        raise NotPossible(f"There are {_MOST} feeds already. Remove one first.")
    secret = secret or randomness.token_urlsafe(32)
    feed = Feed.objects.create(
        kind=kind,
        name=(name.strip() or plug.title)[:200],
        hook_key=randomness.token_urlsafe(24),
        secrets=secrets.lock({"secret": secret}),
        settings=_settings(plug, settings or {}),
        survey=survey.strip()[:200],
        touchpoint=touchpoint,
        created_at=now,
    )
    return NewFeed(feed, secret)


def change(
    pk: int,
    *,
    name: str | None = None,
    survey: str | None = None,
    settings: Mapping[str, str] | None = None,
    secret: str = "",
    on: bool | None = None,
) -> Feed:
    """Change what is given; an empty secret stays as it is. Raises NotFound, NotPossible."""
    feed = find(pk)
    if secret and not 12 <= len(secret) <= LONGEST_SECRET:
        raise NotPossible(f"A secret has 12 to {LONGEST_SECRET} characters.")
    feed.name = (name or "").strip()[:200] or feed.name
    feed.survey = feed.survey if survey is None else survey.strip()[:200]
    feed.settings = feed.settings if settings is None else _settings(_plug(feed.kind), settings)
    feed.secrets = secrets.lock({"secret": secret}) if secret else feed.secrets
    feed.is_active = feed.is_active if on is None else on
    feed.save(update_fields=["name", "survey", "settings", "secrets", "is_active"])
    return feed


def every() -> QuerySet[Feed]:
    return Feed.objects.order_by("pk")


def find(pk: int) -> Feed:
    """Raises NotFound."""
    found = every().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such feed.")
    return found


def remove(pk: int) -> None:
    """Take no more of its calls; the answers stay."""
    find(pk).delete()


def address(feed: Feed) -> str:
    """Where the tool sends its calls; empty when nobody outside can reach this installation."""
    try:
        return "" if addresses.only_here() else f"{addresses.base()}/hooks/{feed.hook_key}/"
    except NotPossible:
        return ""


def unusable(feed: Feed, *, limit: int = 50) -> Sequence[FeedCall]:
    """Signed calls that could not be used, the newest first."""
    return list(FeedCall.objects.filter(feed=feed).order_by("-pk")[:limit])


def hear(*, hook_key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome:
    """Take one call in (header names in lower case). Safe to repeat: the same answer again changes nothing.

    Nothing is kept of what somebody says who was erased.

    Raises NotFound (no such feed, or it is off), Forged (its signature does not hold), NotPossible.
    """
    feed = Feed.objects.filter(hook_key=hook_key, is_active=True).first() if hook_key else None
    if feed is None:
        raise NotFound("There is no such feed.")
    plug = _plug(feed.kind)
    if len(body) > LARGEST or not plug.verify(secrets.unlock(feed.secrets).get("secret", ""), headers, body):
        raise Forged
    _heard(feed, now=now)
    return _take(feed, plug, body, now=now)


def again(feed: Feed, *, now: datetime) -> int:
    """Try the calls again that could not be used; how many of them are answers now."""
    plug, taken = _plug(feed.kind), 0
    for call in FeedCall.objects.filter(feed=feed).order_by("pk"):
        if _take(feed, plug, call.body.encode(), now=now) != "unusable":
            FeedCall.objects.filter(pk=call.pk).delete()
            taken += 1
    return taken


def _heard(feed: Feed, *, now: datetime) -> None:
    """It called: the time of the last, and one time an hour, by which it is known when it has stopped."""
    here: dict[str, Any] = {"heard_at": now}
    last = datetime.fromisoformat(feed.calls_at[-1]) if feed.calls_at else None
    if last is None or now - last >= _AN_HOUR:
        here["calls_at"] = [*feed.calls_at, now.isoformat(timespec="seconds")][-_MOST_TIMES:]
    Feed.objects.filter(pk=feed.pk).update(**here)


def _take(feed: Feed, plug: plugs.Feed, body: bytes, *, now: datetime) -> Outcome:
    try:
        return _keep(feed, plug.read(body, feed.settings), now=now)
    except Unusable as reason:
        _set_aside(feed, body, reason.key, reason.code, str(reason), now=now)
    except NotPossible as reason:
        key = hashlib.sha256(body).hexdigest()
        _set_aside(feed, body, key, "refused", str(reason), now=now)
    return "unusable"


def _keep(feed: Feed, heard: Heard, *, now: datetime) -> Outcome:
    key = f"{feed.kind}:{heard.key}"
    if Response.objects.filter(source=SOURCE, external_id=key).exists() or _erased(heard):
        return "same"
    try:
        with transaction.atomic():
            revision = Revision.next()  # before any row is locked, in the order in which answers lock
            recorded = record_response(
                score=heard.score,
                survey=feed.survey or heard.title or feed.name,
                touchpoint=feed.touchpoint,
                comment=heard.comment,
                answered_at=min(heard.at, now),
                account=heard.account,
                email="" if heard.contact else heard.email,
                channel="link",
                language=heard.language,
                attributes=heard.attributes,
                source=SOURCE,
                key=key,
                contact_row=_contact(heard, revision=revision, now=now),
                now=now,
            )
            kept = {**(recorded.response.raw or {}), "payload": heard.payload}
            Response.objects.filter(pk=recorded.response.pk).update(raw=kept)
            Feed.objects.filter(pk=feed.pk).update(taken=F("taken") + 1)
    except Conflict:  # the same call came at the same time, and its answer is kept
        return "same"
    FeedCall.objects.filter(feed=feed, key=heard.key).delete()
    return "taken"


def _erased(heard: Heard) -> bool:
    """Is it the answer of somebody who was erased? An id may be somebody else's, too."""
    if heard.email and suppression.is_erased(medium="email", address=heard.email):
        return True
    if not heard.contact or not gone.among([heard.contact]):
        return False
    return not Contact.objects.filter(external_id=heard.contact, erased_at=None).exists()


def _contact(heard: Heard, *, revision: int, now: datetime) -> int | None:
    """The customer by their id at the company, else by their address; made when there is none with this id."""
    if not heard.contact:
        return None
    known = Contact.objects.filter(erased_at=None)
    found = known.filter(external_id=heard.contact).order_by("pk").first()
    if found is None and heard.email:
        found = known.filter(email=heard.email.strip().lower()).order_by("pk").first()
    if found is not None:
        return found.pk
    if merged := merged_before.by_id([heard.contact]):
        return merged[heard.contact]
    made, _ = Contact.objects.get_or_create(
        source=SOURCE,
        external_id=heard.contact,
        defaults={
            "email": heard.email.strip().lower(),
            "name": heard.name,
            "created_at": now,
            "revision": revision,
        },
    )
    return made.pk


def _set_aside(feed: Feed, body: bytes, key: str, code: str, reason: str, *, now: datetime) -> None:
    """Keep the call as it came, once, and not more of them than a person can look through."""
    key = key or hashlib.sha256(body).hexdigest()
    text = body.decode("utf-8", "replace").replace("\0", "")
    kept = {"code": code, "reason": reason[:500], "body": text, "at": now}
    try:
        with transaction.atomic():
            FeedCall.objects.update_or_create(feed=feed, key=key, defaults=kept)
    except IntegrityError:  # it came at the same time
        return
    last = FeedCall.objects.filter(feed=feed).order_by("-pk").values_list("pk", flat=True)[_MOST_CALLS:][:1]
    for oldest in last:
        FeedCall.objects.filter(feed=feed, pk__lte=oldest).delete()


def _plug(kind: str) -> plugs.Feed:
    if kind not in kinds():
        raise NotPossible(f"There is no feed of {kind!r}. There are: {', '.join(kinds())}.")
    return kinds()[kind]


def _settings(plug: plugs.Feed, given: Mapping[str, str]) -> dict[str, str]:
    """The settings that the plug has, as text of bounded length."""
    told = {field.name: str(given.get(field.name, "")).strip()[:200] for field in plug.fields}
    return {name: value for name, value in told.items() if value}
