"""nineplus change: you said, we did. Who asked for a change, the news of it, and whether it helped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nineplus.cli import _changes_told as told

_LIST = """List the changes, the newest first: how many asked for each, were told of it, and whom it helped.

Examples:

  nineplus change list --json
"""
_SHOW = """Show a change: whom it is for, its letters, how far it is told.

Examples:

  nineplus change show 3
"""
_NEW = """Draw up a change. Nobody is told yet; look at it with `nineplus change preview`.

Each letter is a text file: its first line is the subject, the rest the letter with {name}, {said} and {company}.
The first language is what those get whose own is not there. Without --filter from=… the last 12 months count.

Examples:

  nineplus change new "Answers within a working day" --theme support.speed --letter en=en.txt --letter de=de.txt

  nineplus change new Sooner --theme support.speed --tone anything --filter from=2026-01-01 --letter en=en.txt
"""
_PREVIEW = """Say who would be told now, in which language, and what the first of them gets. Nothing is written.

Examples:

  nineplus change preview 3 --json
"""
_SEND = """Write to everyone who asked for it: one letter each, by day, on working days. Or one to yourself, as a test.

Examples:

  nineplus change send 3 --test ada@example.org --language de

  nineplus change send 3
"""
_STOP = """Write to nobody more; letters that wait are not sent.

Examples:

  nineplus change stop 3
"""
_REMOVE = """Remove a change that nobody was told of.

Examples:

  nineplus change remove 3
"""
_MEASURE = """Say whom it helped: the share of those who answered, with the range it may lie in (Wilson, 95 %).

Examples:

  nineplus change measure 3 --json
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(min=1, help="The change's number; `nineplus change list` says it.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="You said, we did: changes that customers asked for.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("new", _NEW, new),
        ("preview", _PREVIEW, preview),
        ("send", _SEND, send),
        ("stop", _STOP, stop),
        ("measure", _MEASURE, measure),
        ("remove", _REMOVE, remove),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="change")


def every(as_json: Json = False) -> None:
    def read(now, keeping):  # type: ignore[no-untyped-def]
        return [told.change(one) for one in keeping.every()]

    rows = _done(read)
    if as_json:
        _print(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']:>6}  {row['state']:<8}  {row['sent']:>6} of {row['asked']} told  {row['title']}")
    if not rows:
        typer.echo("Nobody was told of a change yet.", err=True)


def show(number: Number, as_json: Json = False) -> None:
    def read(now, keeping):  # type: ignore[no-untyped-def]
        return told.change(keeping.standing(keeping.one(number)))

    row = _done(read)
    if as_json:
        _print(row)
        return
    told.say(row)


def new(
    title: Annotated[str, typer.Argument(help="What changed, in a few words.")],
    theme: Annotated[str, typer.Option(help="The theme that it is about, such as support.speed.")],
    letters: Annotated[
        list[str],
        typer.Option("--letter", "-l", metavar="LANGUAGE=FILE", help="The letter in one language; repeat it."),
    ],
    tone: Annotated[
        str, typer.Option(help="complaints: who complained of it; anything: who spoke of it.")
    ] = "complaints",
    filters: Annotated[
        list[str] | None, typer.Option("--filter", "-f", metavar="KEY=VALUE", help="Narrow the answers, as in analyze.")
    ] = None,
    all_time: Annotated[bool, typer.Option("--all-time", help="Answers of any age.")] = False,
    as_json: Json = False,
) -> None:
    files = [_pair(one, "--letter") for one in letters]
    query: dict[str, list[str]] = {}
    for key, value in (_pair(one, "--filter") for one in filters or []):
        query.setdefault(key, []).append(value)

    def draw(now, keeping):  # type: ignore[no-untyped-def]
        written = {language: told.letter(Path(name)) for language, name in files}
        drawn = keeping.Drawn(
            title=title,
            theme=theme,
            tone=tone,
            filter=told.selection(query, all_time=all_time, now=now),
            words=written,
            language=files[0][0],
        )
        return told.change(keeping.standing(keeping.save(drawn, by=None, now=now)))

    row = _done(draw)
    if as_json:
        _print(row)
        return
    typer.echo(f"Change {row['id']} is drawn up; nobody is told yet.")


def preview(number: Number, as_json: Json = False) -> None:
    def read(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.changes import trying

        return told.preview(trying.preview(keeping.drawn(keeping.one(number)), now=now))

    row = _done(read)
    if as_json:
        _print(row)
        return
    typer.echo(f"{row['reached']} would be told.")
    for reader in row["readers"]:
        typer.echo(f"  {reader['says']}")
    for reason, n in row["refused"].items():
        typer.echo(f"{n:>6} not: {reason}")
    if row["letter"]:
        typer.echo(f"\n{row['letter']['subject']}\n\n{row['letter']['text']}")
    if row["trouble"]:
        typer.echo(row["trouble"], err=True)


def send(
    number: Number,
    test: Annotated[str, typer.Option(metavar="ADDRESS", help="Only to this address, as a test.")] = "",
    language: Annotated[str, typer.Option(help="With --test: which of the letters.")] = "",
    as_json: Json = False,
) -> None:
    if language and not test:
        raise typer.BadParameter("--language goes with --test: each customer gets the letter in their own.")

    def act(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.changes import telling, trying

        if test:
            message = trying.send_test(number, to=test, language=language, now=now)
            return {"id": number, "test": message.address}
        telling.begin(number, by=None, now=now)
        return told.change(keeping.standing(keeping.one(number)))

    row = _done(act)
    if as_json:
        _print(row)
    elif test:
        typer.echo(f"On its way to {row['test']}. Its links keep nothing.")
    else:
        refused = sum(row["refused"].values())
        typer.echo(f"{row['asked'] - refused} are told: the worker writes to them. {refused} are not.")


def stop(number: Number, as_json: Json = False) -> None:
    def act(now, keeping):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.changes import telling

        return {"id": number, "stopped": telling.stop(number, now=now)}

    row = _done(act)
    if as_json:
        _print(row)
        return
    typer.echo(f"Stopped: {row['stopped']} are not written to.")


def measure(number: Number, as_json: Json = False) -> None:
    def read(now, keeping):  # type: ignore[no-untyped-def]
        row = told.change(keeping.standing(keeping.one(number)))
        return {name: row[name] for name in ("id", "title", "sent", "answers", "helped")}

    row = _done(read)
    if as_json:
        _print(row)
        return
    typer.echo(told.in_words(row))


def remove(number: Number) -> None:
    def act(now, keeping):  # type: ignore[no-untyped-def]
        keeping.remove(number)

    _done(act)
    typer.echo("Removed.")


def _pair(text: str, where: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found or not key.strip() or not value.strip():
        raise typer.BadParameter(
            f"{where} takes {'LANGUAGE=FILE' if where == '--letter' else 'KEY=VALUE'}, not {text!r}"
        )
    return key.strip(), value.strip()


def _print(found: Any) -> None:
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _done(work):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.model import BadFilter
    from nineplus.stages.act.changes import keeping
    from nineplus.stages.errors import NotPossible

    try:
        return work(timezone.now(), keeping)
    except (NotPossible, BadFilter) as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
