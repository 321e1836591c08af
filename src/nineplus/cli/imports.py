"""nineplus import KIND FILE: a file into the store, from the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from nineplus.cli import _imports_kept
from nineplus.cli._imports_running import bar, run, sentences, stage
from nineplus.cli._imports_told import foreseen
from nineplus.cli._mappings import known_zone

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
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Bring files in: responses, tickets, accounts …", no_args_is_help=True)
    for kind, what in KINDS.items():
        group.command(kind, help=_HELP.format(kind=kind, what=what), short_help=what)(_importing(kind))
    _imports_kept.register(group)
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
        with sentences():
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
    imports, now = stage()
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
            with bar(f"Reading {file.name}") as progress:
                report = imports.dry_run(one.pk, mapping, progress=progress)
            foreseen(report.to_dict() | {"mapping": mapping.to_dict()}, as_json=as_json)
            return
        imports.confirm(one.pk, mapping, now=now(), hand_on=False)
    finally:
        if imports.get(one.pk).state == "draft":
            imports.discard(one.pk)
    run(imports, one.pk, now, as_json=as_json)


def _there(file: Path) -> None:
    from nineplus.stages.errors import NotPossible

    if not file.is_file():
        raise NotPossible(f"There is no file {str(file)!r} here.")


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
