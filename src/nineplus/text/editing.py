"""A taxonomy changed: merge, split, rename, add, remove; each gives a new one. And what it would do, beforehand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nineplus.text.reading import Reading
from nineplus.text.taxonomy import Seed, Taxonomy, Theme, WrongTaxonomy, seed

Seeds = Mapping[str, Sequence[str]]


def rename(taxonomy: Taxonomy, *, slug: str, name: str, description: str | None = None) -> Taxonomy:
    """Another name for the same theme; its slug, and so all that was counted under it, stays."""
    theme = taxonomy.theme(slug)
    renamed = replace(theme, name=name, description=theme.description if description is None else description)
    return _with(taxonomy, [renamed if each is theme else each for each in taxonomy.themes])


def reword(
    taxonomy: Taxonomy,
    *,
    slug: str,
    good: Sequence[str] = (),
    bad: Sequence[str] = (),
    other: Sequence[str] = (),
    seeds: Seeds | None = None,
) -> Taxonomy:
    """Other words and examples for the same theme. Languages that `seeds` does not name keep theirs.

    Raises WrongTaxonomy when nothing is left by which it could be recognised.
    """
    theme = taxonomy.theme(slug)
    told = dict(theme.seeds) | dict(seeds_of(seeds))
    changed = replace(theme, seeds=tuple(sorted(told.items())), good=tuple(good), bad=tuple(bad), other=tuple(other))
    if not changed.examples and not any(changed.seeds) and not changed.general:
        raise WrongTaxonomy(f"Give a few examples of {theme.name}, or words that speak of it.")
    return _with(taxonomy, [changed if each is theme else each for each in taxonomy.themes])


def slug_for(taxonomy: Taxonomy, *, name: str, parent: str = "") -> str:
    """A slug for a theme of that name, one that no theme has or ever had. Raises WrongTaxonomy without a name."""
    if not name.strip():
        raise WrongTaxonomy("A theme needs a name.")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:36] or "theme"
    taken = {*taxonomy.slugs, *(old for old, _ in taxonomy.became)}
    under = f"{parent}." if parent else ""
    numbered = (f"{under}{made}{number or ''}" for number in range(len(taken) + 1))
    return next(slug for slug in numbered if slug not in taken)


def add(
    taxonomy: Taxonomy,
    *,
    slug: str,
    name: str,
    description: str = "",
    good: Sequence[str] = (),
    bad: Sequence[str] = (),
    other: Sequence[str] = (),
    seeds: Seeds | None = None,
) -> Taxonomy:
    """A new theme out of a name and a few examples (or seeds). A slug with a dot puts it under another theme.

    Raises WrongTaxonomy when there is neither an example nor a seed: nothing could be recognised.
    """
    theme = Theme(slug, name, description, seeds_of(seeds), tuple(good), tuple(bad), tuple(other))
    if not theme.examples and not theme.seeds:
        raise WrongTaxonomy(f"Give a few examples of {name}, or words that speak of it.")
    return _with(taxonomy, [*taxonomy.themes, theme])


def remove(taxonomy: Taxonomy, *, slug: str) -> Taxonomy:
    """Without this theme. What was counted under it counts for its parent; of a theme on the first level, nowhere."""
    theme = taxonomy.theme(slug)
    if any(each.parent == slug for each in taxonomy.themes):
        raise WrongTaxonomy(f"{theme.name} has themes under it: remove or merge those first.")
    became = {slug: theme.parent} if theme.parent else {}
    return _with(taxonomy, [each for each in taxonomy.themes if each is not theme], became)


def merge(taxonomy: Taxonomy, *, slugs: Sequence[str], into: str, name: str = "") -> Taxonomy:
    """Several themes become one, `into`, with the seeds and examples of all; themes under them go along."""
    kept = taxonomy.theme(into)
    gone = [taxonomy.theme(slug) for slug in dict.fromkeys(slugs) if slug != into]
    if not gone:
        raise WrongTaxonomy("A merge needs two themes or more.")
    if any(theme.slug == kept.parent for theme in gone):
        raise WrongTaxonomy(f"{kept.name} stands under a theme it would take in: merge the other way round.")
    for theme in gone:
        kept = _taking(kept, theme)
    if name:
        kept = replace(kept, name=name)
    became = {theme.slug: into for theme in gone}
    themes = []
    for each in taxonomy.themes:
        if each.slug == into:
            themes.append(kept)
        elif each.slug in became:
            continue
        elif each.parent in became:
            if kept.parent:
                raise WrongTaxonomy(f"{kept.name} is on the second level and cannot take in themes that have others.")
            moved = f"{into}.{each.slug.partition('.')[2]}"
            became[each.slug] = moved
            themes.append(replace(each, slug=moved))
        else:
            themes.append(each)
    return _with(taxonomy, themes, became)


def split(taxonomy: Taxonomy, *, slug: str, parts: Sequence[Theme]) -> Taxonomy:
    """One theme becomes several. On the first level they come under it; on the second they take its place,
    and what was counted under it counts for the parent until it is read anew."""
    theme = taxonomy.theme(slug)
    if len(parts) < 2:
        raise WrongTaxonomy(f"Splitting {theme.name} needs two parts or more.")
    top = theme.parent or theme.slug
    for part in parts:
        if part.parent != top:
            raise WrongTaxonomy(f"The part {part.slug} must stand under {top}: name it {top}.something.")
        if not part.examples and not part.seeds:
            raise WrongTaxonomy(f"Give a few examples of {part.name}, or words that speak of it.")
    if not theme.parent:
        return _with(taxonomy, [*taxonomy.themes, *parts])
    themes: list[Theme] = []
    for each in taxonomy.themes:
        themes += parts if each is theme else [each]
    same = any(part.slug == slug for part in parts)
    return _with(taxonomy, themes, {} if same else {slug: theme.parent})


@dataclass(frozen=True, slots=True)
class Change:
    """One theme, before and after: in how many comments, and which ones (by number) it gains and loses."""

    theme: str
    before: int
    after: int
    gained: tuple[int, ...]
    lost: tuple[int, ...]


def preview(before: Sequence[Reading], after: Sequence[Reading], *, taxonomy: Taxonomy) -> list[Change]:
    """What would change in these comments, read by the taxonomy as it is and as it would be (`taxonomy`)?

    Old themes are compared under what they are called now. Only themes that change, the most changed first.
    """
    was = [frozenset(filter(None, map(taxonomy.now, reading.themes))) for reading in before]
    now = [frozenset(reading.themes) for reading in after]
    changes = []
    for slug in taxonomy.slugs:
        gained = tuple(n for n, (old, new) in enumerate(zip(was, now, strict=True)) if slug in new - old)
        lost = tuple(n for n, (old, new) in enumerate(zip(was, now, strict=True)) if slug in old - new)
        if gained or lost:
            held = sum(slug in old for old in was)
            changes.append(Change(slug, held, held + len(gained) - len(lost), gained, lost))
    return sorted(changes, key=lambda change: -len(change.gained) - len(change.lost))


def _with(taxonomy: Taxonomy, themes: Sequence[Theme], became: Mapping[str, str] | None = None) -> Taxonomy:
    names = {**dict(taxonomy.became), **(became or {})}
    return replace(taxonomy, version=taxonomy.version + 1, themes=tuple(themes), became=tuple(names.items()))


def _taking(kept: Theme, other: Theme) -> Theme:
    seeds = dict(kept.seeds)
    for language, words in other.seeds:
        seeds[language] = tuple(dict.fromkeys((*seeds.get(language, ()), *words)))
    return replace(
        kept,
        seeds=tuple(sorted(seeds.items())),
        good=tuple(dict.fromkeys((*kept.good, *other.good))),
        bad=tuple(dict.fromkeys((*kept.bad, *other.bad))),
        other=tuple(dict.fromkeys((*kept.other, *other.other))),
    )


def seeds_of(given: Seeds | None) -> tuple[tuple[str, tuple[Seed, ...]], ...]:
    """Seeds as they are written (`-crash*`), by language, as a Theme has them."""
    return tuple((language, tuple(seed(word) for word in words)) for language, words in sorted((given or {}).items()))
