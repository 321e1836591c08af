"""What an analysis is handed: the tables of one snapshot, already narrowed to one filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from nineplus.mart.schema import ATTRIBUTE_PREFIX, MART
from nineplus.model import BadFilter, Filter, Marker, Note, Snapshot, Window
from nineplus.model.attribution import Judged, LinkRule
from nineplus.model.themes import ThemeName

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True, slots=True)
class Attribute:
    """Anything one can segment by. `column` is where it stands in `responses`."""

    slug: str
    label: str
    column: str

    @classmethod
    def of(cls, slug: str, label: str = "") -> Attribute:
        return cls(slug=slug, label=label or slug.replace("_", " ").capitalize(), column=ATTRIBUTE_PREFIX + slug)


BUILT_IN = tuple(
    Attribute(slug, label, slug)
    for slug, label in (
        ("survey", "Survey"),
        ("touchpoint", "Touchpoint"),
        ("channel", "Channel"),
        ("language", "Language"),
        ("ticket_priority", "Ticket priority"),
        ("ticket_category", "Ticket category"),
        ("ticket_team", "Team"),
        ("ticket_channel", "Ticket channel"),
    )
)
"""Attributes that every response has without anyone defining them."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Mart tables as Ibis expressions on one engine. Only `responses` is always there.

    `attributes` are those that actually vary in these data; `notes` say what was dropped on the way in;
    `rule` is how answers were tied to tickets (None: links were not made here), `judged` what people said of a
    sample of those links, `themes` how the themes are called that comments were read by.
    """

    responses: ibis.Table
    tickets: ibis.Table | None = None
    response_ticket: ibis.Table | None = None
    response_reading: ibis.Table | None = None
    response_theme: ibis.Table | None = None
    invitations: ibis.Table | None = None
    follow_ups: ibis.Table | None = None
    nudges: ibis.Table | None = None
    accounts: ibis.Table | None = None
    account_months: ibis.Table | None = None
    attributes: tuple[Attribute, ...] = ()
    markers: tuple[Marker, ...] = ()
    snapshot: Snapshot | None = None
    filter: Filter = field(default_factory=Filter)
    notes: tuple[Note, ...] = ()
    rule: LinkRule | None = None
    judged: tuple[Judged, ...] = ()
    themes: tuple[ThemeName, ...] = ()
    unfiltered: Dataset | None = None
    """Before it was narrowed: what the same people said next lies outside of most periods."""

    @classmethod
    def of(cls, tables: Mapping[str, ibis.Table], **known: Any) -> Dataset:
        """The star's tables by name, those that analyses read, with what is known of them."""
        read = (one.name for one in fields(cls) if one.name in MART)
        return cls(**{name: tables[name] for name in read if name in tables}, **known)

    def attribute(self, slug: str) -> Attribute:
        """The attribute of that slug; raises BadFilter naming those there are."""
        for attribute in self.attributes:
            if attribute.slug == slug:
                return attribute
        known = ", ".join(attribute.slug for attribute in self.attributes) or "none"
        raise BadFilter(f"There is no attribute {slug!r}. There are: {known}.")

    @property
    def window_days(self) -> int | None:
        """How far back a ticket was looked for."""
        return self.rule and self.rule.window_days

    def has(self, table: str) -> bool:
        return getattr(self, table, None) is not None

    def narrowed(self, chosen: Filter) -> Dataset:
        """Only the responses that pass; the filter is kept, so that every Result can say it."""
        rows = _within(self.responses, "answered_at", chosen.window)
        if chosen.surveys:
            rows = rows.filter(rows.survey.isin(chosen.surveys))
        if chosen.touchpoints:
            rows = rows.filter(rows.touchpoint.isin(chosen.touchpoints))
        for slug, values in chosen.attributes:
            rows = rows.filter(rows[self.attribute(slug).column].isin(values))
        return replace(
            self,
            responses=rows,
            invitations=self._asked(chosen),
            follow_ups=self._followed(chosen),
            unfiltered=self.unfiltered or self,
            filter=chosen,
        )

    def _asked(self, chosen: Filter) -> ibis.Table | None:
        """The invitations behind the same choice: by day of asking, survey and the attributes they carry."""
        asks = self.invitations
        if asks is None:
            return None
        asks = _within(asks, "sent_at", chosen.window)
        if chosen.surveys:
            asks = asks.filter(asks.survey.isin(chosen.surveys))
        if chosen.touchpoints:
            at = self.responses.filter(self.responses.touchpoint.isin(chosen.touchpoints)).select("survey").distinct()
            asks = asks.semi_join(at, "survey")
        for slug, values in chosen.attributes:
            column = self.attribute(slug).column
            if column not in asks.columns:  # a fact of the answer or its ticket: silence has none
                return None
            asks = asks.filter(asks[column].isin(values))
        return asks

    def _followed(self, chosen: Filter) -> ibis.Table | None:
        """The cases behind the same choice: by day of opening, and by what their answers and customers are."""
        rows = self.follow_ups
        if rows is None:
            return None
        rows = _within(rows, "opened_at", chosen.window)
        if chosen.surveys:
            rows = rows.filter(rows.survey.isin(chosen.surveys))
        if chosen.touchpoints:
            rows = rows.filter(rows.touchpoint.isin(chosen.touchpoints))
        for slug, values in chosen.attributes:
            column = self.attribute(slug).column
            if column in rows.columns:
                rows = rows.filter(rows[column].isin(values))
            else:  # a fact of the answer's ticket
                rows = rows.semi_join(self.responses.filter(self.responses[column].isin(values)), "response")
        return rows


def _within(rows: ibis.Table, instant: str, window: Window) -> ibis.Table:
    """Only the rows of those days, UTC."""
    import ibis

    if window.start:
        rows = rows.filter(rows[instant] >= ibis.timestamp(window.start.isoformat(), timezone="UTC"))
    if window.end:
        rows = rows.filter(rows[instant] < ibis.timestamp(window.end.isoformat(), timezone="UTC"))
    return rows
