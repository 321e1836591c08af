"""Themes in two levels, as a value: read from a file or from kept data, checked, never changed in place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from nineplus.text.reading import NEGATIVE, POSITIVE
from nineplus.text.words import listed

PACKS = ("b2b", "saas", "retail", "telecom", "healthcare", "hospitality")
"""Taxonomies that come with nineplus; `b2b` is the one to start with, the others build on it."""
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_KEYS = {"slug", "name", "description", "seeds", "good", "bad", "other", "general"}


class WrongTaxonomy(ValueError):
    """A taxonomy that cannot be used; the message says which theme and what to mend."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A phrase that speaks of a theme. `feeling` is +1 or -1 when the phrase is itself good or bad news, else 0."""

    phrase: str
    feeling: int = 0

    def __str__(self) -> str:
        return {1: "+", -1: "-", 0: ""}[self.feeling] + self.phrase


@dataclass(frozen=True, slots=True)
class Theme:
    """`slug` is the parent's slug, a dot and its own, for the second level. `general` marks themes that name nothing
    in particular: they are given where a comment feels something (positive or negative) and names no other theme."""

    slug: str
    name: str
    description: str = ""
    seeds: tuple[tuple[str, tuple[Seed, ...]], ...] = ()  # by language
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    other: tuple[str, ...] = ()  # examples of neither
    general: str = ""

    @property
    def parent(self) -> str:
        return self.slug.partition(".")[0] if "." in self.slug else ""

    @property
    def examples(self) -> tuple[str, ...]:
        return (*self.good, *self.bad, *self.other)

    def seeds_in(self, language: str) -> tuple[Seed, ...]:
        return dict(self.seeds).get(language, ())


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Themes with a version that rises with every change. `became` says what old slugs stand for now."""

    name: str
    title: str
    version: int
    themes: tuple[Theme, ...]
    became: tuple[tuple[str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        _check(self)

    def theme(self, slug: str) -> Theme:
        """Raises WrongTaxonomy when there is none."""
        for theme in self.themes:
            if theme.slug == slug:
                return theme
        raise WrongTaxonomy(f"There is no theme {slug!r} in {self.title}.")

    def now(self, slug: str) -> str:
        """What a slug of an older version is called now; empty when nothing took its place."""
        known = dict(self.became)
        for _ in range(len(known) + 1):
            if any(theme.slug == slug for theme in self.themes):
                return slug
            slug = known.get(slug, "")
        return slug

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(theme.slug for theme in self.themes)


def _check(taxonomy: Taxonomy) -> None:
    if not taxonomy.themes:
        raise WrongTaxonomy(f"{taxonomy.title or taxonomy.name} has no themes.")
    if taxonomy.version < 1:
        raise WrongTaxonomy("The version of a taxonomy is a number from 1 up.")
    slugs = set(taxonomy.slugs)
    names: dict[str, str] = {}
    for theme in taxonomy.themes:
        if not _SLUG.fullmatch(theme.slug):
            raise WrongTaxonomy(
                f"{theme.slug!r} cannot name a theme: small letters, digits and _, one dot for the second level."
            )
        if not theme.name.strip():
            raise WrongTaxonomy(f"The theme {theme.slug} has no name.")
        if theme.parent and theme.parent not in slugs:
            raise WrongTaxonomy(f"The theme {theme.slug} stands under {theme.parent}, which does not exist.")
        if theme.general not in ("", POSITIVE, NEGATIVE):
            raise WrongTaxonomy(f"The theme {theme.slug}: general is positive, negative or left out.")
        other = names.setdefault(theme.name.strip().casefold(), theme.slug)
        if other != theme.slug:
            raise WrongTaxonomy(f"The themes {other} and {theme.slug} have one name, {theme.name!r}.")
    if len(slugs) != len(taxonomy.themes):
        twice = next(slug for slug in taxonomy.slugs if taxonomy.slugs.count(slug) > 1)
        raise WrongTaxonomy(f"The theme {twice} is there twice.")


def seed(text: str) -> Seed:
    """A seed as it is written: `-crash*`, `+easy to use`, `invoice*`."""
    text = text.strip()
    feeling = {"+": 1, "-": -1}.get(text[:1], 0)
    return Seed(text[1:].strip() if feeling else text, feeling)


def taxonomy_from(data: Mapping[str, Any]) -> Taxonomy:
    """A taxonomy out of plain data (a TOML file, kept JSON). Raises WrongTaxonomy with what to mend."""
    themes = [_theme(each) for each in data.get("theme", ())]
    if data.get("extends"):
        themes = _joined(packaged(str(data["extends"])).themes, themes)
    try:
        version = int(data.get("version", 1))
    except (TypeError, ValueError):
        raise WrongTaxonomy("The version of a taxonomy is a number from 1 up.") from None
    return Taxonomy(
        name=str(data.get("name", "")),
        title=str(data.get("title", data.get("name", ""))),
        version=version,
        themes=tuple(themes),
        became=tuple((str(old), str(new)) for old, new in dict(data.get("became", {})).items()),
    )


def taxonomy_data(taxonomy: Taxonomy) -> dict[str, Any]:
    """The taxonomy as plain data that `taxonomy_from` reads: what is kept and exported."""
    return {
        "name": taxonomy.name,
        "title": taxonomy.title,
        "version": taxonomy.version,
        "became": dict(taxonomy.became),
        "theme": [
            {
                "slug": theme.slug,
                "name": theme.name,
                "description": theme.description,
                "general": theme.general,
                "seeds": {language: [str(each) for each in seeds] for language, seeds in theme.seeds},
                "good": list(theme.good),
                "bad": list(theme.bad),
                "other": list(theme.other),
            }
            for theme in taxonomy.themes
        ],
    }


@cache
def packaged(name: str) -> Taxonomy:
    """One of PACKS. Raises WrongTaxonomy for another name."""
    if name not in PACKS:
        raise WrongTaxonomy(f"There is no taxonomy {name!r}. There are: {', '.join(PACKS)}.")
    file = resources.files("nineplus.text").joinpath("data", "taxonomies", f"{name}.toml")
    return taxonomy_from(tomllib.loads(file.read_text(encoding="utf-8")))


def _theme(data: Mapping[str, Any]) -> Theme:
    slug = str(data.get("slug", ""))
    if unknown := sorted(set(data) - _KEYS):
        raise WrongTaxonomy(f"The theme {slug or '(no slug)'} has {', '.join(unknown)}, which means nothing here.")
    seeds = data.get("seeds", {})
    if not isinstance(seeds, Mapping) or not all(_LANGUAGE.fullmatch(str(language)) for language in seeds):
        raise WrongTaxonomy(f"The theme {slug}: seeds are given by language, as en or de.")
    return Theme(
        slug=slug,
        name=str(data.get("name", "")),
        description=str(data.get("description", "")),
        seeds=tuple((str(language), tuple(_seeds(words))) for language, words in sorted(seeds.items())),
        good=_sentences(slug, data.get("good", ())),
        bad=_sentences(slug, data.get("bad", ())),
        other=_sentences(slug, data.get("other", ())),
        general=str(data.get("general", "")),
    )


def _seeds(words: str | Iterable[str]) -> Iterable[Seed]:
    for text in listed(words) if isinstance(words, str) else words:
        made = seed(str(text))
        if made.phrase.strip("*… "):
            yield made


def _sentences(slug: str, given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        raise WrongTaxonomy(f"The theme {slug}: examples are a list of sentences.")
    return tuple(each.strip() for each in given if each.strip())


def _joined(base: Iterable[Theme], more: Iterable[Theme]) -> list[Theme]:
    """Themes of a pack over those it builds on: a known slug gets more seeds and examples, a new one is added."""
    themes = {theme.slug: theme for theme in base}
    for theme in more:
        known = themes.get(theme.slug)
        themes[theme.slug] = theme if known is None else _both(known, theme)
    return list(themes.values())


def _both(known: Theme, more: Theme) -> Theme:
    seeds = dict(known.seeds)
    for language, words in more.seeds:
        seeds[language] = tuple(dict.fromkeys((*seeds.get(language, ()), *words)))
    return replace(
        known,
        name=more.name or known.name,
        description=more.description or known.description,
        seeds=tuple(sorted(seeds.items())),
        good=tuple(dict.fromkeys((*known.good, *more.good))),
        bad=tuple(dict.fromkeys((*known.bad, *more.bad))),
        other=tuple(dict.fromkeys((*known.other, *more.other))),
    )
