"""nineplus taxonomy: the themes that comments are read by, their draft, and the reading itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

_SHOW = """Say which themes are in force, and what is on its way.

Examples:

  nineplus taxonomy show

  nineplus taxonomy show --json > themes.json
"""
_DRAFT = """Put a file of themes, or a pack, into the draft, and say what it would change in past comments.

Examples:

  nineplus taxonomy draft themes.json

  nineplus taxonomy draft --pack telecom --json
"""
_APPLY = """Read all comments by the draft; the worker does it, or this command with --here.

Examples:

  nineplus taxonomy apply

  nineplus taxonomy apply --here
"""
_DISCARD = """Forget the draft.

Examples:

  nineplus taxonomy discard
"""
_CANCEL = """End the reading by a new version: the one in force stays.

Examples:

  nineplus taxonomy cancel 3
"""
_READ = """Read the comments that have not been read, here and now, without the worker.

Examples:

  nineplus taxonomy read
"""
_QUALITY = """How good are the themes on your own comments, those drawn at random and reviewed by people?

Examples:

  nineplus taxonomy quality --json
"""
_LABELS = """Write all labels that people gave as CSV, or take a file of them in.

Examples:

  nineplus taxonomy labels > labels.csv

  nineplus taxonomy labels --bring labels.csv
"""
_TOPICS = """Look for what several customers say that no theme covers.

Examples:

  nineplus taxonomy topics

  nineplus taxonomy topics --look --json
