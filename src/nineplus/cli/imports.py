"""nineplus import KIND FILE, import list, undo, resume, rejected: files into the store, from the command line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from nineplus.cli._mappings import explained, known_zone

KINDS = {
    "responses": "Answers: score, and what a file has beside it.",
    "tickets": "Service cases with their times.",
    "ticket_events": "What happened to tickets: stages, replies, reopens.",
    "accounts": "Companies and their attributes.",
    "contacts": "People and their companies.",
    "invitations": "Who was asked, and what became of it.",
    "movements": "Changes of monthly revenue; subscriptions with start and end will do.",
}
_HELP = """{what}

The columns are recognised; a mapping file says what recognition cannot know. The same file twice changes nothing.
It runs here and now, without a worker, and brings the figures up to date at the end.
Exit codes: 0 done (refused rows are counted and can be written out), 1 not done, 2 wrong usage.

Examples:

  nineplus import {kind} {kind}.csv --dry-run

  nineplus import {kind} {kind}.xlsx --timezone Europe/Berlin

  nineplus import {kind} export.csv --map mapping.toml --save-map monthly --json
"""
_UNDO = """Take an import back whole: what it added goes, what it changed is as it was before.

Example:

  nineplus import undo 12
"""
_LIST = """Show the imports, newest first.

Examples:

  nineplus import list

  nineplus import list --json
"""
_REJECTED = """Write the rows that were refused as CSV, with line and reason, to be mended and imported again.

Examples:

  nineplus import rejected 12 -o rejected.csv

  nineplus import rejected 12 -o -
"""
_RESUME = """Go on with an import that was cancelled, failed or was killed.

Example:

  nineplus import resume 12
