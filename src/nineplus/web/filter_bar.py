"""The one filter bar: what is chosen stands in the address, so every view can be kept, shared and exported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol
from urllib.parse import urlencode

from django.http import QueryDict

from nineplus.model import BadFilter, Filter, Window
from nineplus.render import numbers
from nineplus.store.models.capture import Touchpoint

Pairs = list[tuple[str, str]]
_OWN_KEYS = ("survey", "touchpoint")
_TOUCHPOINTS = dict(Touchpoint.choices)


class Offered(Protocol):
    """An attribute with its values, as the stage offers it."""

    @property
    def slug(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be ticked or pressed."""

    value: str
    label: str
    chosen: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One question of the bar: survey, touchpoint or an attribute, with the values there are."""

    key: str
    title: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> int:
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class FilterBar:
    """All a template needs to draw the bar."""

    period: str
    first: str
    last: str
    presets: tuple[Choice, ...]
    main: tuple[Group, ...]
    more: tuple[Group, ...]
    chips: tuple[Choice, ...]
    keep: tuple[tuple[str, str], ...]
    here: tuple[tuple[str, str], ...]
    clear: str
    query: str

    @property
    def active(self) -> bool:
        return bool(self.chips)


def read(query: QueryDict) -> Filter:
    """The filter in an address. Raises BadFilter with a sentence for a person."""
    return Filter.from_query(dict(query.lists()))


def canonical(query: QueryDict) -> str | None:
    """The address query without empty parts and with `until` (last day included) written as `to`; None when it is so.

    A form sends every field it has; one view shall have one address.
    """
    pairs: Pairs = [(key, value) for key, values in query.lists() for value in values if value]
    if "until" not in query and len(pairs) == sum(len(values) for _, values in query.lists()):
        return None
    until = query.get("until")
    pairs = [(key, value) for key, value in pairs if key not in ("until", *(("to",) if until else ()))]
    if until:
        try:
            pairs.append(("to", (date.fromisoformat(until) + timedelta(days=1)).isoformat()))
        except (ValueError, OverflowError):
            raise BadFilter(f"The last day is not a day: {until!r}. Write it as 2026-01-31.") from None
    return urlencode(pairs)


def groups(offered: Iterable[Offered]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What `bar` asks for, from what there is to choose: the survey and the touchpoint have keys of their own."""
    return [
        (
            attribute.slug if attribute.slug in _OWN_KEYS else f"a.{attribute.slug}",
            attribute.label,
            [
                (value, _TOUCHPOINTS.get(value, value) if attribute.slug == "touchpoint" else value)
                for value in attribute.values
            ],
        )
        for attribute in offered
    ]


def bar(
    chosen: Filter,
    *,
    groups: Sequence[tuple[str, str, Sequence[tuple[str, str]]]],
    today: date,
    keep: Iterable[tuple[str, str]] = (),
) -> FilterBar:
    """The bar for one view. `groups` are (query key, title, (value, label) …); `keep` is what else the address says."""
    kept = tuple(keep)
    here = chosen.to_query()
    picked = _picked(here)
    known = [
        Group(key, title, tuple(Choice(value, label, value in picked.get(key, ())) for value, label in values))
        for key, title, values in groups
    ]
    return FilterBar(
        period=period_label(chosen.window, today=today),
        first=chosen.window.start.isoformat() if chosen.window.start else "",
        last=(chosen.window.end - timedelta(days=1)).isoformat() if chosen.window.end else "",
        presets=tuple(
            Choice(label, label, window == chosen.window, _address([*chosen.within(window).to_query(), *kept]))
            for label, window in periods(today)
        ),
        main=tuple(group for group in known if group.key in _OWN_KEYS and len(group.choices) > 1),
        more=tuple(group for group in known if group.key not in _OWN_KEYS),
        chips=tuple(_chips(chosen, known, kept, today=today)),
        keep=kept,
        here=tuple(here),
        clear=_address(list(kept)),
        query=urlencode(here),
    )


def periods(today: date) -> list[tuple[str, Window]]:
    """The periods people ask for, the newest first."""
    tomorrow = today + timedelta(days=1)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return [
        ("All time", Window()),
        ("Last 30 days", Window(tomorrow - timedelta(days=30), tomorrow)),
        ("Last 90 days", Window(tomorrow - timedelta(days=90), tomorrow)),
        ("This quarter", Window(quarter, tomorrow)),
        ("Last quarter", Window(_months_before(quarter, 3), quarter)),
        ("Last 12 months", Window(_months_before(today.replace(day=1), 11), tomorrow)),
        ("This year", Window(date(today.year, 1, 1), tomorrow)),
    ]


def period_label(window: Window, *, today: date) -> str:
    for label, known in periods(today):
        if known == window:
            return label
    first = numbers.day(window.start) if window.start else ""
    last = numbers.day(window.end - timedelta(days=1)) if window.end else ""
    if first and last:
        return f"{first} to {last}"
    return f"Since {first}" if first else f"Until {last}"


def _chips(chosen: Filter, groups: Sequence[Group], kept: tuple[tuple[str, str], ...], *, today: date) -> list[Choice]:
    chips = []
    if chosen.window != Window():
        without = chosen.within(Window()).to_query()
        chips.append(Choice("", period_label(chosen.window, today=today), True, _address([*without, *kept])))
    titles = {group.key: group.title for group in groups}
    labels = {(group.key, choice.value): choice.label for group in groups for choice in group.choices}
    query = replace(chosen, window=Window()).to_query()
    for key, value in query:
        without = [pair for pair in chosen.to_query() if pair != (key, value)]
        title = titles.get(key) or key.removeprefix("a.").replace("_", " ").capitalize()
        chips.append(Choice(title, labels.get((key, value), value), True, _address([*without, *kept])))
    return chips


def _picked(pairs: Pairs) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return found


def encode(pairs: Pairs) -> str:
    return urlencode(pairs)


def _address(pairs: Pairs) -> str:
    return "?" + urlencode(pairs)


def _months_before(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