"""
_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The themes that comments are read by.", no_args_is_help=True)
    group.callback()(lambda: None)
    for name, words, command in (
        ("show", _SHOW, show),
        ("draft", _DRAFT, draft),
        ("apply", _APPLY, apply),
        ("discard", _DISCARD, discard),
        ("cancel", _CANCEL, cancel),
        ("read", _READ, read),
        ("quality", _QUALITY, quality),
        ("labels", _LABELS, labels),
        ("topics", _TOPICS, topics),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="taxonomy")


def show(as_json: _Json = False) -> None:
    versions = _versions()
    from nineplus.text.taxonomy import taxonomy_data

    one = versions.current()
    taxonomy = versions.taxonomy(one)
    if as_json:
        typer.echo(json.dumps(taxonomy_data(taxonomy), ensure_ascii=False, indent=2))
        return
    typer.echo(f"Version {one.number}, {len(taxonomy.themes)} themes; {one.read:,} comments read.")
    for theme in taxonomy.themes:
        typer.echo(f"  {'  ' if theme.parent else ''}{theme.name}  ({theme.slug})")
    if coming := versions.going():
        typer.echo(f"Version {coming.number} is on its way: {coming.read:,} of {coming.of or '?'} comments read.")
    if waiting := versions.draft():
        typer.echo(f"There is a draft of version {waiting.number}: {' '.join(waiting.changes)}")


def draft(
    file: Annotated[Path | None, typer.Argument(help="Themes as show --json writes them.", metavar="[FILE]")] = None,
    pack: Annotated[str, typer.Option(help="One of the packs instead of a file.", metavar="NAME")] = "",
    as_json: _Json = False,
) -> None:
    versions = _versions()
    from django.utils import timezone

    from nineplus.stages.analyze.comments import previewing
    from nineplus.stages.errors import NotPossible

    if bool(file) == bool(pack):
        _refuse("Give a file of themes, or --pack.")
    try:
        if file:
            versions.bring(json.loads(file.read_text(encoding="utf-8-sig")), now=timezone.now())
        else:
            versions.start_from(pack, now=timezone.now())
    except OSError as problem:
        _refuse(f"{file} cannot be read: {problem.strerror}.")
    except ValueError as problem:
        _refuse(f"{file} is no JSON: {problem}.")
    except NotPossible as problem:
        _refuse(str(problem))
    previewing.run(now=timezone.now())
    told = versions.draft()
    if as_json:
        typer.echo(json.dumps({"number": told.number, "preview": told.preview}, ensure_ascii=False, indent=2))
        return
    found = told.preview or {"comments": 0, "changes": []}
    typer.echo(f"Draft of version {told.number}: tried on the newest {found['comments']:,} comments.")
    for change in found["changes"]:
        typer.echo(f"  {change['theme']}: {change['before']} -> {change['after']}")
    typer.echo("Apply it with: nineplus taxonomy apply", err=True)


def apply(
    here: Annotated[bool, typer.Option("--here", help="Read now, in this process, and wait.")] = False,
) -> None:
    versions = _versions()
    from django.utils import timezone

    one = _done(lambda: versions.apply(now=timezone.now()))
    if not here:
        typer.echo(f"The worker reads all comments by version {one.number}; until then all show the one before.")
        return
    from nineplus.stages.analyze.comments import reading

    reading.run(now=timezone.now())
    typer.echo(f"Version {one.number} is in force.")


def discard() -> None:
    versions = _versions()
    _done(versions.discard)
    typer.echo("Discarded.")


def cancel(number: Annotated[int, typer.Argument(help="The version.")]) -> None:
    versions = _versions()
    from django.utils import timezone

    _done(lambda: versions.cancel(number=number, now=timezone.now()))
    typer.echo("Cancelled. The themes in force stay as they are.")


def read(as_json: _Json = False) -> None:
    _versions()
    from django.utils import timezone

    from nineplus.stages.analyze.comments import reading

    count = reading.follow(now=timezone.now())
    typer.echo(json.dumps({"read": count}) if as_json else f"{count:,} comments read.")


def quality(as_json: _Json = False) -> None:
    versions = _versions()
    from nineplus.stages.analyze.comments import reviewing

    card = reviewing.card()
    themes = {
        one.slug: {
            "precision": one.quality.precision,
            "recall": one.quality.recall,
            "f1": one.quality.f1,
            "support": one.quality.support,
        }
        for one in card.themes
    }
    answer = {
        "version": versions.current().number,
        "n": card.drawn,
        "enough": card.enough,
        "micro_f1": card.micro_f1,
        "macro_f1": card.macro_f1,
        "themes": themes,
    }
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    if not card.drawn:
        typer.echo("No comment that was drawn at random has been reviewed: do it under Themes, Review comments.")
        return
    typer.echo(f"{card.drawn} reviewed comments: micro F1 {card.micro_f1:.2f}, macro F1 {card.macro_f1:.2f}.")
    for one in card.themes:
        typer.echo(f"  {one.name}: F1 {one.quality.f1:.2f} of {one.quality.support}")


def labels(
    bring: Annotated[Path | None, typer.Option(metavar="FILE", help="Take this file of labels in.")] = None,
) -> None:
    _versions()
    from django.utils import timezone

    from nineplus.render.csv import rows_csv
    from nineplus.stages.analyze.comments import label_files

    if bring is None:
        typer.echo(rows_csv(label_files.COLUMNS, label_files.rows()), nl=False)
        return
    try:
        content = bring.read_bytes()
    except OSError as problem:
        _refuse(f"{bring} cannot be read: {problem.strerror}.")
    came = _done(lambda: label_files.bring(content, by=None, now=timezone.now()))
    typer.echo(f"{came.labelled:,} comments labelled, {came.not_used:,} lines not used.")
    for line, why in came.refused:
        typer.echo(f"{bring.name}:{line}: {why}", err=True)
    if came.refused and not came.labelled:
        raise typer.Exit(1)


def topics(
    look: Annotated[bool, typer.Option("--look", help="Look now instead of waiting for the worker.")] = False,
    as_json: _Json = False,
) -> None:
    _versions()
    from django.utils import timezone

    from nineplus.stages.analyze.comments import topics as stage

    if look:
        stage.look(now=timezone.now())
    found = stage.waiting()
    if as_json:
        rows = [{"id": one.pk, "name": one.name, "accounts": one.accounts, "quotes": one.quotes} for one in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in found:
        typer.echo(f"{one.name}: {one.accounts} customers, {one.clauses} times")
        for quote in one.quotes:
            typer.echo(f"    “{quote}”")
    if not found:
        typer.echo("Nothing is said by several customers that no theme covers.")


def _versions() -> Any:
    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.analyze.comments import versions

    return versions


def _done(action: Any) -> Any:
    from nineplus.stages.errors import NotPossible

    try:
        return action()
    except NotPossible as problem:
        _refuse(str(problem))


def _refuse(sentence: str) -> Any:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