"""


_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Bring files in: responses, tickets, accounts …", no_args_is_help=True)
    for kind, what in KINDS.items():
        group.command(kind, help=_HELP.format(kind=kind, what=what), short_help=what)(_importing(kind))
    group.command("list", help=_LIST)(every)
    group.command("undo", help=_UNDO)(undo)
    group.command("resume", help=_RESUME)(resume)
    group.command("rejected", help=_REJECTED)(rejected)
    app.add_typer(group, name="import")


def _importing(kind: str) -> Callable[..., None]:
    def command(
        file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, ODS, Parquet or JSON Lines.")],
        map_file: Annotated[
            Path | None, typer.Option("--map", help="Mapping as JSON or TOML, or the name of a saved one.")
        ] = None,
        dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would happen."),
        save_map: str = typer.Option("", "--save-map", help="Keep the mapping under this name."),
        source: str = typer.Option("file", "--source", help="Where the ids come from; ids of two sources never mix."),
        timezone: str = typer.Option(
            "", "--timezone", help="Zone of times that do not say one; that of Settings unless told."
        ),
        date_order: Literal["dmy", "mdy", ""] = typer.Option(
            "", help="When the dates leave it open.", metavar="dmy|mdy"
        ),
        currency: str = typer.Option(
            "", "--currency", help="Currency of amounts that do not say one; that of Settings unless told."
        ),
        preset: str = typer.Option(
            "auto", "--preset", metavar="auto|none|TOOL", help="The survey tool whose export it is, or none."
        ),
        score_column: str = typer.Option(
            "", "--score-column", help="The column of the NPS question, when there are several."
        ),
        as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    ) -> None:
        answers = {"timezone": timezone, "order": date_order, "currency": currency.upper()}
        _understood(source=source, preset=preset, **answers)
        answers |= {"vendor": "" if preset == "auto" else preset, "score": score_column}
        with _sentences():
            _import(kind, file, map_file, dry_run, save_map, source, {k: v for k, v in answers.items() if v}, as_json)

    command.__name__ = kind
    return command


def _understood(*, source: str, preset: str, timezone: str, order: str, currency: str) -> None:
    """Raises BadParameter, which ends with 2, for an option that no file could make right."""
    known_zone(timezone)
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        raise typer.BadParameter(f"{currency!r} is not a code of three letters such as EUR", param_hint="--currency")
    if preset != "auto":
        from nineplus.connectors.files import vendors

        if preset not in (known := (*vendors.presets(), vendors.NONE, "auto")):
            raise typer.BadParameter(f"{preset!r} is none of {', '.join(known)}", param_hint="--preset")
    if not _SOURCE.fullmatch(source):
        raise typer.BadParameter(
            "a source is named in lower-case letters, digits, dots, dashes and underscores, at most 40",
            param_hint="--source",
        )


def _import(
    kind: str,
    file: Path,
    map_file: Path | None,
    dry_run: bool,
    save_map: str,
    source: str,
    answers: dict[str, str],
    as_json: bool,
) -> None:
    imports, now = _stage()
    given = _given(imports, kind, map_file)
    _there(file)
    one = imports.receive(file, kind=kind, source=source, now=now())
    try:
        told = {name: answers[name] for name in ("timezone", "currency", "vendor", "score") if name in answers}
        mapping = imports.propose(one.pk, kind=kind, given=given, **told)
        if chosen := _score_question(mapping):
            mapping = imports.propose(one.pk, kind=kind, given=given, **told | {"score": chosen})
        mapping = _settled(mapping, answers)
        if save_map:
            imports.save_mapping(save_map, mapping, now=now())
        if dry_run:
            with _bar(f"Reading {file.name}") as progress:
                report = imports.dry_run(one.pk, mapping, progress=progress)
            _say_report(report.to_dict() | {"mapping": mapping.to_dict()}, as_json)
            return
        imports.confirm(one.pk, mapping, now=now(), hand_on=False)
    finally:
        if imports.get(one.pk).state == "draft":
            imports.discard(one.pk)
    _run(imports, one.pk, now, as_json)


def _there(file: Path) -> None:
    from nineplus.stages.errors import NotPossible

    if not file.is_file():
        raise NotPossible(f"There is no file {str(file)!r} here.")


def _run(imports: Any, import_id: int, now: Callable[[], Any], as_json: bool) -> None:
    with _bar("Importing") as progress:
        one = imports.run(import_id, now=now(), progress=progress)
    _refresh(now)
    _say(one, as_json)
    if one.state != "done":
        raise typer.Exit(1)


def _given(imports: Any, kind: str, map_file: Path | None) -> Any:
    from nineplus.connectors.files import BadMapping, Mapping
    from nineplus.stages.errors import NotPossible

    if map_file is None:
        return None
    if not map_file.exists():
        for saved in imports.saved_mappings(kind):
            if saved.name == str(map_file):
                return Mapping.from_dict(saved.mapping)
    mapping = Mapping.load(map_file)
    if mapping.kind != kind:
        raise NotPossible(f"The mapping {map_file.name!r} is for {mapping.kind}, not for {kind}.")
    if not mapping.columns:
        raise BadMapping("The mapping names no columns.")
    return mapping


def _score_question(mapping: Any) -> str:
    """Which column asks the NPS question, when the file leaves it open and somebody is there to say; else nothing."""
    from nineplus.stages.errors import NotPossible

    asked = next((one for one in mapping.questions if one.setting == "score" and one.must), None)
    if asked is None:
        return ""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        listed = "\n".join(f"  {column}: {title}" for column, title in asked.options)
        raise NotPossible(f"{asked.text}\n{listed}\nSay --score-column with its name.")
    for number, (_, title) in enumerate(asked.options, start=1):
        typer.echo(f"  {number}  {title}", err=True)
    number = typer.prompt(asked.text, type=int, default=1, err=True)
    if not 1 <= number <= len(asked.options):
        raise NotPossible(f"There is no question {number}.")
    return asked.options[number - 1][0]


def _settled(mapping: Any, answers: dict[str, str]) -> Any:
    """The mapping with every question answered: by an option, at the terminal, or by the stated assumption."""
    from nineplus.connectors.files import Mapping
    from nineplus.stages.errors import NotPossible

    answers = dict(answers)
    for question in mapping.questions:
        if not question.must or question.setting in answers or question.setting == "score":
            continue
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            how = (
                "Say `any_scale = true` in a mapping (--map) when it does not, or there `bands`: each number with its "
                'score, as in {"1": 0}.'
                if question.setting == "bands"
                else "Say --date-order dmy or --date-order mdy."
            )
            raise NotPossible(f"{question.text} {how}")
        choices = "/".join(value for value, _ in question.options)
        answers[question.setting] = typer.prompt(f"{question.text} [{choices}]", default=question.answer, err=True)
    return Mapping.from_dict(mapping.answered(**answers).to_dict())


def every(
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    limit: int = typer.Option(200, min=1, help="How many, the newest first."),
) -> None:
    imports, _ = _stage()
    rows = [_row(one) for one in imports.every(limit=limit)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        counts = f"{row['added']:,} added, {row['changed']:,} changed, {row['refused']:,} refused"
        typer.echo(f"{row['id']:>5}  {row['kind']:<14} {row['state']:<10} {counts:<48} {row['file']}")
    if not rows:
        typer.echo("There are no imports.", err=True)


def undo(import_id: int = typer.Argument(help="As `nineplus import list` shows it.")) -> None:
    imports, now = _stage()
    with _sentences():
        with _bar("Taking back") as progress:
            one = imports.undo(import_id, now=now(), progress=progress)
        _refresh(now)
        typer.echo(f"Import {one.pk} ({one.file_name}) is undone.")
        for note in one.report.get("notes", ()):
            if note["code"].startswith("undo_"):
                typer.echo(f"! {note['rows']:,}: {note['message']}")


def resume(
    import_id: int = typer.Argument(help="As `nineplus import list` shows it."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    imports, now = _stage()
    with _sentences():
        if imports.get(import_id).state in ("failed", "cancelled"):
            imports.resume(import_id, now=now(), hand_on=False)
        _run(imports, import_id, now, as_json)


def rejected(
    import_id: int = typer.Argument(help="As `nineplus import list` shows it."),
    output: str = typer.Option("-", "-o", "--output", help="File to write; - is standard output."),
) -> None:
    imports, _ = _stage()
    with _sentences():
        lines = imports.refused_csv(import_id)
        if output == "-":
            sys.stdout.writelines(lines)
            return
        with Path(output).open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        typer.echo(f"Written to {output}.", err=True)


# -- what all of them share ---------------------------------------------------------------------------------------


def _stage() -> tuple[Any, Callable[[], Any]]:
    from nineplus.cli import use_store

    use_store()
    from django.utils import timezone

    from nineplus.stages.connect import imports

    return imports, timezone.now


@contextmanager
def _sentences() -> Iterator[None]:
    """What cannot be done is said in a sentence and ends with 1."""
    from nineplus.connectors.files import BadMapping, UnreadableFile
    from nineplus.stages.errors import NotPossible

    try:
        yield
    except (NotPossible, BadMapping, UnreadableFile) as reason:
        typer.echo(explained(reason), err=True)
        raise typer.Exit(1) from None


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar where somebody looks; silence in scripts."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _refresh(now: Callable[[], Any]) -> None:
    from nineplus.mart.delta import MartBusy
    from nineplus.stages import analyze

    try:
        analyze.refresh_mart(now=now())
    except MartBusy:
        typer.echo("Figures are being brought up to date by another process.", err=True)


def _row(one: Any) -> dict[str, Any]:
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


def _say(one: Any, as_json: bool) -> None:
    if as_json:
        notes = one.report.get("notes", [])
        typer.echo(json.dumps(_row(one) | {"notes": notes, "refusals": one.report.get("refusals", {})}, indent=2))
        return
    if one.error:
        typer.echo(one.error, err=True)
    typer.echo(
        f"Import {one.pk}: {one.rows_added:,} rows added, {one.rows_changed:,} changed, "
        f"{one.rows_same:,} the same, {one.rows_refused:,} refused."
    )
    _say_notes(one.report.get("notes", []))
    if one.rows_refused:
        typer.echo(f"Why: nineplus import rejected {one.pk} -o rejected.csv")


def _say_report(report: dict[str, Any], as_json: bool) -> None:
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
