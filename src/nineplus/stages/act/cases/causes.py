"""What can lie behind a case: the themes that comments are read by, and the facts of service that drive the score."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Case, Mention

_SERVICE = {
    "service.first_response": "Service: slow first response",
    "service.resolution": "Service: slow resolution",
    "service.reopened": "Service: ticket was opened again",
    "service.handed_on": "Service: handed from one to the next",
    "service.sla": "Service: SLA missed",
}
NONE = "none"


def every() -> Mapping[str, str]:
    """Every root cause by its slug, with its name, in the order in which a person looks for it."""
    return {**_themes(), **_SERVICE, NONE: "Nothing of ours"}


def said_in(case: Case) -> Mapping[str, str]:
    """Those that the comments of its answers are about, what they are about most first."""
    found = Mention.objects.filter(reading__response__cases__case=case, reading__version__current=True, counts=True)
    known = every()
    return {slug: known[slug] for slug in found.order_by("-salience").values_list("theme", flat=True) if slug in known}


def checked(slug: str) -> str:
    """The slug. Raises NotPossible for one that there is not."""
    slug = slug.strip()
    if not slug:
        raise NotPossible("Say what lay behind it: a root cause.")
    if slug not in every():
        raise NotPossible(f"There is no root cause {slug!r}.")
    return slug


def name_of(slug: str) -> str:
    """Its name, under what a theme has become since; one that is gone stands for itself."""
    known = every()
    if slug in known or not slug:
        return known.get(slug, slug)
    return known.get(versions.taxonomy(versions.current()).now(slug), slug)


def _themes() -> Mapping[str, str]:
    names = {one.slug: one.name for one in versions.names()}
    return {slug: _whole(slug, names) for slug in names}


def _whole(slug: str, names: Mapping[str, str]) -> str:
    above = slug.rpartition(".")[0]
    return f"{names[above]}: {names[slug]}" if above in names else names[slug]
