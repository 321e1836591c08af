"""A digest in a channel: every morning at eight, or on Mondays: what happened, and what is owed now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from nineplus.connectors.chat import Said
from nineplus.model import Filter, Result, Window
from nineplus.stages.act.chat import telling, writing
from nineplus.stages.analyze.running import run
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, ChatPlace, Raised
from nineplus.store.models.cases import CaseState
from nineplus.store.models.chat import Digest

MORNING = time(8)
_NAMED = 5


def due(now: datetime) -> bool:
    """Is a digest to be written by now?"""
    return any(_is_due(place, now) for place in _wanting())


def write_due(*, now: datetime) -> int:
    """Put down the digests that are due, once a day and channel; how many."""
    written = 0
    for place in _wanting():
        if not _is_due(place, now):
            continue
        said = digest(days=1 if place.digest == Digest.DAILY else 7, now=now)
        today = _today(now)
        with transaction.atomic():
            ChatPlace.objects.filter(pk=place.pk).update(digested=today)
            written += telling.say(place, said, key=f"digest {today}", what="digest", now=now)
    return written


def digest(*, days: int, now: datetime) -> Said:
    """What happened in the last days (1: yesterday, 7: the week), and what is owed now. Whole days (UTC)."""
    end = now.date()
    start = end - timedelta(days=days)
    score = run("score", filter=Filter(window=Window(start, end)), now=now)
    since = now - timedelta(days=days)
    raised = Raised.objects.filter(at__gte=since).exclude(kind="case_assigned").order_by("-pk")
    title = "Yesterday" if days == 1 else f"The week from {start:%d %b} to {end - timedelta(days=1):%d %b}"
    facts = [("NPS", _nps(score)), *_cases(since, now=now)]
    other = raised.filter(contact=None).exclude(kind="overdue_case")
    return Said(
        title=f"{title}: {_first(score, days)}",
        text=_listed(row.title for row in other[:_NAMED]),
        facts=tuple(fact for fact in facts if fact[1]),
        foot=_foot(raised, other),
        url=writing.link(f"/?from={start}&to={end}"),
    )


def _cases(since: datetime, *, now: datetime) -> list[tuple[str, str]]:
    rows = Case.objects.filter(merged_into=None)
    open_ = rows.exclude(state=CaseState.CLOSED)
    late = open_.filter(next_at__lt=now).count()
    nobody = open_.filter(owner=None).count()
    return [
        ("Cases opened", str(rows.filter(opened_at__gte=since).count())),
        ("Closed", str(rows.filter(closed_at__gte=since).count())),
        ("Open now", str(open_.count())),
        ("Overdue", str(late) if late else "none"),
        ("Nobody has them", str(nobody) if nobody else "none"),
    ]


def _first(score: Result, days: int) -> str:
    if score.refused or not score.estimate:
        return "too few answers to speak of a score"
    n = int(score.estimate.n)
    return f"{n} answer{'' if n == 1 else 's'}"


def _nps(score: Result) -> str:
    one = score.estimate
    if score.refused or one is None or one.value is None or one.interval is None:
        return ""
    return f"{one.value:.0f} ({one.interval.low:.0f} to {one.interval.high:.0f})"


def _listed(titles: Iterable[str]) -> str:
    return "\n".join(f"• {title}" for title in titles)


def _foot(raised: QuerySet[Raised], other: QuerySet[Raised]) -> str:
    more = raised.count() - min(other.count(), _NAMED)
    return f"{more} other alert{'' if more == 1 else 's'}." if more else ""


def _wanting() -> list[ChatPlace]:
    return list(ChatPlace.objects.exclude(digest=Digest.NONE).order_by("pk"))


def _is_due(place: ChatPlace, now: datetime) -> bool:
    local = now.astimezone(preferences().zone)
    if local.time() < MORNING or (place.digest == Digest.WEEKLY and local.weekday() != 0):
        return False
    return place.digested is None or place.digested < local.date()


def _today(now: datetime) -> date:
    return now.astimezone(preferences().zone).date()
