"""Which column is which: by its name in several languages, by the shape of its values, and by what is left over.

The surest match of name and shape goes first; one column stands for one field. What no field wants is an
attribute when it has few enough values to segment by, and ignored otherwise; both are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nineplus.connectors.files import doubts, vendors
from nineplus.connectors.files.choosing import choose, distinct_slugs, kind_of, meaning_of
from nineplus.connectors.files.fields import FIELDS, IGNORE
from nineplus.connectors.files.mapping import BadMapping, Mapping, Meaning, Question
from nineplus.connectors.files.profile import profile
from nineplus.connectors.files.refused import OURS
from nineplus.connectors.files.source import Source


def recognise(
    source: Source | Sequence[Source],
    kind: str | None = None,
    *,
    given: Mapping | None = None,
    timezone: str = "UTC",
    currency: str = "USD",
    vendor: str = "",
    score: str = "",
) -> Mapping:
    """How the columns of this file (or of several files with the same columns) are to be understood.

    Reads every row once. `given` wins wherever it says something. The result may carry `problems` (it cannot
    be used so) and `questions` (it can, on the assumption stated). `timezone` and `currency` are what is assumed
    where neither the file nor `given` says. Of the export of a known tool (vendors) it is known what most columns mean:
    `vendor` names it, or says that it is none's (vendors.NONE), and `score` the column of the question to take.
    """
    sources = [source] if isinstance(source, Source) else list(source)
    told = given is not None
    profiles = profile(sources[0].columns, (raw for one in sources for raw in one.batches()))
    sheet = vendors.Sheet.of(sources[0], profiles)
    found = None if told else vendors.find(sheet, vendor=vendor, kind=kind, score=score)
    if found:
        given = found.mapping(timezone=timezone)
    elif given is None and score:
        given = Mapping(kind or "responses", {score: Meaning("score")}, timezone=timezone)
    labels = dict(zip(sources[0].columns, sources[0].labels or [""] * len(sources[0].columns), strict=True))
    kind = (given.kind if given else None) or kind or kind_of(profiles, labels)
    given = _ours_left_out(given, sources[0].columns, kind, timezone)
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
        given or Mapping(kind, {}),
        timezone=(given and given.timezone) or timezone,
        columns=distinct_slugs(meanings),
        questions=(),
        problems=(),
        notes=(),
    )
    return replace(
        mapping,
        currency=mapping.currency or doubts.currency_of(mapping, currency),
        questions=(
            *(_which(found, score) if found else ()),
            *doubts.questions(
                mapping,
                profiles,
                given if told else None,
                currency,
                zone_known=found is not None and bool(found.reading.timezone),
            ),
        ),
        problems=tuple(doubts.problems(mapping, profiles)),
        notes=(*(() if vendor == vendors.NONE else vendors.said(mapping, sheet)), *doubts.notes(mapping, profiles)),
        rows=next(iter(profiles.values())).rows,
    )


def _which(found: vendors.Found, told: str) -> tuple[Question, ...]:
    """Which of several questions on 0 to 10 is the NPS question; nothing when there is one, or a person said it."""
    scores = found.reading.scores
    if len(scores) < 2 or told or found.score is None:
        return ()
    return (
        Question(
            setting="score",
            column=found.score.key,
            text="Several questions were answered on 0 to 10. Which one asks how likely someone is to recommend?",
            options=tuple((one.key, one.title[:200]) for one in scores),
            answer=found.score.key,
            must=scores[0].points - scores[1].points < 2,
        ),
    )


def _ours_left_out(given: Mapping | None, columns: Sequence[str], kind: str, timezone: str) -> Mapping | None:
    """A list of refused rows that comes back mended: what was written there beside the rows is not read."""
    if tuple(columns[: len(OURS)]) != OURS:
        return given
    ours = {name: Meaning(IGNORE, why="of the list of refused rows") for name in OURS}
    given = given or Mapping(kind, {}, timezone=timezone)
    return replace(given, columns=ours | dict(given.columns))
