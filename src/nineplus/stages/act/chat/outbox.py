"""Posting what waits: one message a second and channel, put off when the other side is away, never twice.

A message in hand is marked before it is sent. When a worker dies then, or the line breaks, the app looks in the channel
whether the message is there (each carries its key), and looks again: Slack may show it late. Only when it was not there
three times it is sent again. Where nobody could look for three days, and of a webhook (it cannot be asked), the message
stays unsure until a person decides. What was not taken for three days is parked, and shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings as house
from django.db.models import F, Q, QuerySet

from nineplus import channels
from nineplus.channels._web import call
from nineplus.connectors import GiveUp, Reconnect, Retry, teams
from nineplus.connectors.chat import Said
from nineplus.connectors.slack import blocks
from nineplus.connectors.slack.client import ChannelGone, Unsure
from nineplus.stages.act.chat import personal, places, workspace, writing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import ChatCall, ChatPlace, ChatPost
from nineplus.store.models.chat import PlaceKind, PostState

TRYING = timedelta(days=3)
"""So long a message is tried, and looked for when it may be there."""
PAUSES = (10, 60, 300, 600, 900, 1_800, 1_800, 1_800)
"""Seconds for which a channel rests before its next try, the last for all that follow. What waits goes in order."""
KEPT = timedelta(days=60)
EVERY = timedelta(seconds=1)
"""Between two messages in one channel, as Slack asks."""
LEASE = timedelta(seconds=60)
_LOOKS = (15, 60)
"""Seconds to the next look when it was not there; after the last look it counts as never come."""
_TIMEOUT = 10.0
_CLOCKS = timedelta(minutes=5)
"""Slack's clock may be behind ours."""
_MOST = 500
"""Messages of one turn: then others in this lane have theirs."""


def due(now: datetime) -> bool:
    """Is there anything to post or to change? A cheap look."""
    if personal.due(now):
        return True
    stale = ChatPost.objects.filter(stale=True).exists()
    if not stale and not ChatPost.objects.filter(state__in=(PostState.WAITING, PostState.SENDING)).exists():
        return False
    open_ = workspace.posting_places()
    if _lapsed(now, open_).exists() or _waiting(now, open_).exists():
        return True
    return stale and _stale(open_).exists()


