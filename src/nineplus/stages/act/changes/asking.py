"""Who asked for it? The people whose comments speak of a theme, in a selection of answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nineplus.mart.errors import MartDamaged
from nineplus.model import Filter, Window
from nineplus.stages import mart
from nineplus.stages.analyze.comments import versions
from nineplus.stages.analyze.running import bare
from nineplus.stages.capture.people import suppression
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Contact, Mention, Response

TONES = {"complaints": "who complained of it", "anything": "who spoke of it at all"}
_COMPLAINTS = ("negative", "mixed")
_PORTION = 500
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Asker:
    """One who said it: their newest such answer and what of it speaks of the theme."""

    contact: Contact
    response: int
    said: str


def usual(today: date) -> Window:
    """Whose answers are meant as long as nobody says so: of this month and the eleven before it.

    Of what somebody said years ago they do not want to hear.
    """
    return Window(date(today.year - (today.month < 12), today.month % 12 + 1, 1), today + timedelta(days=1))


def named(theme: str) -> str:
    """How that theme is called. Raises NotPossible when there is none."""
    found = next((one.name for one in versions.names() if one.slug == theme), None)
    if found is None:
        raise NotPossible("Choose the theme that the change is about.")
    return found


def who(theme: str, *, tone: str, filter: Filter, now: datetime) -> list[Asker]:
    """Everyone known who said it in the answers that pass the filter, by address once. Raises NotPossible.

    Anonymous answers are of nobody. What is sure counts, and what a person said.
    """
    named(theme)
    if tone not in TONES:
        raise NotPossible(f"There is no way {tone!r} to choose. There are: {', '.join(TONES)}.")
    found: dict[str, Asker] = {}
    themes = [one.slug for one in versions.names() if theme in (one.slug, one.parent)]
    for portion in _portions(_responses(themes, tone=tone, filter=filter, now=now)):
        words = _words(portion, themes)
        rows = Response.objects.select_related("contact").filter(pk__in=portion, contact__isnull=False)
        by_pk = {row.pk: row for row in rows}
        for pk in portion:  # the newest first: theirs is quoted
            if (row := by_pk.get(pk)) is not None and (person := row.contact) is not None:
                known_by = suppression.digest_of("email", person.email or f"#{person.pk}")
                found.setdefault(known_by, Asker(person, pk, words.get(pk, "")))
    return list(found.values())


def _responses(themes: Sequence[str], *, tone: str, filter: Filter, now: datetime) -> list[int]:
    try:
        data = bare(now=now)
    except MartDamaged:
        raise NotPossible("The prepared data are being made anew. Try again in a minute.") from None
    if data.response_theme is None:
        return []
    rows = mart.narrowed(data, filter).responses
    mentions = data.response_theme
    mentions = mentions.filter(mentions.theme.isin(themes))
    if tone == "complaints":
        mentions = mentions.filter(mentions.sentiment.isin(_COMPLAINTS))
    spoken = mentions.select("response").distinct().inner_join(rows.select("response", "answered_at"), "response")
    ordered = spoken.order_by([spoken.answered_at.desc(), spoken.response])
    return [int(key) for key in ordered.select("response").to_pyarrow()["response"].to_pylist()]


def _words(responses: Sequence[int], themes: Sequence[str]) -> dict[int, str]:
    """What of each comment speaks of it, as the customer wrote it."""
    rows = Mention.objects.filter(
        reading__version=versions.current(), reading__response__in=responses, theme__in=themes, counts=True
    )
    found: dict[int, str] = {}
    columns = ("reading__response", "reading__response__comment", "reading__clauses", "start", "stop")
    for response, comment, clauses, start, stop in rows.order_by("-sure", "pk").values_list(*columns):
        whole = next(((first, last) for first, last, *_ in clauses if first <= start < last), (start, stop))
        words = " ".join(comment[slice(*whole)].split()).rstrip(" ,;.")
        found.setdefault(response, words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…")
    return found


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _PORTION):
        yield ids[start : start + _PORTION]
