"""The words of the sample company's colleagues, and what it set up, as loop.toml has them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from nineplus.sample.comments import theme_in


@cache
def words() -> dict[str, Any]:
    """All of loop.toml."""
    return tomllib.loads(resources.files("nineplus.sample").joinpath("loop.toml").read_text(encoding="utf-8"))


def said(kind: str, comment: str) -> str:
    """What a colleague writes (`called`, `promised`) of a customer who commented so."""
    known = words()[kind]
    return str(known.get(theme_in(comment, tone="negative"), known["otherwise"]))


def cause(comment: str, *, number: int) -> str:
    """What lay behind it: the theme that they complained of, else one of the service's by the number."""
    causes = words()["causes"]
    known = causes.get(theme_in(comment, tone="negative"))
    return str(known or causes["otherwise"][number % len(causes["otherwise"])])
