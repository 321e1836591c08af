"""The standard question and every text a customer reads, one TOML file per language.

`texts("pt-BR")` gives the nearest language there is: the regional one, else its base, else English. A language is
added as one file beside `en.toml` with the same keys; a test holds them together. Which language a customer reads is
decided by `choose`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

FALLBACK = "en"

# Codes that say the same as one of ours: older codes, and Chinese by place instead of script.
ALIASES: Mapping[str, str] = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "fil": "tl",
    "mo": "ro",
    "sh": "sr-latn",
    "zh": "zh-hans",
    "zh-hans": "zh-hans",
    "zh-hant": "zh-hant",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "cmn": "zh-hans",
    "yue": "zh-hant",
}

_LONGEST_CODE = 35  # RFC 5646 §4.4.1; longer ones are no language
_LONGEST_ACCEPT = 2_000
_NAME = re.compile(r"\{([a-z_]+)\}")
_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?\Z"
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (BCP 47), names, direction and texts by section and key."""

    code: str
    name: str
    english_name: str
    direction: Literal["ltr", "rtl"]
    sections: Mapping[str, Mapping[str, str]]

    def say(self, section: str, key: str, **values: object) -> str:
        """The text with `{names}` filled in; names the text does not know are left out, unknown ones stay.

        An empty `product` is the `company` and the other way round. When there is neither, the text that speaks of
        "us" is said instead (its key ends in `_us`): grammar differs too much to put a word in.
        """
        texts = self.sections[section]
        text = texts[key]
        for name, other in (("product", "company"), ("company", "product")):
            if name in values and not values[name]:
                values[name] = values.get(other) or ""
        if f"{key}_us" in texts and any(values.get(name) == "" for name in _NAME.findall(text)):
            text = texts[f"{key}_us"]
        return _NAME.sub(lambda found: str(values.get(found[1], found[0])), text)


def question(language: Language, *, product: str = "", company: str = "") -> str:
    """The standard question of Net Promoter Score in that language, about the product, else the company, else us."""
    return language.say("question", "standard", product=product.strip(), company=company.strip())


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its code, ordered by code."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".toml"))
    return {code: _read(code) for code in sorted(file.name.removesuffix(".toml") for file in files)}


def texts(code: str) -> Language:
    """The nearest language to a code of any spelling (`pt_BR`, `no`, `zh-TW`): itself, its base, else English."""
    return languages()[_nearest(code, _known()) or FALLBACK]


def negotiate(accept: str, *, offered: Iterable[str] = ()) -> str:
    """The code to use for a browser's Accept-Language, among the offered codes (all when none are named).

    Empty when none of what the browser asks for is offered. What cannot be read in it is passed over.
    Source: RFC 9110 §12.5.4 (quality values), RFC 4647 §3.4 (a range is shortened until it fits). A region that is not
    offered falls back to another one of the same language before the next language is tried.
    """
    offer = _spelt(tuple(offered)) or _known()
    ranges = _ranges(accept)
    unwanted = {_plain(code) for code, quality in ranges if quality == 0}
    offer = {plain: code for plain, code in offer.items() if plain not in unwanted}
    for code, quality in sorted(ranges, key=lambda found: -found[1]):  # equal ones stay in the browser's order
        found = next(iter(offer.values()), "") if code == "*" else _nearest(code, offer)
        if found and quality > 0:
            return found
    return ""


def choose(*, survey: str, offered: Iterable[str] = (), link: str = "", contact: str = "", browser: str = "") -> str:
    """Which language does this customer read the survey in?

    The one asked for in the link (`?lang=`), else the contact's, else the browser's (Accept-Language), else the
    survey's own: the first that is offered. The survey's own is always offered; no `offered` offers all.
    """
    named = tuple(code for code in offered if _plain(code))
    offer = _spelt((survey, *named)) if named else _spelt((*languages(), survey))
    for code in (link, contact):
        if found := _nearest(code, offer):
            return found
    return negotiate(browser, offered=offer.values()) or _nearest(survey, offer) or FALLBACK


def nearest(wanted: str, *, offered: Iterable[str] = ()) -> str:
    """The language offered that is nearest to `wanted`, or empty; no `offered` offers all there are."""
    return _nearest(wanted, _spelt(tuple(offered)) or _known())


def _ranges(accept: str) -> list[tuple[str, float]]:
    """What a browser asks for with its quality, in its order."""
    found = (_RANGE.match(part) for part in accept[:_LONGEST_ACCEPT].split(","))
    return [(match[1], float(match[2] or 1)) for match in found if match]


def _nearest(code: str, offer: Mapping[str, str]) -> str:
    """The offered code for a wanted one: the same, a shorter one, another region of the same language; else empty."""
    wanted = _plain(code)
    while wanted:
        if wanted in offer:
            return offer[wanted]
        if longer := next((spelt for plain, spelt in offer.items() if plain.startswith(f"{wanted}-")), ""):
            return longer
        wanted = wanted.rpartition("-")[0]
    return ""


def _plain(code: str) -> str:
    """A code as codes are compared: small letters, hyphens, no encoding behind it, our name for it."""
    plain = re.split(r"[.@]", code.strip(), maxsplit=1)[0].replace("_", "-").lower()
    if len(plain) > _LONGEST_CODE:
        return ""
    head = plain
    while head:
        if head in ALIASES:
            return ALIASES[head] + plain[len(head) :]
        head = head.rpartition("-")[0]
    return plain


def _spelt(codes: Iterable[str]) -> dict[str, str]:
    spelt: dict[str, str] = {}
    for code in codes:
        if plain := _plain(code):
            spelt.setdefault(plain, code)
    return spelt


@cache
def _known() -> Mapping[str, str]:
    return _spelt(languages())


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
