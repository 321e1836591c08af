"""Changes as the command line reads and tells of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import typer


def change(one: Any) -> dict[str, Any]:
    row = one.change
    return {
        "id": row.pk,
        "title": row.title,
        "theme": row.theme,
        "tone": row.tone,
        "filter": dict(_grouped(row.filter)),
        "words": row.words,
        "language": row.language,
        "state": str(row.state),
        "told_at": row.told_at.isoformat(timespec="seconds") if row.told_at else None,
        "fault": row.fault,
        **{name: getattr(one, name) for name in ("asked", "sent", "waiting", "not_sent")},
        "refused": dict(one.refused),
        "answers": dict(one.answers),
        "helped": dict(zip(("value", "low", "high"), one.helped, strict=True)) if one.helped else None,
    }


def preview(one: Any) -> dict[str, Any]:
    from nineplus.stages.act.changes.telling import REASONS

    readers = [
        {"language": each.language, "own": each.own, "others": dict(each.others), "says": str(each)}
        for each in one.readers
    ]
    letter = {"subject": one.letter.subject, "text": one.letter.text} if one.letter else None
    return {
        "reached": one.reached,
        "readers": readers,
        "refused": {REASONS[why]: n for why, n in one.refused.items()},
        "letter": letter,
        "trouble": one.trouble,
    }


def say(row: dict[str, Any]) -> None:
    """One change in lines."""
    typer.echo(f"{row['title']} ({row['state']})")
    chosen = ", ".join(f"{key} {' or '.join(values)}" for key, values in row["filter"].items())
    typer.echo(f"  of {row['theme']}, {row['tone']}" + (f"; {chosen}" if chosen else "; of all time"))
    for code, words in row["words"].items():
        typer.echo(f"  {code}: {words['subject']}")
    if row["asked"]:
        typer.echo(f"  {row['sent']} of {row['asked']} told, {row['waiting']} wait, {row['not_sent']} not sent")
    if row["fault"]:
        typer.echo(f"  The letters wait: {row['fault']}")


def in_words(row: dict[str, Any]) -> str:
    answered = sum(row["answers"].values())
    if not row["helped"]:
        return f"{row['sent']} were told; nobody has said yet whether it helped."
    counted = ", ".join(f"{n} {name}" for name, n in row["answers"].items())
    low, high = (f"{100 * row['helped'][end]:.0f}" for end in ("low", "high"))
    return (
        f"It helped {row['answers']['yes']} of the {answered} who answered ({low} to {high} %): {counted}. "
        f"{row['sent']} were told."
    )


def letter(path: Path) -> Any:
    """The words in that file: the first line is the subject. Raises NotPossible."""
    from nineplus.stages.act.changes.words import Said
    from nineplus.stages.errors import NotPossible

    try:
        subject, _, text = path.read_text(encoding="utf-8-sig").partition("\n")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise NotPossible(f"{path} cannot be read: {why}.") from None
    return Said(subject.strip(), text.strip())


def selection(query: dict[str, list[str]], *, all_time: bool, now: datetime) -> Any:
    """The answers meant: of the last 12 months unless a period is named, or all are wanted. Raises NotPossible."""
    from nineplus.model import Filter
    from nineplus.stages.act.changes import asking
    from nineplus.stages.errors import NotPossible

    if strange := sorted(key for key in query if key not in _KEYS and not key.startswith("a.")):
        raise NotPossible(f"There is no filter {strange[0]!r}; there are {', '.join(_KEYS)} and a.SLUG.")
    chosen = Filter.from_query(query)
    named = "from" in query or "to" in query
    return chosen if all_time or named else chosen.within(asking.usual(now.date()))


_KEYS = ("from", "to", "survey", "touchpoint")


def _grouped(pairs: list[list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
