"""Labels as a file: what people said, out and in, in the columns that `nineplus evaluate` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction

from nineplus.render.csv import harmless
from nineplus.stages.analyze.comments import labels, versions
from nineplus.stages.connect.bulk import pieces
from nineplus.stages.errors import NotPossible
from nineplus.store.models import CommentReview, Event, Response, ThemeLabel, User
from nineplus.text.reading import SENTIMENTS

COLUMNS = ("response", "text", "themes", "not_themes", "sentiment", "drawn", "by", "at")
LARGEST = 20_000_000
"""Bytes of a file of labels."""
MOST_REFUSED = 1_000
"""Lines that are listed with their reason; of the others only the number is told."""
_AT_ONCE = 500
Line = tuple[int, dict[str, str] | str]
"""The number of a line in the file and its cells by column, or why it and what follows cannot be read."""


@dataclass(slots=True)
class Brought:
    """What came of a file: lines that were used, and those that were not with the reason, (line, reason)."""

    labelled: int = 0
    not_used: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    """The first of those not used."""

    def refuse(self, line: int, why: str) -> None:
        self.not_used += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused.append((line, why))

    def add(self, other: Brought) -> None:
        self.labelled += other.labelled
        self.not_used += other.not_used
        self.refused += other.refused[: MOST_REFUSED - len(self.refused)]


def rows() -> Iterator[dict[str, str]]:
    """Every comment that anybody labelled or reviewed: the themes it speaks of and does not, by slug."""
    reviews: dict[tuple[int, int | None], CommentReview] = {}
    for review in CommentReview.objects.select_related("by").order_by("pk"):
        reviews[review.response_id, review.by_id] = review  # type: ignore[attr-defined]
    said: dict[tuple[int, int | None], list[ThemeLabel]] = {}
    for label in ThemeLabel.objects.select_related("by").order_by("response", "pk"):
        said.setdefault((label.response_id, label.by_id), []).append(label)  # type: ignore[attr-defined]
    comments = {
        pk: comment
        for some in pieces(sorted({pk for pk, _ in (*said, *reviews)}), _AT_ONCE)
        for pk, comment in Response.objects.filter(pk__in=some).values_list("pk", "comment")
    }
    for key in sorted({*said, *reviews}, key=lambda pair: (pair[0], pair[1] or 0)):
        if not comments.get(key[0]):
            continue
        whole, some = reviews.get(key), said.get(key, [])
        at = max(one.at for one in ([whole] if whole else some))
        person = whole.by if whole else some[0].by
        yield {
            "response": str(key[0]),
            "text": comments[key[0]],
            "themes": ";".join(whole.themes if whole else [one.theme for one in some if one.holds]),
            "not_themes": ";".join(one.theme for one in some if not one.holds),
            "sentiment": whole.sentiment if whole else "",
            "drawn": "yes" if whole and whole.drawn else "",
            "by": person.email if person else "",
            "at": at.isoformat(),
        }


def bring(content: bytes, *, by: User | None, now: datetime) -> Brought:
    """Take labels in: of the answer with that number, else of every answer with the very same text.

    Each line is a review of a whole comment where it has a sentiment or no `not_themes`. Themes may be slugs or names.
    Raises NotPossible for a file that cannot be read at all.
    """
    came, waiting = Brought(), lines(content)
    while told := list(islice(waiting, _AT_ONCE)):
        where = places(told)
        with transaction.atomic():
            some = take(told, where, by=by, now=now)
            if some.labelled:
                Event.publish(kind="mart.stale", now=now)
        came.add(some)
    return came


def lines(content: bytes) -> Iterator[Line]:
    """The lines of a file of labels. Raises NotPossible at once for a file that cannot be read at all."""
    if len(content) > LARGEST:
        raise NotPossible(f"A file of labels has at most {LARGEST // 1_000_000} MB.")
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows.fieldnames = names = [name.strip().lower() for name in rows.fieldnames or ()]
    except (UnicodeDecodeError, csv.Error):
        raise NotPossible("This is no CSV in UTF-8: export the labels here to see what one looks like.") from None
    if "themes" not in names or not {"text", "response"} & set(names):
        raise NotPossible("A file of labels has a column themes, and a column text or response.")
    return _lines(rows)


def _lines(rows: csv.DictReader) -> Iterator[Line]:
    try:
        for number, row in enumerate(rows, start=2):
            yield number, {name: (row.get(name) or "").strip() for name in COLUMNS}
    except csv.Error as problem:
        yield rows.line_num, f"The rest of the file cannot be read: {problem}."


def take(told: Sequence[Line], where: Sequence[Sequence[int]], *, by: User | None, now: datetime) -> Brought:
    """Take these lines in, each about the answers of `places`; in the caller's transaction, who tells the mart."""
    came, known = Brought(), _known()
    for (number, given), responses in zip(told, where, strict=True):
        reason = given if isinstance(given, str) else _one(given, known, responses, by=by, now=now)
        if reason:
            came.refuse(number, reason)
        else:
            came.labelled += 1
    return came


