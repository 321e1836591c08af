"""The standard question and every text a customer reads, one TOML file per language.

`texts("pt-BR")` gives the nearest language there is: the regional one, else its base, else English. A language is
added as one file beside `en.toml` with the same keys; a test holds them together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (BCP 47), names, direction and texts by section and key."""

    code: str
    name: str
    english_name: str
    direction: Literal["ltr", "rtl"]
    sections: Mapping[str, Mapping[str, str]]

    def say(self, section: str, key: str, **values: object) -> str:
        """The text with `{names}` filled in; names the text does not know are left out, unknown ones stay."""
        text = self.sections[section][key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its code, ordered by code."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".toml"))
    return {code: _read(code) for code in sorted(file.name.removesuffix(".toml") for file in files)}


@cache
def texts(code: str) -> Language:
    """The nearest language to a code of any spelling (`pt_BR`, `pt-br`, `pt-PT`): itself, its base, else English."""
    known = {name.lower(): language for name, language in languages().items()}
    wanted = code.strip().replace("_", "-").lower()
    while wanted:
        if wanted in known:
            return known[wanted]
        wanted = wanted.rpartition("-")[0]
    return known[FALLBACK]


def negotiate(accept: str, *, offered: Iterable[str] = ()) -> str:
    """The code to use for a browser's Accept-Language, among the offered codes (all when none are named).

    Empty when none of what the browser asks for is offered.
    """
    raise NotImplementedError


def _read(code: str) -> Language:
    data = tomllib.loads((resources.files(__name__) / f"{code}.toml").read_text(encoding="utf-8"))
    sections = {section: texts for section, texts in data.items() if isinstance(texts, dict)}
    return Language(
        code=code,
        name=data["name"],
        english_name=data["english_name"],
        direction=data["direction"],
        sections=sections,
    )
