"""The examples in the help: each is a command line that would be taken."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
import typer

from nineplus import cli, plugs


def commands(group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(typer.main.get_command(cli.complete())))


def examples(help_text: str) -> list[list[str]]:
    """The lines that begin with the command, without what follows it on the line: pipes, remarks."""
    found = []
    for line in help_text.splitlines():
        start = line.find("nineplus ")
        if start >= 0 and (line[:start].strip() == "" or line[:start].rstrip().endswith("|")):
            line = line[start:].split("  ")[0]
            words = shlex.split(line.replace("$(date +%F)", "today"))
            end = next((i for i, word in enumerate(words) if word in ("|", ">")), len(words))
            found.append(words[1:end])
    return found


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_examples_that_it_understands(path: tuple[str, ...]) -> None:
    shown = [words for words in examples(ALL[path].help or "") if tuple(words[: len(path)]) == path]
    assert shown, f"nineplus {' '.join(path)} --help has no example"
    for words in shown:
        ALL[path].make_context(path[-1], words[len(path) :])  # raises for what it does not take


def test_options_of_analyses_in_examples_exist() -> None:
    known = plugs.find("nineplus.analyses", plugs.Analysis)
    for words in examples(ALL["analyze",].help):
        given = [words[i + 1].partition("=")[0] for i, word in enumerate(words) if word in ("--option", "-o")]
        given += ["by"] if "--by" in words else []
        has = {option.name for option in known[words[1]].options} if len(words) > 1 else set()
        assert set(given) <= has


@pytest.mark.parametrize("first", sorted({path[0] for path in ALL}))
def test_a_command_is_found_without_the_modules_of_the_others(first: str) -> None:
    alone = typer.main.get_command(cli.needed([first]))
    assert {path for path, _ in commands(alone)} >= {path for path in ALL if path[0] == first}
    assert len(alone.commands) < 5


@pytest.mark.parametrize("arguments", [[], ["--help"], ["imports"], ["no-such-command"]])
def test_all_commands_are_there_for_who_names_none(arguments: list[str]) -> None:
    assert cli.needed(arguments) is cli.complete()
