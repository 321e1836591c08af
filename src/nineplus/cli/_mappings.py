"""What a person at the terminal is told when a file's columns were not understood."""

from __future__ import annotations

_HOW = """
A mapping is a text file. For a column "Q1" that holds the scores, write these two lines into map.toml and add
--map map.toml to the command:

  kind = "responses"
  columns."Q1" = "score"
"""


def explained(error: Exception) -> str:
    """The sentence, and how to write a mapping when it asks for one."""
    return f"{error}\n{_HOW}" if "which one it is in the mapping" in str(error) else str(error)
