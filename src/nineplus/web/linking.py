"""One press to the people: where the rows of a Result lead, and where its tables are downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from nineplus.model import Filter, Kind, Result, Table, Window
from nineplus.model.result import NOT_KNOWN, TOO_SMALL

Href = Callable[[Table, Mapping[str, Any]], str | None]
_OWN_KEYS = {"survey": "surveys", "touchpoint": "touchpoints"}
_NAMELESS = (NOT_KNOWN, TOO_SMALL)
_GROUPS = {"promoters": "promoters", "passives": "passives", "detractors": "detractors"}


def to_csv(result: Result, options: Mapping[str, str]) -> Callable[[Table], str]:
    """The address of each table's download, in full precision."""
    query = urlencode([*result.filter.to_query(), *((name, value) for name, value in options.items() if value)])

    def address(table: Table) -> str:
        return reverse("analyses-csv", args=[result.name, table.name]) + (f"?{query}" if query else "")

    return address


def to_touchpoint(request: HttpRequest) -> Callable[[str], str]:
    """The address of this same page for one touchpoint."""

    def address(touchpoint: str) -> str:
        asked = request.GET.copy()
        asked.setlist("touchpoint", [touchpoint])
        return f"{request.path}?{asked.urlencode()}"

    return address


def to_responses(request: HttpRequest, result: Result, *, by: str = "") -> Href | None:
    """The responses behind each row: a segment, a month, a group. Nowhere for those who may not read them."""
    if not request.user.may("agent"):
        return None

    def address(table: Table, row: Mapping[str, Any]) -> str | None:
        pairs = behind(result.filter, table, row, by=by)
        return f"{reverse('responses')}?{urlencode(pairs)}" if pairs is not None else None

    return address


def behind(chosen: Filter, table: Table, row: Mapping[str, Any], *, by: str = "") -> list[tuple[str, str]] | None:
    """The address query of the responses a row stands for; None when it stands for no such set."""
    if not table.columns:
        return None
    first = table.columns[0]
    value = row.get(first.name)
    if value is None:
        return None
    if first.kind in (Kind.MONTH, Kind.DATE) and isinstance(value, date):
        window = _overlap(chosen.window, _period(value, row, table))
        return chosen.within(window).to_query() if window else None
    if first.name == "group" and (group := _group(str(value))):
        return [*chosen.to_query(), ("group", group)]
    slugs = [slug for slug in by.split(",") if slug]
    values = str(value).split(" · ") if len(slugs) > 1 else [str(value)]
    if not slugs or len(values) != len(slugs) or any(one.startswith(_NAMELESS) for one in values):
        return None
    for slug, one in zip(slugs, values, strict=True):
        chosen = _narrowed(chosen, slug, one)
    return chosen.to_query()


def _narrowed(chosen: Filter, slug: str, value: str) -> Filter:
    if own := _OWN_KEYS.get(slug):
        return replace(chosen, **{own: (value,)})
    others = tuple(pair for pair in chosen.attributes if pair[0] != slug)
    return replace(chosen, attributes=tuple(sorted((*others, (slug, (value,))))))


def _period(start: date, row: Mapping[str, Any], table: Table) -> Window:
    """The window a row of a time series stands for: as it says itself, else to the next row, else a month."""
    end = row.get("end")
    if not isinstance(end, date):
        name = table.columns[0].name
        later = sorted(other[name] for other in table.rows if isinstance(other.get(name), date) and other[name] > start)
        end = later[0] if later else date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return Window(start, end)


def _overlap(outer: Window, inner: Window) -> Window | None:
    start = max(filter(None, (outer.start, inner.start)), default=None)
    end = min(filter(None, (outer.end, inner.end)), default=None)
    return Window(start, end) if start is None or end is None or start < end else None


def _group(label: str) -> str:
    return _GROUPS.get(label.split(" ")[0].lower(), "")
