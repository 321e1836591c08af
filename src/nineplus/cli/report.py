"""nineplus report: files in, the explanation out. No server, no database."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nineplus.cli._mappings import explained, known_zone

_HELP = """Explain the NPS in these files: score with interval, trend, segments, what service does to it,
and what the comments say.

Give one or several files of responses (CSV, TSV, XLSX, Parquet, JSON Lines); columns are recognised. With tickets it
also says what service costs in NPS points. Nothing is stored and nothing is sent anywhere.

Examples:

  nineplus report responses.csv

  nineplus report nps_email.csv nps_web.csv -o nps.html --open

  nineplus report responses.csv --tickets tickets.csv --ticket-events events.csv --accounts accounts.csv

  nineplus report responses.csv --json -o - | jq .score.nps
"""
_FORMATS = {".html": "html", ".htm": "html", ".json": "json", ".md": "markdown", ".markdown": "markdown"}


def register(app: typer.Typer) -> None:
    app.command("report", help=_HELP)(report)


def report(
    responses: Annotated[list[Path], typer.Argument(help="Files with responses.", metavar="RESPONSES")],
    tickets: Annotated[Path | None, typer.Option(metavar="FILE", help="Service tickets.")] = None,
    ticket_events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What happened to tickets: stages, replies, escalations.")
    ] = None,
    accounts: Annotated[Path | None, typer.Option(metavar="FILE", help="Accounts and their attributes.")] = None,
    contacts: Annotated[Path | None, typer.Option(metavar="FILE", help="Contacts and their attributes.")] = None,
    movements: Annotated[Path | None, typer.Option(metavar="FILE", help="Subscription movements in money.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="How columns are to be understood (JSON or TOML).")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="The survey tool whose export it is, or none.", metavar="auto|none|TOOL")
    ] = "auto",
    score_column: Annotated[str, typer.Option(help="The column of the NPS question, when there are several.")] = "",
    timezone: Annotated[str, typer.Option(help="Zone of times that say none, as Europe/Berlin; else UTC.")] = "",
    themes: Annotated[
        str,
        typer.Option(
            help="Themes by which comments are read: b2b, saas, retail, telecom, healthcare, hospitality, or none.",
            metavar="NAME|none",
        ),
    ] = "b2b",
    quotes: Annotated[bool, typer.Option(help="Show some words of customers, personal data covered.")] = True,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="report.html, .json or .md; - is standard output."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON whatever the file is called.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the report when it is written.")] = False,
) -> None:
    output = output or Path("report.json" if as_json else "report.html")
    to_stdout = str(output) == "-"
    form = "json" if as_json else "markdown" if to_stdout else _FORMATS.get(output.suffix.lower())
    if form is None:
        raise typer.BadParameter(f"{output.name}: write to a file that ends in .html, .json or .md.", param_hint="-o")
    if show and to_stdout:
        raise typer.BadParameter("standard output cannot be opened.", param_hint="--open")
    files = {
        "tickets": tickets,
        "ticket_events": ticket_events,
        "accounts": accounts,
        "contacts": contacts,
        "movements": movements,
        "mapping": mapping,
    }
    known_zone(timezone)
    for path in (*responses, *files.values()):
        if path and not path.exists():
            _fail(f"There is no file {path.name!r} here.")
    told = {
        "vendor": "" if preset == "auto" else preset,
        "score": score_column,
        "timezone": timezone,
        "themes": _pack(themes),
        "quotes": quotes,
    }
    text = _made(responses, form, files | told)
    if to_stdout:
        # UTF-8 whatever the terminal's own encoding, and exactly one document.
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(output)  # whole or not at all, also when the disk is full
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        _fail(f"The report cannot be written to {output}: {error.strerror}.")
    typer.echo(str(output))
    if show:
        typer.launch(str(output.resolve()))


def _made(responses: list[Path], form: str, told: dict[str, Any]) -> str:
    """`told` is what `nineplus.report.build` is told by name."""
    from datetime import UTC, datetime

    from nineplus.connectors.files import BadMapping, UnreadableFile
    from nineplus.report import build

    progress = _Progress()
    try:
        built = build(responses, **told, now=datetime.now(UTC), progress=progress)
    except (UnreadableFile, BadMapping) as error:
        progress.end()
        _fail(explained(error))
    except OSError as error:
        progress.end()
        _fail(f"{Path(error.filename or responses[0]).name} cannot be read: {error.strerror}.")
    progress("Writing")
    text = {"html": built.to_html, "json": built.to_json, "markdown": built.to_markdown}[form]()
    progress.end(done=True)
    return text if text.endswith("\n") else text + "\n"


def _pack(name: str) -> str:
    from nineplus.text.taxonomy import PACKS

    if name == "none":
        return ""
    if name not in PACKS:
        raise typer.BadParameter(f"there are {', '.join(PACKS)}, or none.", param_hint="--themes")
    return name


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


class _Progress:
    """Each step on standard error: one line that changes on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.began = time.monotonic()

    def __call__(self, said: str) -> None:
        if self.live:
            typer.echo(f"\r\033[2K{said[:90]} …", err=True, nl=False)
        else:
            typer.echo(said, err=True)

    def end(self, *, done: bool = False) -> None:
        if self.live:
            typer.echo("\r\033[2K", err=True, nl=False)
        if done:
            typer.echo(f"Done in {time.monotonic() - self.began:.1f} s.", err=True)