def deliver_due(*, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
    """Post what is due, then change what says something old; how much was posted. Several workers may do so at once."""
    personal.put_due(now=clock())
    posted = 0
    for _ in range(_MOST):
        if stopping() or not (post := _claimed(clock())):
            break
        posted += _post(post, clock=clock)
    _settle_lapsed(clock())
    _change_stale(clock=clock, stopping=stopping)
    return posted


def test(place: ChatPlace, *, now: datetime) -> str:
    """Post an example there at once; a sentence of what came of it. Raises NotPossible: what is wrong."""
    said = Said(title="A test", text="nineplus can write in this channel.", url=writing.link("/alerts/"))
    try:
        _sent(place, said, key=f"test {now.timestamp()}")
    except ChannelGone as problem:
        _in_trouble(place, str(problem))
        raise NotPossible(str(problem)) from None
    except (Reconnect, Retry, GiveUp, Unsure) as problem:
        raise NotPossible(str(problem)) from None
    ChatPlace.objects.filter(pk=place.pk).update(error="")
    return "The test message is there."


def prune(*, now: datetime) -> int:
    """Forget messages older than they are kept, and calls whose time nobody believes any more.

    What stands in a channel of the app about somebody stays known by its name there: it goes when they are erased.
    """
    ChatCall.objects.filter(at__lt=now - timedelta(hours=1)).delete()
    old = ChatPost.objects.filter(created_at__lt=now - KEPT)
    return old.exclude(state=PostState.SENT, ts__gt="").delete()[0]


# -- one message --------------------------------------------------------------------------------------------------


def _claimed(now: datetime) -> ChatPost | None:
    """The next message of a channel that is free, marked as being sent; the channel rests for a second."""
    for post in _waiting(now, workspace.posting_places()).select_related("place").order_by("due_at", "pk")[:20]:
        rests = ChatPlace.objects.filter(pk=post.place.pk, free_at=post.place.free_at)
        if not rests.update(free_at=now + EVERY):
            continue
        mine = ChatPost.objects.filter(pk=post.pk, state=PostState.WAITING, due_at=post.due_at)
        if mine.update(state=PostState.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1):
            whole = ChatPost.objects.select_related(
                "place__user__alert_choice", "case__owner", "case__account", "case__contact"
            )
            return whole.get(pk=post.pk)
    return None


def _post(post: ChatPost, *, clock: Callable[[], datetime]) -> int:
    said = writing.said(post, now=clock())
    if said is None or (post.place.user and not personal.wanted_by(post.place.user)):
        _put(post, PostState.DROPPED, error="It was no longer wanted.")
        return 0
    if post.place.user and (later := personal.later(post.place.user, now=clock())):
        _put(post, PostState.WAITING, due_at=later, attempts=post.attempts - 1)
        return 0
    keys = workspace.in_use()
    try:
        ts = _sent(post.place, said, key=_key(post), thread=str(post.about.get("thread", "")))
    except Retry as problem:
        _later(post, str(problem), after=problem.after, now=clock())
    except Reconnect as problem:
        workspace.broke(str(problem), of=keys)
        _put(post, PostState.WAITING, due_at=writing.meant(post), error=str(problem), attempts=post.attempts - 1)
    except ChannelGone as problem:
        _in_trouble(post.place, str(problem))
        _put(post, PostState.WAITING, due_at=writing.meant(post), error=str(problem), attempts=post.attempts - 1)
    except (GiveUp, NotPossible) as problem:
        _put(post, PostState.FAILED, error=str(problem))
    except Unsure as problem:
        _unsure(post, str(problem), now=clock())
    else:
        _put(post, PostState.SENT, ts=ts, sent_at=clock())
        return 1
    return 0


def _sent(place: ChatPlace, said: Said, *, key: str, thread: str = "") -> str:
    """Send it; its name over there, empty where there are none. Raises what the client of Slack does."""
    if place.kind == PlaceKind.SLACK:
        told = blocks.message(said)
        channel = personal.channel(place) if place.user else place.channel
        return workspace.slack().post(channel, text=blocks.fallback(said), blocks=told, key=key, thread=thread)
    if place.kind == PlaceKind.TEAMS:
        _call(places.address(place), teams.message(said))
    else:
        _call(places.address(place), {"text": blocks.fallback(said), "blocks": blocks.message(said, presses=False)})
    return ""


def _call(url: str, body: object) -> None:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"content-type": "application/json", "user-agent": "nineplus"}
    try:
        answer = call(url, headers=headers, body=content, private=house.NINEPLUS.webhooks_inside, timeout=_TIMEOUT)
    except channels.Reconnect as problem:
        raise ChannelGone(str(problem)) from None
    except channels.Retry as problem:
        raise Retry(str(problem)) from None
    except channels.Unknown as problem:
        raise Unsure(str(problem)) from None
    if answer.status == 429:
        after = answer.headers.get("retry-after", "")
        raise Retry("It wants us to wait.", after=float(after) if after.isdecimal() else 30.0)
    if answer.status >= 500 or answer.status == 408:
        raise Retry(f"It answered {answer.status}.")
    if answer.status in (401, 403, 404, 410):
        raise ChannelGone(f"Its webhook is gone or was switched off (it answered {answer.status}).")
    if not 200 <= answer.status < 300:
        raise GiveUp(f"It answered {answer.status}: {answer.text[:100]}")


def _later(post: ChatPost, why: str, *, after: float | None, now: datetime) -> None:
    """Not now: the whole channel rests, and this message stays the first. A wait that was asked for is no failed try.

    It is given up after three days, or when others were taken meanwhile: then it is this one that cannot be.
    """
    rest, attempts = PAUSES[min(max(post.attempts, 1), len(PAUSES)) - 1], post.attempts
    if after is not None:
        rest, attempts = min(max(after, 1.0), 3_600.0), post.attempts - 1
    elif attempts > len(PAUSES) and (now >= writing.meant(post) + TRYING or _others_taken(post, now=now)):
        _put(post, PostState.FAILED, error=why)
        return
    _put(post, PostState.WAITING, due_at=writing.meant(post), error=why, attempts=attempts, looks=0)
    ChatPlace.objects.filter(pk=post.place.pk).update(free_at=now + timedelta(seconds=rest))


