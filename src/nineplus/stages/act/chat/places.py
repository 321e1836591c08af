"""Channels that are written to, as owners set them up: what goes there, and whether a digest does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings as house
from django.db.models import Count, Q, QuerySet

from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.stages.act.alerts.kinds.case_assigned import NAME as ASSIGNED
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.secrets import lock, unlock
from nineplus.store.models import ChatPlace, ChatPost
from nineplus.store.models.chat import Digest, PlaceKind, PostState

CASES = "case.opened"
WANTS = {
    CASES: "A case is opened, with buttons to work on it",
    **{kind: words for kind, words in KINDS.items() if kind != ASSIGNED},
}
"""What a channel can be told of, and what people read. Whose a case is tells the message about it."""
_MOST = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """One place with what waits for it, and what was given up or may be there twice if it is sent again."""

    place: ChatPlace
    waiting: int
    parked: int
    last: ChatPost | None

    @property
    def goes(self) -> list[str]:
        """What goes there, in words."""
        digest = {Digest.DAILY: ["A digest every morning"], Digest.WEEKLY: ["A digest on Mondays"]}
        titles = [KINDS.get(name, "A case is opened") for name in self.place.wants]
        return titles + digest.get(Digest(self.place.digest), [])


def every() -> Sequence[Seen]:
    """All channels, the oldest first."""
    parked = Q(posts__state__in=(PostState.FAILED, PostState.UNSURE))
    waits = Q(posts__state__in=(PostState.WAITING, PostState.SENDING))
    rows = _channels().annotate(waiting=Count("posts", filter=waits), parked=Count("posts", filter=parked))
    return [Seen(row, row.waiting, row.parked, last(row)) for row in rows.order_by("pk")]


def last(place: ChatPlace) -> ChatPost | None:
    """What was posted there last."""
    return ChatPost.objects.filter(place=place, state=PostState.SENT).order_by("-pk").first()


def parked(place: ChatPlace, *, limit: int = 20) -> Sequence[ChatPost]:
    """What was given up, or may be there already, the newest first."""
    rows = ChatPost.objects.filter(place=place, state__in=(PostState.FAILED, PostState.UNSURE))
    return list(rows.order_by("-pk")[:limit])


def called(name: str) -> ChatPlace | None:
    """The channel of that name here, however it is written."""
    wanted = name.strip().lstrip("#").lower()
    return next((one for one in _channels().order_by("pk") if one.name.lstrip("#").lower() == wanted), None)


def find(pk: int) -> ChatPlace:
    """Raises NotFound."""
    found = _channels().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such channel.")
    return found


def add(
    *,
    kind: str,
    name: str,
    channel: str = "",
    url: str = "",
    wants: Collection[str] = (),
    digest: str = "",
    now: datetime,
) -> ChatPlace:
    """Write to that channel: by its id over there for the app, else by its webhook's address. Raises NotPossible."""
    if kind not in PlaceKind.values:
        raise NotPossible(f"There is no kind {kind!r}. There are: {', '.join(PlaceKind.values)}.")
    if _channels().count() >= _MOST:
        raise NotPossible(f"There are {_MOST} channels already. Remove one first.")
    channel, url = channel.strip(), url.strip()
    if kind == PlaceKind.SLACK:
        if not (channel[:1] in ("C", "G") and channel.isalnum() and channel.isascii() and len(channel) <= 30):
            raise NotPossible("The channel's id looks like C0123ABCD: it stands at the end of the channel's details.")
        if _channels().filter(channel=channel).exists():
            raise NotPossible("This channel is written to already: change what goes there.")
        url = ""
    else:
        channel = ""
        _usable(url)
    return ChatPlace.objects.create(
        kind=kind,
        name=(name.strip() or channel or urlsplit(url).hostname or "channel")[:120],
        channel=channel,
        secrets=lock({"url": url}) if url else "",
        wants=_wants(wants),
        digest=_digest(digest),
        created_at=now,
    )


def change(pk: int, *, name: str, wants: Collection[str], digest: str) -> ChatPlace:
    """What goes there from now on; what was wrong is forgotten, and what waits is tried. Raises NotPossible."""
    place = find(pk)
    place.name = name.strip()[:120] or place.name
    place.wants, place.digest, place.error = _wants(wants), _digest(digest), ""
    place.save(update_fields=["name", "wants", "digest", "error"])
    return place


def remove(pk: int) -> None:
    """Write nothing there any more, and forget what was."""
    find(pk).delete()


def try_again(pk: int, *, now: datetime) -> int:
    """Send again what was given up, and what may be there already; how many."""
    place = find(pk)
    ChatPlace.objects.filter(pk=place.pk).update(error="", free_at=None)
    parked = ChatPost.objects.filter(place=place, state__in=(PostState.FAILED, PostState.UNSURE))
    return parked.update(state=PostState.WAITING, due_at=now, attempts=0, looks=0, error="")


def address(place: ChatPlace) -> str:
    """Of its webhook. Raises Unreadable."""
    return unlock(place.secrets).get("url", "")


def _channels() -> QuerySet[ChatPlace]:
    """Without those in which one person alone is written to."""
    return ChatPlace.objects.filter(user=None)


def _usable(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise NotPossible("This is no web address.") from None
    allowed = ("https", "http") if house.NINEPLUS.webhooks_inside else ("https",)
    if parts.scheme not in allowed or not host or parts.username or parts.password or len(url) > 1_000:
        raise NotPossible("The address of the webhook begins with https://, as Slack or Teams gave it.")


def _wants(wants: Collection[str]) -> list[str]:
    if strange := sorted(set(wants) - WANTS.keys()):
        raise NotPossible(f"There is no alert {strange[0]!r}. There are: {', '.join(WANTS)}.")
    return [name for name in WANTS if name in wants]


def _digest(digest: str) -> str:
    if digest not in Digest.values:
        raise NotPossible("A digest comes daily, weekly or not at all.")
    return digest
