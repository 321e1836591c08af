"""Quotes that stand for a theme: sure, recent, of different customers, and masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import zip_longest

from django.db.models import Count, Max

from nineplus.mart.errors import MartDamaged
from nineplus.model import Filter
from nineplus.model.themes import ThemeName, felt
from nineplus.stages import mart
from nineplus.stages.analyze.comments import versions
from nineplus.stages.analyze.running import bare
from nineplus.store.models import CommentReading, Mention, Response
from nineplus.text.masking import mask
from nineplus.text.quotes import Said, choose

THEMES = 6
"""So many themes are quoted on one page: those most often spoken of."""
EACH = 2
_CANDIDATES = 24
_AROUND = 160


@dataclass(frozen=True, slots=True)
class Quote:
    """Part of a comment: `words` are what speaks of the theme. `may_quote`: the customer agreed to be quoted."""

    response: int
    before: str
    words: str
    after: str
    sentiment: str
    score: int
    language: str
    answered_at: datetime
    may_quote: bool


def by_theme(*, filter: Filter, now: datetime) -> list[tuple[ThemeName, list[Quote]]]:
    """Quotes of the themes that are spoken of most among the answers that pass the filter."""
    names = {one.slug: one for one in versions.names()}
    found = []
    for slug, responses in _frequent(filter, now=now, themes=None):
        if slug in names and (some := _chosen(slug, responses, now=now)):
            found.append((names[slug], some))
    return found


def of(slug: str, *, filter: Filter, now: datetime, most: int = 6) -> Sequence[Quote]:
    """Quotes of one theme and of those under it."""
    themes = [one.slug for one in versions.names() if slug in (one.slug, one.parent)]
    found = [_chosen(one, ids, now=now, most=most) for one, ids in _frequent(filter, now=now, themes=themes)]
    ranked = (quote for rank in zip_longest(*found) for quote in rank if quote is not None)
    return list({quote.response: quote for quote in ranked}.values())[:most]


def newest(themes: list[str], *, filter: Filter, now: datetime) -> list[int]:
    """Answers that speak of one of these, the sure and newest first, of each theme in turn."""
    found = [responses for _, responses in _frequent(filter, now=now, themes=themes)]
    return [one for rank in zip_longest(*found) for one in rank if one is not None]


def _frequent(filter: Filter, *, now: datetime, themes: list[str] | None) -> Iterable[tuple[str, list[int]]]:
    """Themes, the most frequent first, with the newest answers that mention them surely."""
    try:
        data = bare(now=now)
    except MartDamaged:
        return
    if data.response_theme is None:
        return
    rows = mart.narrowed(data, filter).responses
    found = data.response_theme
    if themes is not None:
        found = found.filter(found.theme.isin(themes))
    found = found.inner_join(rows.select("response", "answered_at"), "response")
    top = found.group_by("theme").agg(n=found.count())
    top = top.order_by([top.n.desc(), top.theme]).limit(THEMES)
    for slug in top.to_pyarrow()["theme"].to_pylist():
        mine = found.filter(found.theme == slug)
        newest = mine.order_by([(mine.sure >= 0.8).desc(), mine.answered_at.desc(), mine.response]).limit(_CANDIDATES)
        yield slug, [int(key) for key in newest.select("response").to_pyarrow()["response"].to_pylist()]


def _chosen(slug: str, responses: list[int], *, now: datetime, most: int = EACH) -> list[Quote]:
    """Typical, unlike each other, recent, of different customers; nothing of those who said that they may not be
    quoted."""
    version = versions.current().pk
    read = CommentReading.objects.filter(version=version, response__in=responses)
    written = read.aggregate(reading=Max("revision"), response=Max("response__revision"), of=Count("pk"))
    return _kept(slug, tuple(responses), version, now.date(), most, tuple(written.values()))


@lru_cache(maxsize=256)
def _kept(
    slug: str, responses: tuple[int, ...], version: int, day: date, most: int, _written: tuple[int | None, ...]
) -> list[Quote]:
    """Chosen once as long as nothing of these answers was `_written` since: not their words, nor what people say."""
    rows = list(
        Mention.objects.filter(reading__version=version, reading__response__in=responses, theme=slug, counts=True)
        .exclude(reading__response__consent_quote=False)
        .select_related("reading__response")
        .order_by("pk")
    )
    said = [
        Said(
            text=row.reading.response.comment,
            comment=str(row.reading.response.pk),
            account=_who(row.reading.response),
            at=row.reading.response.answered_at,
            permitted=row.reading.response.consent_quote is True,
            sure=row.sure,
            salience=row.salience,
        )
        for row in rows
    ]
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [_quote(rows[one.number]) for one in choose(said, now=at, count=most, permitted_only=False)]


def _who(response: Response) -> str:
    account, contact = response.account_id, response.contact_id  # type: ignore[attr-defined]
    return f"a{account}" if account else f"c{contact}" if contact else f"r{response.pk}"


def _quote(row: Mention) -> Quote:
    response = row.reading.response
    comment = response.comment
    start, stop = min(row.start, len(comment)), min(row.stop, len(comment))
    before = comment[max(0, start - _AROUND) : start]
    after = comment[stop : stop + _AROUND]
    return Quote(
        response=response.pk,
        before=("…" if start > _AROUND else "") + mask(before),
        words=mask(comment[start:stop]),
        after=mask(after) + ("…" if stop + _AROUND < len(comment) else ""),
        sentiment=felt(own=row.sentiment, said=row.reading.said),
        score=response.score,
        language=row.reading.language,
        answered_at=response.answered_at,
        may_quote=response.consent_quote is True,
    )
