"""The style sheet: tokens, type, components. One file for pages and for the report."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def stylesheet() -> str:
    """nineplus.css as text, to be inlined where no server delivers it."""
    return files(__name__).joinpath("nineplus.css").read_text(encoding="utf-8")
