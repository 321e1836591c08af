"""The command `nineplus`. One module per command, each with `register(app)`; nothing heavy is imported here."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

COMMANDS = (
    "up",
    "demo",
    "imports",
    "report",
    "analyze",
    "themes",
    "owner",
    "key",
    "sender",
    "webhook",
    "feed",
    "connection",
    "match",
    "alert",
    "channel",
    "case",
    "change",
    "playbook",
    "advocate",
    "rule",
    "survey",
    "attribution",
    "taxonomy",
    "mart",
    "doctor",
    "backup",
    "worker",
)

_ALSO_IN = {"import": "imports", "tag": "themes", "evaluate": "themes", "restore": "backup"}
"""Commands that stand in a module of another name."""

_STARTED_BY_UP = "--with-parent" in sys.argv

_APP: dict[str, Any] = {
    "name": "nineplus",
    "help": "Measure, explain and improve customer loyalty.",
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "rich",
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
app = typer.Typer(**_APP)


def use_store(*, as_it_is: bool = False) -> None:
    """Make the Django store ready and bring it up to this version, unless wanted `as_it_is`.

    Called by commands that need it, after their arguments were understood. Raises NotPossible, as a sentence.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
    import django

    django.setup()
    if not as_it_is:
        warn_of_settings()
        _make_good()
        from nineplus.stages.govern.migrating import migrate
        from nineplus.stages.govern.steps import all_taken

        if not all_taken():
            migrate()


def _make_good() -> None:
    from nineplus.stages.govern import restoring

    if restoring.left_behind():
        from nineplus.stages.govern.backup import swapping

        swapping.make_good(say=lambda words: typer.echo(words, err=True))


def warn_of_settings() -> None:
    """Say which names of the environment nobody reads; once for all processes that `nineplus up` starts."""
    from nineplus.settings import UNKNOWN_NAMES

    if not _STARTED_BY_UP:
        for sentence in UNKNOWN_NAMES:
            typer.echo(sentence, err=True)


def _version(wanted: bool) -> None:
    if wanted:
        from nineplus.version import __version__

        typer.echo(f"nineplus {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Say the version and stop."
    ),
) -> None: ...


@cache
def complete() -> typer.Typer:
    """The app with every command."""
    for name in COMMANDS:
        importlib.import_module(f"nineplus.cli.{name}").register(app)
    return app


def needed(arguments: Sequence[str]) -> typer.Typer:
    """The app as these arguments need it: with the one command they name first, or with all."""
    first = arguments[0] if arguments else ""
    name = _ALSO_IN.get(first, first)
    if name not in COMMANDS or first == "imports":
        return complete()
    one = typer.Typer(**_APP)
    one.callback()(_root)
    importlib.import_module(f"nineplus.cli.{name}").register(one)
    return one


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 could not be done (the message says why), 2 wrong usage, 130 interrupted."""
    try:
        needed(sys.argv[1:])()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as problem:
        if not (said := _sentence(problem)):
            raise
        typer.echo(said, err=True)
        sys.exit(1)


def _sentence(problem: Exception) -> str:
    """What the person at the terminal is told; nothing for what is our own mistake."""
    from nineplus.stages.errors import NotPossible, outside

    if isinstance(problem, NotPossible) or type(problem).__name__ == "WrongSettings":
        return str(problem)
    return outside(problem)
