"""Comments of a table of answers, read into the rows that are counted; and what was said, for quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from nineplus.mart.schema import SOURCES
from nineplus.model.themes import ThemeName
from nineplus.text.quotes import Said, choose
from nineplus.text.reading import Mention, Reading, contradicts
from nineplus.text.tagging import Reader
from nineplus.text.taxonomy import Taxonomy, packaged

FULL_UP_TO = 20_000
"""So many comments are read by words and meaning; more by words alone, some ten times as fast."""
_STEP = 2_000
_CANDIDATES = 300  # a quote is chosen among so many, the surest


@dataclass(frozen=True, slots=True)
class Read:
    """`readings` and `mentions` as in SOURCES; `names` of the themes; how many comments, read how, by which themes."""

    readings: pa.Table
    mentions: pa.Table
    names: tuple[ThemeName, ...]
    comments: int
    mode: str
    taxonomy: str
    _said: Mapping[str, Sequence[tuple[str, Said]]] = field(default_factory=dict, repr=False)

    @property
    def how(self) -> str:
        """In one sentence, for the methods."""
        by = "by words and meaning" if self.mode == "full" else "by words alone, being many"
        return f"{self.comments:,} comments read {by}, by the themes “{self.taxonomy}”"

    def quotes(self, theme: str, *, tone: str = "", children: bool = False, count: int = 2, now: datetime) -> list[str]:
        """What stands for a theme (`children`: also for those below it), personal data covered.

        Of the `tone` asked for, where it is ever said so, else of its most frequent one.
        """
        slugs = [slug for slug in self._said if slug == theme or (children and slug.startswith(f"{theme}."))]
        told = [pair for slug in slugs for pair in self._said[slug]]
        tones = [said for said, _ in told]
        if not tones:
            return []
        if tone not in tones:
            tone = max(dict.fromkeys(tones), key=tones.count)
        chosen = sorted((each for said, each in told if said == tone), key=lambda each: -each.sure * each.salience)
        return [quote.text for quote in choose(chosen[:_CANDIDATES], now=now, count=count, permitted_only=False)]


def read_table(
    responses: pa.Table,
    *,
    taxonomy: Taxonomy | str = "b2b",
    mode: str = "",
    progress: Callable[[str], None] = lambda said: None,
) -> Read | None:
    """The comments of these answers (SOURCES responses), read; None when there are none.

    `mode` is full, fast, or empty: full up to FULL_UP_TO comments. Raises WrongTaxonomy for an unknown name.
    """
    themes = packaged(taxonomy) if isinstance(taxonomy, str) else taxonomy
    rows = list(_commented(responses))
    if not rows:
        return None
    mode = mode or ("full" if len(rows) <= FULL_UP_TO else "fast")
    reader = Reader(taxonomy=themes, mode=mode)
    readings: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    said: dict[str, list[tuple[str, Said]]] = {}
    for number, (row, one) in enumerate(zip(rows, reader.stream(row["comment"] for row in rows), strict=True)):
        if number % _STEP == 0:
            progress(f"Reading what they say: {number:,} of {len(rows):,} comments")
        own = {"response": row["response"], "answered_at": row["answered_at"]}
        readings.append(
            own
            | {
                "language": one.language,
                "sentiment": one.sentiment.label,
                "empty_because": one.nothing or None,
                "contradicts": row["score"] is not None and contradicts(one, score=row["score"]),
            }
        )
        for mention in one.mentions:
            tone = mention.sentiment.label
            mentions.append(
                own | {"theme": mention.theme, "sentiment": tone, "sure": mention.sure, "salience": mention.salience}
            )
            said.setdefault(mention.theme, []).append((tone, _said(row, one, mention)))
    return Read(
        readings=pa.Table.from_pylist(readings, schema=SOURCES["readings"]),
        mentions=pa.Table.from_pylist(mentions, schema=SOURCES["mentions"]),
        names=tuple(ThemeName(theme.slug, theme.name) for theme in themes.themes),
        comments=len(rows),
        mode=mode,
        taxonomy=themes.title or themes.name,
        _said=said,
    )


def _said(row: Mapping[str, Any], reading: Reading, mention: Mention) -> Said:
    comment, at = str(row["comment"]), row["answered_at"]
    return Said(
        text=_sentence(comment, reading, mention),
        comment=comment,
        account=str(row["account"] or row["contact"] or row["response"]),
        at=at if isinstance(at, datetime) else datetime(1970, 1, 1, tzinfo=UTC),
        permitted=False,
        sure=mention.sure,
        salience=mention.salience,
    )


def _sentence(comment: str, reading: Reading, mention: Mention) -> str:
    """The clauses in which the theme is said."""
    said = [
        one.span for one in reading.clauses if one.span.start < mention.span.end and mention.span.start < one.span.end
    ]
    start, end = min((one.start for one in said), default=0), max((one.end for one in said), default=len(comment))
    return comment[start:end].strip() or comment.strip()


def _commented(responses: pa.Table) -> Iterator[dict[str, Any]]:
    columns = ["response", "comment", "score", "answered_at", "account", "contact"]
    there = [name for name in columns if name in responses.column_names]
    if "comment" not in there or "response" not in there:
        return
    for batch in responses.select(there).to_batches():
        for row in batch.to_pylist():
            if row["comment"] and row["response"] is not None:
                yield dict.fromkeys(columns) | row