def _others_taken(post: ChatPost, *, now: datetime) -> bool:
    """Did the app post in other channels of late, and not only since a moment ago?"""
    within = (now - timedelta(hours=1), now - timedelta(minutes=5))
    lately = ChatPost.objects.filter(state=PostState.SENT, sent_at__range=within)
    return post.place.kind == PlaceKind.SLACK and lately.filter(place__kind=PlaceKind.SLACK).exists()


def _unsure(post: ChatPost, why: str, *, now: datetime) -> None:
    """The app looks whether it is there; of a webhook nobody knows, so a person decides."""
    if post.place.kind != PlaceKind.SLACK:
        _put(post, PostState.UNSURE, error=f"{why} It may be there.")
        return
    if not post.place.channel:  # so far it never came: whom to write to was being asked
        _later(post, why, after=None, now=now)
        return
    since = (post.created_at - _CLOCKS).timestamp()
    thread = str(post.about.get("thread", ""))
    sending = ChatPost.objects.filter(pk=post.pk, state=PostState.SENDING)
    try:
        ts = workspace.slack().find(post.place.channel, key=_key(post), since=since, thread=thread)
    except (Retry, Unsure, Reconnect, GiveUp, NotPossible) as problem:  # nobody could look
        if now >= post.created_at + TRYING:
            _put(post, PostState.UNSURE, error=f"It may be there, and nobody could look: {problem}")
        else:
            sending.update(error=str(problem)[:300], due_at=now + LEASE)
        return
    if ts:
        _put(post, PostState.SENT, ts=ts, sent_at=now)
    elif post.looks < len(_LOOKS):
        sending.update(error=why[:300], looks=F("looks") + 1, due_at=now + timedelta(seconds=_LOOKS[post.looks]))
    else:
        _later(post, why, after=None, now=now)


def _settle_lapsed(now: datetime) -> None:
    """What a worker held that is gone."""
    lapsed = ChatPost.objects.filter(state=PostState.SENDING, due_at__lte=now).select_related("place")
    for post in lapsed.filter(place__in=workspace.posting_places()).order_by("pk")[:20]:
        if ChatPost.objects.filter(pk=post.pk, state=PostState.SENDING, due_at=post.due_at).update(due_at=now + LEASE):
            _unsure(post, "The worker stopped while sending it.", now=now)


def _change_stale(*, clock: Callable[[], datetime], stopping: Callable[[], bool]) -> None:
    """Have messages say how things are now. What changed meanwhile is changed in the next turn."""
    whole = ChatPost.objects.select_related("place", "case__owner", "case__account", "case__contact")
    for pk in list(_stale(workspace.posting_places()).order_by("pk").values_list("pk", flat=True)[:_MOST]):
        if stopping():
            return
        if not ChatPost.objects.filter(pk=pk, stale=True).update(stale=False):
            continue
        post = whole.get(pk=pk)
        said = writing.said(post, now=clock()) or Said(title="This message is not needed any more.")
        try:
            workspace.slack().change(
                post.place.channel, post.ts, text=blocks.fallback(said), blocks=blocks.message(said)
            )
        except (Retry, Unsure):
            ChatPost.objects.filter(pk=pk).update(stale=True)
            return
        except ChannelGone as problem:
            _in_trouble(post.place, str(problem))
        except (Reconnect, GiveUp, NotPossible):
            continue  # the message was deleted over there, or the app: there is nothing to change


def _in_trouble(place: ChatPlace, why: str) -> None:
    ChatPlace.objects.filter(pk=place.pk).update(error=why[:300])


def _put(post: ChatPost, state: PostState, **values: object) -> None:
    if "error" in values:
        values["error"] = str(values["error"])[:300]
    else:
        values["error"] = ""
    ChatPost.objects.filter(pk=post.pk).update(state=state, **values)


def _key(post: ChatPost) -> str:
    return f"{post.pk} {post.key}"


def _waiting(now: datetime, open_: list[int]) -> QuerySet[ChatPost]:
    free = Q(place__free_at=None) | Q(place__free_at__lte=now)
    return ChatPost.objects.filter(free, state=PostState.WAITING, due_at__lte=now, place__in=open_)


def _lapsed(now: datetime, open_: list[int]) -> QuerySet[ChatPost]:
    return ChatPost.objects.filter(state=PostState.SENDING, due_at__lte=now, place__in=open_)


def _stale(open_: list[int]) -> QuerySet[ChatPost]:
    return ChatPost.objects.filter(stale=True, place__in=open_, place__kind=PlaceKind.SLACK).exclude(ts="")
