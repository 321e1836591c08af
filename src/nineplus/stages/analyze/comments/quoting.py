"""Quotes that stand for a theme: sure, recent, of different customers, and masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nineplus.mart.errors import MartDamaged
from nineplus.model import Filter
from nineplus.model.themes import ThemeName
from nineplus.stages import mart
from nineplus.stages.analyze.comments import versions
from nineplus.stages.analyze.running import bare
from nineplus.store.models import Mention
from nineplus.text.masking import mask

THEMES = 6
"""So many themes are quoted on one page: those most often spoken of."""
EACH = 2
_CANDIDATES = 40
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


def by_theme(*, filter: Filter, now: datetime) -> list[tuple[ThemeName, Sequence[Quote]]]:
    """Quotes of the themes that are spoken of most among the answers that pass the filter."""
    names = {one.slug: one for one in versions.names()}
    found = []
    for slug, responses in _frequent(filter, now=now, themes=None):
        if slug in names and (some := _chosen(slug, responses)):
            found.append((names[slug], some))
    return found


def of(slug: str, *, filter: Filter, now: datetime, most: int = 6) -> Sequence[Quote]:
    """Quotes of one theme."""
    return [
        quote for _, responses in _frequent(filter, now=now, themes=[slug]) for quote in _chosen(slug, responses, most)
    ]


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
    found = found.inner_join(rows.select("response", "answered_at", "cluster"), "response")
    top = found.group_by("theme").agg(n=found.count())
    top = top.order_by([top.n.desc(), top.theme]).limit(THEMES)
    for slug in top.to_pyarrow()["theme"].to_pylist():
        mine = found.filter(found.theme == slug)
        newest = mine.order_by([(mine.sure >= 0.8).desc(), mine.answered_at.desc(), mine.response]).limit(_CANDIDATES)
        yield slug, [int(key) for key in newest.select("response").to_pyarrow()["response"].to_pylist()]


def _chosen(slug: str, responses: list[int], most: int = EACH) -> list[Quote]:
    """Of different customers and tones, not too short, those who agreed to be quoted first."""
    rows = Mention.objects.filter(
        reading__version=versions.current(), reading__response__in=responses, theme=slug, counts=True
    ).select_related("reading__response")
    ordered = sorted(
        rows,
        key=lambda row: (
            row.reading.response.consent_quote is not True,
            not 25 <= len(row.reading.response.comment) <= 400,
            responses.index(row.reading.response.pk),
        ),
    )
    taken: list[Quote] = []
    seen: set[object] = set()
    for row in ordered:
        response = row.reading.response
        who = response.account_id or response.contact_id or response.pk
        told = " ".join(response.comment.split()).casefold()
        if who in seen or told in seen or response.consent_quote is False:
            continue
        seen |= {who, told}
        taken.append(_quote(row))
        if len(taken) == most:
            break
    return taken


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
        sentiment=row.sentiment,
        score=response.score,
        language=row.reading.language,
        answered_at=response.answered_at,
        may_quote=response.consent_quote is True,
    )
