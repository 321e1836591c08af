"""A comment as people see it: cut where a theme begins or ends, each theme with why and how sure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nineplus.model.themes import felt
from nineplus.stages.analyze.comments import versions
from nineplus.store.models import CommentReading, Mention

_KINDS = {
    "words": "says",
    "like": "means much as",
    "correction": "",
    "general": "names nothing in particular, but says",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One theme of a comment. `why` in words; `person`: somebody said so (True) or took it away (False)."""

    slug: str
    name: str
    sentiment: str
    sure: float
    why: str
    start: int
    stop: int
    counts: bool
    person: bool | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a comment and the themes whose evidence it is."""

    text: str
    themes: tuple[Said, ...] = ()

    @property
    def tone(self) -> str:
        """One sentiment for the mark: that of its themes, mixed where they differ."""
        tones = {one.sentiment for one in self.themes}
        return tones.pop() if len(tones) == 1 else "mixed" if tones else ""

    @property
    def title(self) -> str:
        return "\n".join(f"{one.name}: {one.sentiment}, {one.why}" for one in self.themes)


@dataclass(frozen=True, slots=True)
class Shown:
    """One comment, read: `themes` count, `doubtful` do not."""

    reading: CommentReading
    pieces: tuple[Piece, ...]
    themes: tuple[Said, ...]
    doubtful: tuple[Said, ...]

    @property
    def sentiment(self) -> str:
        return self.reading.said or self.reading.sentiment


def shown(responses: Collection[int]) -> dict[int, Shown]:
    """What was read in these responses' comments, by the version in force; those that nobody has read are missing."""
    rows = CommentReading.objects.filter(version=versions.current(), response__in=responses)
    return {
        row.response.pk: show(row, row.response.comment)
        for row in rows.select_related("response").prefetch_related("mentions")
    }


def show(reading: CommentReading, comment: str) -> Shown:
    """One reading of that comment."""
    names = {theme.slug: theme.name for theme in versions.names()}
    rows: Iterable[Mention] = reading.mentions.all()  # type: ignore[attr-defined]
    said = sorted(
        (_said(row, names, reading.said) for row in rows if row.theme in names), key=lambda one: (one.start, one.slug)
    )
    themes = tuple(one for one in said if one.counts)
    return Shown(
        reading=reading,
        pieces=tuple(pieces(comment, themes)),
        themes=themes,
        doubtful=tuple(sorted((one for one in said if not one.counts), key=lambda one: -one.sure)),
    )


def pieces(comment: str, themes: Sequence[Said]) -> Iterable[Piece]:
    """The comment cut at every border of evidence; together the pieces are the comment."""
    borders = {0, len(comment)}
    for one in themes:
        borders |= {min(one.start, len(comment)), min(one.stop, len(comment))}
    ordered = sorted(borders)
    for start, stop in pairwise(ordered):
        yield Piece(
            comment[start:stop], tuple(one for one in themes if one.start <= start and stop <= max(one.stop, one.start))
        )


def _said(row: Mention, names: dict[str, str], said: str) -> Said:
    return Said(
        slug=row.theme,
        name=names[row.theme],
        sentiment=felt(own=row.sentiment, said=said),
        sure=row.sure,
        why=_why(row),
        start=row.start,
        stop=row.stop,
        counts=row.counts,
        person=row.person,
    )


def _why(row: Mention) -> str:
    if row.person:
        return "a person said so"
    told = [f"{_KINDS.get(kind, kind)} “{text}”".strip() for kind, text, *_ in row.reasons if kind != "correction"]
    sure = f"{100 * row.sure:.0f} % sure"
    taken = "; a person took it away" if row.person is False else ""
    return f"{' and '.join(told)}, {sure}{taken}" if told else sure + taken
