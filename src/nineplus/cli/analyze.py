"""nineplus analyze: any analysis over the store, at the terminal or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Annotated

import typer

_HELP = """Ask one question of what nineplus knows. Without NAME: which questions there are.

Filters: from=DAY, to=DAY (excluded), survey=NAME, touchpoint=NAME, a.SLUG=VALUE; repeat one for several values.
A question that the data cannot answer says so and ends with 0: that is an answer.

Examples:

  nineplus analyze

  nineplus analyze score --filter from=2026-01-01 --filter a.region=EMEA

  nineplus analyze segments --by region

  nineplus analyze trend --option window=quarter --json > trend.json
"""


def register(app: typer.Typer) -> None:
    app.command("analyze", help=_HELP)(analyze)


def analyze(
    name: Annotated[str, typer.Argument(help="Which analysis; leave it out to see them all.")] = "",
    by: Annotated[str, typer.Option(help="The attribute to split by; short for --option by=…")] = "",
    filters: Annotated[
        list[str] | None, typer.Option("--filter", "-f", metavar="KEY=VALUE", help="Narrow the responses.")
    ] = None,
    options: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="An option of the analysis.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    chosen = dict(_pairs(options or [], "--option"))
    if by:
        chosen["by"] = by
    query: dict[str, list[str]] = {}
    for key, value in _pairs(filters or [], "--filter"):
        query.setdefault(key, []).append(value)
    if strange := sorted(key for key in query if key not in _KEYS and not key.startswith("a.")):
        raise typer.BadParameter(f"there is no filter {strange[0]!r}; there are {', '.join(_KEYS)} and a.SLUG")

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages import analyze as stage

    if not name:
        _list(stage.catalogue(), as_json=as_json)
        return
    result = _answer(stage, name, query=query, options=chosen)
    if as_json:
        typer.echo(result.to_json())
        return
    from nineplus.render import result_text

    typer.echo(result_text(result, width=_width()), nl=False)


def _width() -> int:
    """Of the terminal; what goes to a file or another program is not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _ENDLESS


_ENDLESS = 100_000
_KEYS = ("from", "to", "survey", "touchpoint")


def _answer(stage, name, *, query, options):  # type: ignore[no-untyped-def]
    from django.utils import timezone

    from nineplus.model import BadFilter, Filter
    from nineplus.stages.errors import NotPossible

    try:
        return stage.run(name, filter=Filter.from_query(query), options=options, now=timezone.now())
    except (stage.UnknownAnalysis, stage.BadOption, BadFilter) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from None
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None


def _list(catalogue, *, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    if as_json:
        rows = [
            {"name": each.name, "title": each.title, "options": [option.name for option in each.options]}
            for each in catalogue.values()
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    wide = max(map(len, catalogue), default=0) + 2
    for each in catalogue.values():
        options = "  ".join(f"{option.name}" + ("*" if option.required else "") for option in each.options)
        typer.echo(f"{each.name:<{wide}}{each.title}" + (f"\n{'':<{wide}}options: {options}" if options else ""))


def _pairs(texts: list[str], where: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        key, found, value = text.partition("=")
        if not found or not key:
            raise typer.BadParameter(f"{where} takes KEY=VALUE, not {text!r}")
        pairs.append((key.strip(), value.strip()))
    return pairs
