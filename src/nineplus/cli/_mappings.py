"""What a person at the terminal is told when a file's columns, or a word about them, were not understood."""

from __future__ import annotations

import typer

_HOW = """
A mapping is a text file. For a column "Q1" that holds the scores, write these two lines into map.toml and add
--map map.toml to the command:

  kind = "responses"
  columns."Q1" = "score"
"""


def explained(error: Exception) -> str:
    """The sentence, and how to write a mapping when it asks for one."""
    return f"{error}\n{_HOW}" if "which one it is in the mapping" in str(error) else str(error)


def known_zone(timezone: str) -> None:
    """Raises BadParameter, which ends with 2, for a zone that nobody knows; empty is none."""
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    if timezone and timezone not in (zones := available_timezones()):
        meant = get_close_matches(timezone, zones, 3) or ["Europe/Berlin"]
        raise typer.BadParameter(
            f"there is no zone {timezone!r}; write it as {', '.join(meant)}", param_hint="--timezone"
        )
