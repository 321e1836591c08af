"""Which column is which: by its name in several languages, by the shape of its values, and by what is left over.

The surest match of name and shape goes first; one column stands for one field. What no field wants is an
attribute when it has few enough values to segment by, and ignored otherwise; both are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nineplus.connectors.files import doubts
from nineplus.connectors.files.choosing import choose, distinct_slugs, kind_of, meaning_of
from nineplus.connectors.files.fields import FIELDS
from nineplus.connectors.files.mapping import BadMapping, Mapping
from nineplus.connectors.files.profile import profile
from nineplus.connectors.files.source import Source
from nineplus.connectors.files.vendors import preset, vendor_of
from nineplus.model import Note


def recognise(
    source: Source | Sequence[Source],
    kind: str | None = None,
    *,
    given: Mapping | None = None,
    timezone: str = "UTC",
    currency: str = "USD",
) -> Mapping:
    """How the columns of this file (or of several files with the same columns) are to be understood.

    Reads every row once. `given` wins wherever it says something. The result may carry `problems` (it cannot
    be used so) and `questions` (it can, on the assumption stated). `timezone` and `currency` are what is assumed
    where neither the file nor `given` says. Of the export of a known tool (vendors) it is known what most columns mean.
    """
    sources = [source] if isinstance(source, Source) else list(source)
    told = given is not None
    given = given or preset(sources[0].columns, kind=kind, timezone=timezone)
    profiles = profile(sources[0].columns, (raw for one in sources for raw in one.batches()))
    labels = dict(zip(sources[0].columns, sources[0].labels or [""] * len(sources[0].columns), strict=True))
    kind = (given.kind if given else None) or kind or kind_of(profiles, labels)
    if kind not in FIELDS:
        raise BadMapping(f"The kind {kind!r} is not known. There are: {', '.join(FIELDS)}.")
    if given and (missing := given.columns.keys() - profiles.keys()):
        raise BadMapping(
            f"The mapping speaks of columns that the file does not have: {', '.join(sorted(missing))}. "
            f"It has: {', '.join(profiles)}."
        )
    chosen = choose(kind, profiles, labels, given.columns if given else {})
    settled = doubts.settled_orders(profiles)
    meanings = {name: meaning_of(kind, name, chosen, profiles[name], labels[name], given, settled) for name in profiles}
    mapping = replace(
        given or Mapping(kind, {}, timezone=timezone),
        columns=distinct_slugs(meanings),
        questions=(),
        problems=(),
        notes=(),
    )
    return replace(
        mapping,
        currency=mapping.currency or doubts.currency_of(mapping, currency),
        questions=tuple(doubts.questions(mapping, profiles, given if told else None, currency)),
        problems=tuple(doubts.problems(mapping, profiles)),
        notes=(*(_vendor_note(sources[0]) if given and not told else ()), *doubts.notes(mapping, profiles)),
        rows=next(iter(profiles.values())).rows,
    )


def _vendor_note(source: Source) -> tuple[Note, ...]:
    vendor = vendor_of(source.columns)
    return (Note("vendor", 0, f"Read as an export of {vendor}, by the names of its columns. Look them over."),)
