"""The kinds of figures, one file each. A table says which kind it wants (`Figure.kind`); a new kind is a new file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nineplus.model import Figure, Table
from nineplus.render.markup import Html

Href = Callable[[Table, Mapping[str, Any]], str | None]
"""Where a row of a table leads (to the responses behind it), or None."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One kind of figure. `draw(table, href)` returns markup, or "" when the table has nothing to draw."""

    name: str
    draw: Callable[[Table, Href | None], Html]


def figure_of(table: Table) -> Figure:
    """How the table wants to be drawn. Only tables with a figure come to a drawing."""
    assert table.figure is not None
    return table.figure
