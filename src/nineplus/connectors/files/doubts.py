"""What a person must hear of how a file was understood: what is asked, what cannot be used so, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingABC

from nineplus.connectors.files.fields import ATTRIBUTE, IGNORE, fields, normalised
from nineplus.connectors.files.mapping import ONE_TO_ELEVEN, Mapping, Question
from nineplus.connectors.files.profile import Profile
from nineplus.model import Note

_ENOUGH = 10
"""So many scores without one above 5 (or 7) are not on a scale of 0 to 10."""
_RATINGS = ("satisf", "zufried", "csat", "ces", "effort", "rating", "star", "stern", "score", "note", "punkt")


def settled_orders(profiles: MappingABC[str, Profile]) -> list[str]:
    """Orders of day and month that some column of the file proves: the others are likely written alike."""
    orders = [found.dates.order() for found in profiles.values() if found.dates.share > 0.5]
    return [order for order, sure in orders if sure and order in ("dmy", "mdy")]


def currency_of(mapping: Mapping, assumed: str) -> str:
    """The currency of amounts where no column says it: from the name of their column, else as assumed."""
    if mapping.kind != "movements" or mapping.column("currency"):
        return ""
    amount = mapping.column("amount") or mapping.column("amount_minor") or ""
    return next(
        (word.upper() for word in normalised(amount).split() if word in ("usd", "eur", "gbp", "chf", "jpy")), assumed
    )


def questions(
    mapping: Mapping,
    profiles: MappingABC[str, Profile],
    given: Mapping | None,
    currency: str,
    *,
    zone_known: bool = False,
) -> Iterator[Question]:
    """What only a person can say; each with the assumption that is made until then."""
    known = fields(mapping.kind)
    dated = [(c, m) for c, m in mapping.columns.items() if m.field in known and known[m.field].shape == "instant"]
    settled = settled_orders(profiles)
    for column, meaning in dated:
        evidence = profiles[column].dates
        told = given and column in given.columns and given.columns[column].order
        if told or evidence.order()[1] or meaning.order not in ("dmy", "mdy"):
            continue
        yield Question(
            setting="order",
            column=column,
            text=f"In column {column!r}, does the day or the month come first? "
            f"Both fit every value, as in {evidence.example!r}.",
            options=(("dmy", "Day first (31/12)"), ("mdy", "Month first (12/31)")),
            answer=settled[0] if settled else meaning.order,
            must=not settled,
        )
    score = mapping.column("score") if mapping.kind == "responses" else None
    if score and not mapping.bands and not mapping.any_scale and _from_one_to_eleven(profiles[score]):
        yield Question(
            setting="bands",
            column=score,
            text=f"Column {score!r} goes from 1 to 11 and never says 0: it seems to number the eleven choices from 1, "
            "as files of SurveyMonkey can. Does 1 stand for the score 0, and 11 for 10?",
            options=(
                ("one_to_eleven", "Yes: every number is one more than the score"),
                ("as_they_are", "No: these are scores, and 11 is a slip that is left out"),
            ),
            answer="one_to_eleven",
            must=True,
        )
    zone_known = zone_known or bool(given and given.timezone)
    if not zone_known and any(profiles[c].dates.timed > profiles[c].dates.zoned for c, _ in dated):
        yield Question(
            setting="timezone",
            column="",
            text="In which time zone are the times that do not say one?",
            options=((mapping.timezone, mapping.timezone),),
            answer=mapping.timezone,
        )
    if mapping.kind == "movements" and not mapping.column("currency") and not (given and given.currency):
        assumed = currency_of(mapping, currency)
        yield Question("currency", "", "In which currency are the amounts?", ((assumed, assumed),), assumed)


def problems(mapping: Mapping, profiles: MappingABC[str, Profile]) -> Iterator[str]:
    """Why the file cannot be used so, each in a sentence."""
    known = fields(mapping.kind)
    if mapping.kind == "responses" and not mapping.column("score"):
        yield from _other_scales(mapping, profiles)
    for field in known.values():
        if (
            field.required
            and not mapping.column(field.name)
            and not (mapping.kind == "movements" and field.name == "kind" and mapping.column("started_at"))
        ):
            yield (
                f"No column was recognised as {field.title!r} ({field.name}), "
                f"which {mapping.kind.replace('_', ' ')} need. "
                f"The columns are: {', '.join(profiles)}. Say which one it is in the mapping."
            )
    if mapping.kind == "movements" and not mapping.column("amount") and not mapping.column("amount_minor"):
        yield "No column was recognised as the amount of money. Say which one it is in the mapping."
    if mapping.kind == "responses" and (column := mapping.column("score")):
        yield from _scale(mapping, column, profiles[column])


def _other_scales(mapping: Mapping, profiles: MappingABC[str, Profile]) -> Iterator[str]:
    """Ratings that were passed over because they are not NPS: a person who meant them should hear why."""
    if group := mapping.column("group"):
        yield _only_groups(group)
    for column, found in profiles.items():
        rated = found.values and found.share(found.numbers) > 0.9 and 1 <= found.lowest < found.highest <= 7
        if rated and any(stem in normalised(column) for stem in _RATINGS):
            yield (
                f"Column {column!r} goes from {found.lowest:g} to {found.highest:g}: that is a rating on another scale "
                "(satisfaction, effort or stars), not an answer from 0 to 10 to how likely someone is to recommend. "
                "NPS is not defined on it, and converting it would invent answers."
            )


def _only_groups(column: str) -> str:
    return (
        f"Column {column!r} holds only the groups (promoter, passive, detractor), not scores. "
        "The scores 0 to 10 cannot be got back from them. Add the column with the scores, or say in the mapping "
        f'that this column is the score, with `bands = {{"Promoter" = 9, "Passive" = 7, "Detractor" = 3}}`, '
        "knowing that the mean is then not real."
    )


def _scale(mapping: Mapping, column: str, found: Profile) -> Iterator[str]:
    """Is the column really on 0 to 10? Another scale is refused: turning 5 stars into a 10 would invent answers."""
    if not found.values or mapping.any_scale or mapping.columns[column].value:
        return
    if found.share(found.scores) < 0.5 and not mapping.bands:
        if found.share(found.groups) > 0.5:
            yield _only_groups(column)
        else:
            yield (
                f"Column {column!r} holds words, not scores from 0 to 10. Choose another column, "
                "or give `bands` in the mapping: each text with the score it stands for."
            )
        return
    total = found.integers.total()
    if not total:
        return
    if not mapping.bands and _from_one_to_eleven(found):
        return  # a person is asked
    above = sum(times for number, times in found.integers.items() if number > 10 and str(number) not in mapping.bands)
    below = sum(times for number, times in found.integers.items() if number < 0)
    if above + below > max(total / 5, 2):
        yield (
            f"Column {column!r} goes from {found.lowest:g} to {found.highest:g}: that is no score from 0 to 10. "
            "NPS needs the answers on 0 to 10; a percentage or an NPS already computed cannot be turned back into them."
        )
    elif total >= _ENOUGH and found.lowest >= 1 and found.highest <= 5:
        yield (
            f"All {total} scores in column {column!r} lie between {found.lowest:g} and {found.highest:g}: "
            "that looks like a scale of 1 to 5 (stars, CSAT), not 0 to 10. "
            "NPS is not defined on it, and converting it would invent answers. "
            "If the question really offered 0 to 10, say `any_scale = true` in the mapping."
        )
    elif total >= 5 * _ENOUGH and found.lowest >= 1 and found.highest <= 7:
        yield (
            f"All {total} scores in column {column!r} lie between {found.lowest:g} and {found.highest:g}: "
            "that looks like a scale of 1 to 7 (effort score), not 0 to 10. "
            "If the question really offered 0 to 10, say `any_scale = true` in the mapping."
        )


def _from_one_to_eleven(found: Profile) -> bool:
    """Do the values prove that eleven choices are numbered from 1? Ten elevens by mistake do not make a scale."""
    total = found.integers.total()
    return (
        total >= 3 * _ENOUGH
        and (found.lowest, found.highest) == (1, 11)
        and found.integers[11] >= total / 50
        and found.share(found.numbers) > 0.99
    )


def notes(mapping: Mapping, profiles: MappingABC[str, Profile]) -> Iterator[Note]:
    """What was left out, kept as an attribute or assumed."""
    known = fields(mapping.kind)
    if mapping.bands == ONE_TO_ELEVEN:
        yield Note("one_to_eleven", 0, f"Numbers in {mapping.column('score')!r} were read as one more than the score.")
    if segments := [column for column, m in mapping.columns.items() if m.field == ATTRIBUTE]:
        yield Note("columns_as_attributes", 0, f"Columns kept as attributes to segment by: {', '.join(segments)}.")
    for column, meaning in mapping.columns.items():
        if meaning.field == IGNORE:
            yield Note("column_ignored", 0, f"Column {column!r} is not used: {meaning.why or 'as the mapping says'}.")
        elif meaning.field in known and known[meaning.field].shape == "instant" and profiles[column].dates.short_years:
            yield Note(
                "short_years",
                profiles[column].dates.short_years,
                f"Years of two digits in {column!r} were read as 1970 to 2069.",
            )
    dated = [c for c, m in mapping.columns.items() if m.field in known and known[m.field].shape == "instant"]
    if any(profiles[c].dates.timed > profiles[c].dates.zoned for c in dated):
        yield Note("timezone_assumed", 0, f"Times without a zone were read as {mapping.timezone}.")
    if mapping.kind == "responses" and not mapping.column("answered_at"):
        yield Note("no_dates", 0, "No column with dates was recognised.")
