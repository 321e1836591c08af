"""Made-up companies and people. Every address ends in .example, which can never reach anyone."""

from __future__ import annotations

import tomllib
from importlib import resources

import numpy as np

_WORDS = tomllib.loads(resources.files("nineplus.sample").joinpath("names.toml").read_text(encoding="utf-8"))

INDUSTRIES = tuple(_WORDS["second"])


def companies(count: int, industry: np.ndarray, random: np.random.Generator) -> list[str]:
    """That many different company names, fitting their industries."""
    first = _WORDS["first"].split()
    seen: dict[str, None] = {}
    for number in range(count):
        second = random.choice(_WORDS["second"][industry[number]].split())
        name = f"{random.choice(first)} {second}"
        while name in seen:
            name = f"{random.choice(first)} {random.choice(first)} {second}"
        seen[name] = None
    return list(seen)


def people(count: int, random: np.random.Generator) -> list[str]:
    given = random.choice(_WORDS["given"].split(), count)
    family = random.choice(_WORDS["family"].split(), count)
    return [f"{first} {last}" for first, last in zip(given, family, strict=True)]


def domain(company: str) -> str:
    return company.lower().replace(" ", "-") + ".example"
