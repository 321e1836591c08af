"""Which questions a report asks, in which order, and what it keeps of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nineplus import notebook
from nineplus.mart.dataset import Attribute
from nineplus.model import Note, Result
from nineplus.report.money import money_table
from nineplus.report.report import Report

if TYPE_CHECKING:
    from nineplus.connectors.files import Mapping as FileMapping
    from nineplus.text.tables import Read

MOST_ATTRIBUTES = 20
"""So many attributes are compared; a report with more is no longer read."""
_QUESTIONS = ("score", "distribution", "trend", "attribution", "drivers", "theme-impact", "rising-themes")
THEMES = "b2b"
"""The pack of themes by which comments are read unless told otherwise."""
_QUOTES = 2


def build(
    responses: Sequence[Path] | Path,
    *,
    tickets: Path | None = None,
    ticket_events: Path | None = None,
    accounts: Path | None = None,
    movements: Path | None = None,
    contacts: Path | None = None,
    mapping: FileMapping | Path | None = None,
    vendor: str = "",
    score: str = "",
    timezone: str = "",
    themes: str = THEMES,
    quotes: bool = True,
    now: datetime,
    progress: Callable[[str], None] = lambda said: None,
) -> Report:
    """Read the files, ask every question they can answer, and say what was dropped on the way.

    `mapping` is for the responses, as are `vendor` (whose export) and `score` (the column of the question);
    `timezone` is the zone of times that say none, in all files; `themes` is the pack
    by which comments are read (empty: they are not), `quotes` whether some words of customers stand in the report;
    `now` (aware) is when the report is made; `progress` hears each step.
    Raises UnreadableFile and BadMapping (connectors.files) with a sentence that names the file.
    """
    given = {
        "responses": responses,
        "tickets": tickets,
        "ticket_events": ticket_events,
        "accounts": accounts,
        "contacts": contacts,
        "movements": movements,
    }
    files = {kind: value for kind, value in given.items() if value is not None}
    heard: list[Read] = []
    answers = notebook.Answers(
        notebook.read(
            files,
            mapping=mapping,
            vendor=vendor,
            score=score,
            timezone=timezone,
            themes=themes,
            now=now,
            progress=progress,
            heard=heard.append,
        )
    )
    results = _ask(answers, progress)
    segments, left_out = _segments(answers, progress)
    data = answers.dataset
    return Report(
        results=results,
        segments=segments,
        notes=(*data.notes, *left_out, *_unanswered(results)),
        snapshot=data.snapshot,
        files=tuple(Path(p).name for value in files.values() for p in ([value] if isinstance(value, Path) else value)),
        period=_period(answers),
        money=money_table(data) if movements is not None else None,
        made_at=now,
        quotes=_quotes(results, heard, now) if quotes else {},
        read=heard[0].how if heard else "",
    )


def _quotes(results: Mapping[str, Result], heard: Sequence[Read], now: datetime) -> dict[str, tuple[str, ...]]:
    """Words of customers for every theme that is shown."""
    found = results.get("theme-impact")
    if not heard or found is None or found.refused:
        return {}
    alone = found.figures["level"] == 2
    said = {
        row["theme"]: tuple(
            heard[0].quotes(
                row["theme"],
                tone="negative" if (row["impact"].value or 0) < 0 else "positive",
                children=not alone,
                count=_QUOTES,
                now=now,
            )
        )
        for row in found.table("themes").rows
    }
    return {slug: chosen for slug, chosen in said.items() if chosen}


def _ask(answers: notebook.Answers, progress: Callable[[str], None]) -> dict[str, Result]:
    found = {}
    for name in _QUESTIONS:
        chosen = answers.analyses.get(name)
        if chosen is None or not all(answers.dataset.has(table) for table in chosen.needs):
            continue
        if name in ("attribution", "drivers") and not answers.dataset.has("tickets"):
            continue
        progress(chosen.title)
        found[name] = answers.ask(name)
    return found


def _segments(
    answers: notebook.Answers, progress: Callable[[str], None]
) -> tuple[tuple[tuple[Attribute, Result], ...], list[Note]]:
    """Every useful attribute compared; those where something differs come first, those that refuse are noted."""
    chosen, left = answers.attributes[:MOST_ATTRIBUTES], answers.attributes[MOST_ATTRIBUTES:]
    found, notes = [], []
    for attribute in chosen:
        progress(f"Where is NPS different? {attribute.label}")
        result = answers.ask("segments", by=attribute.slug)
        if result.refused:
            notes.append(Note("attribute_not_compared", 0, result.refusal))
        else:
            found.append((attribute, replace(result, title=f"NPS by {attribute.label.lower()}")))
    if left:
        names = ", ".join(attribute.label for attribute in left)
        notes.append(Note("attributes_not_compared", 0, f"Only {MOST_ATTRIBUTES} are compared; not {names}."))
    found.sort(key=lambda pair: -bool(pair[1].figures.get("told_apart")))
    return tuple(found), notes


def _unanswered(results: Mapping[str, Result]) -> list[Note]:
    return [Note(f"{name}_not_answered", 0, result.refusal) for name, result in results.items() if result.refused]


def _period(answers: notebook.Answers) -> tuple[date | None, date | None]:
    """The days of the first and the last answer, UTC."""
    rows = answers.dataset.responses
    if "answered_at" not in rows.columns:
        return None, None
    ends = rows.aggregate(first=rows.answered_at.min(), last=rows.answered_at.max()).to_pyarrow().to_pylist()[0]
    return tuple(end.date() if end is not None else None for end in (ends["first"], ends["last"]))  # type: ignore[return-value]
