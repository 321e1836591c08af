"""Labels as a file: what people said, out and in, in the columns that `nineplus evaluate` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

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
_MOST_REFUSED = 1_000
_AT_ONCE = 500


@dataclass(slots=True)
class Brought:
    """What came of a file: comments labelled, and lines that were not with the reason, (line, reason)."""

    labelled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


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
    if len(content) > LARGEST:
        raise NotPossible(f"A file of labels has at most {LARGEST // 1_000_000} MB.")
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        names = [name.strip().lower() for name in lines.fieldnames or ()]
    except (UnicodeDecodeError, csv.Error):
        raise NotPossible("This is no CSV in UTF-8: export the labels here to see what one looks like.") from None
    if "themes" not in names or not {"text", "response"} & set(names):
        raise NotPossible("A file of labels has a column themes, and a column text or response.")
    lines.fieldnames = names
    came = Brought()
    told: list[tuple[int, dict[str, str]]] = []
    try:
        for number, line in enumerate(lines, start=2):
            told.append((number, {name: (line.get(name) or "").strip() for name in COLUMNS}))
    except csv.Error as problem:
        came.refused.append((lines.line_num, f"The rest of the file cannot be read: {problem}."))
    known, places = _known(), _places([given for _, given in told])
    for begin in range(0, len(told), _AT_ONCE):
        before = came.labelled
        with transaction.atomic():
            for number, given in told[begin : begin + _AT_ONCE]:
                reason = _one(given, known, places, by=by, now=now)
                if not reason:
                    came.labelled += 1
                elif len(came.refused) < _MOST_REFUSED:
                    came.refused.append((number, reason))
            if came.labelled > before:
                Event.publish(kind="mart.stale", now=now)
    return came


def _known() -> dict[str, str]:
    """Slugs, those of older versions too, and names in any case, to slugs."""
    taxonomy = versions.taxonomy(versions.current())
    named = {theme.name.casefold(): theme.slug for theme in taxonomy.themes}
    return named | {slug: now for slug in (*dict(taxonomy.became), *taxonomy.slugs) if (now := taxonomy.now(slug))}


def _one(
    given: Mapping[str, str],
    known: Mapping[str, str],
    places: Mapping[str, list[int]],
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
    responses = places.get(_key(given), [])
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


def _places(lines: Collection[Mapping[str, str]]) -> dict[str, list[int]]:
    """Which answers each line is about: the numbered one when it still says so, else all with the very same text."""
    numbers = {one["response"] for one in lines if one["response"].isdecimal() and len(one["response"]) < 19}
    numbered = {
        str(pk): comment.strip()
        for some in pieces(sorted(map(int, numbers)), _AT_ONCE)
        for pk, comment in Response.objects.filter(pk__in=some).values_list("pk", "comment")
    }
    found: dict[str, list[int]] = {}
    rest: set[str] = set()
    for one in lines:
        key, comment = _key(one), numbered.get(one["response"])
        if comment is not None and (not one["text"] or comment == key):
            found.setdefault(key, []).append(int(one["response"]))
        elif one["text"]:
            rest.add(key)
    for texts in pieces(sorted(rest - found.keys()), _AT_ONCE):
        for pk, comment in Response.objects.filter(comment__in=texts).values_list("pk", "comment"):
            found.setdefault(comment.strip(), []).append(pk)
    return found