def _known() -> dict[str, str]:
    """Slugs, those of older versions too, and names in any case, to slugs."""
    taxonomy = versions.taxonomy(versions.current())
    named = {theme.name.casefold(): theme.slug for theme in taxonomy.themes}
    return named | {slug: now for slug in (*dict(taxonomy.became), *taxonomy.slugs) if (now := taxonomy.now(slug))}


def _one(
    given: Mapping[str, str],
    known: Mapping[str, str],
    responses: Sequence[int],
    *,
    by: User | None,
    now: datetime,
) -> str:
    """Why this line could not be used; empty when it was."""
    chosen, unknown = _themes(given["themes"], known)
    left_out, more = _themes(given["not_themes"], known)
    if unknown or more:
        return f"There is no theme {(unknown + more)[0]!r}."
    if given["sentiment"] and given["sentiment"] not in SENTIMENTS:
        return f"A sentiment is {', '.join(SENTIMENTS)}, not {given['sentiment']!r}."
    if not responses:
        return "There is no answer with this number or this very text."
    for pk in responses:
        try:
            if left_out and not given["sentiment"]:
                said = dict.fromkeys(left_out, False) | dict.fromkeys(chosen, True)
                labels.label(response=pk, themes=said, by=by, now=now, source="import", tell=False)
            else:
                drawn = given["drawn"].lower() in ("yes", "true", "1")
                labels.review(
                    response=pk, themes=chosen, sentiment=given["sentiment"], drawn=drawn, by=by, now=now,
                    source="import", tell=False,
                )  # fmt: skip
        except NotPossible as problem:
            return str(problem)
    return ""


def _themes(text: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    chosen: list[str] = []
    unknown: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        slug = known.get(part) or known.get(part.casefold())
        (chosen if slug else unknown).append(slug or part)
    return chosen, unknown


def _key(given: Mapping[str, str]) -> str:
    """The text, as it stood before it was made harmless for spreadsheets; without one the number."""
    text = given["text"]
    text = text[1:] if text.startswith("'") and harmless(text[1:]) == text else text
    return text or f"#{given['response']}"


def places(told: Sequence[Line]) -> list[list[int]]:
    """Which answers each line is about: the numbered one when it still says so, else all with the very same text."""
    given = [each if isinstance(each, dict) else dict.fromkeys(COLUMNS, "") for _, each in told]
    numbers = {one["response"] for one in given if one["response"].isdecimal() and len(one["response"]) < 19}
    numbered = {
        pk: comment.strip()
        for some in pieces(sorted(map(int, numbers)), _AT_ONCE)
        for pk, comment in Response.objects.filter(pk__in=some).values_list("pk", "comment")
    }
    mine = {str(pk): comment for pk, comment in numbered.items()}
    rest = {_key(one) for one in given if one["text"] and mine.get(one["response"]) != _key(one)}
    same: dict[str, list[int]] = {}
    for texts in pieces(sorted(rest), _AT_ONCE):
        for pk, comment in Response.objects.filter(comment__in=texts).values_list("pk", "comment"):
            same.setdefault(comment.strip(), []).append(pk)
    return [
        [int(one["response"])]
        if one["response"] in mine and (not one["text"] or mine[one["response"]] == _key(one))
        else same.get(_key(one), [])
        for one in given
    ]
