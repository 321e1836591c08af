"""What `nineplus import` says: one import, what a run would do, notes and reasons."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import typer

_REASONS = 5


def row(one: Any) -> dict[str, Any]:
    """One import as scripts read it."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "file": one.file_name,
        "state": one.state,
        "added": one.rows_added,
        "changed": one.rows_changed,
        "same": one.rows_same,
        "refused": one.rows_refused,
        "error": one.error,
        "created_at": one.created_at.isoformat(timespec="seconds"),
    }


def finished(one: Any, *, as_json: bool) -> None:
    """An import that ran: how it ended, what to know, and why rows were refused."""
    from nineplus.connectors.files import refusal_notes

    if as_json:
        notes = one.report.get("notes", [])
        typer.echo(json.dumps(row(one) | {"notes": notes, "refusals": one.report.get("refusals", {})}, indent=2))
        return
    if one.error:
        typer.echo(one.error, err=True)
    typer.echo(
        f"Import {one.pk}: {one.rows_added:,} rows added, {one.rows_changed:,} changed, "
        f"{one.rows_same:,} the same, {one.rows_refused:,} refused."
    )
    _say_notes(one.report.get("notes", []))
    for note in refusal_notes(Counter(one.report.get("refusals", {})))[:_REASONS]:
        typer.echo(f"- {note.rows:,} refused: {note.message}")
    if one.rows_refused:
        typer.echo(f"Which ones: nineplus import rejected {one.pk} -o rejected.csv")


def foreseen(report: dict[str, Any], *, as_json: bool) -> None:
    """What a run would do: a dry run's report, with the mapping in it."""
    if as_json:
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    typer.echo("Columns:")
    for column, meaning in report["mapping"]["columns"].items():
        extra = meaning.get("order") or meaning.get("slug") or meaning.get("why") or ""
        typer.echo(f"  {column:<32} {meaning['field']:<16} {extra}")
    typer.echo(
        f"Would add {report['added']:,} rows, change {report['changed']:,}, leave {report['same']:,} as they are, "
        f"refuse {report['refused']:,}{_excluded(report['excluded'])}."
    )
    _say_notes(report["notes"])
    for example in report["examples"][:5]:
        typer.echo(f"  line {example['line']}: {example['reason']}")
    typer.echo("Nothing was written.")


def _excluded(rows: int) -> str:
    return f" ({rows:,} of them no answers of customers)" if rows else ""


def _say_notes(notes: list[dict[str, Any]]) -> None:
    for note in notes:
        count = f"{note['rows']:,}: " if note["rows"] else ""
        typer.echo(f"! {count}{note['message']}")
