"""Which responses are looked at. One value, one spelling: page address, API query, CLI option."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

_ATTRIBUTE_PREFIX = "a."


class BadFilter(ValueError):
    """A filter that cannot be read; the message says which part and how to mend it."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` (included) to `end` (excluded), UTC; None leaves that side open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start >= self.end:
            raise BadFilter(f"The period ends ({self.end}) before it starts ({self.start}).")


@dataclass(frozen=True, slots=True)
class Filter:
    """Everything empty means all responses. `attributes` pairs a slug with the values that pass."""

    window: Window = field(default_factory=Window)
    surveys: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    def within(self, window: Window) -> Filter:
        return replace(self, window=window)

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> Filter:
        """Read `from`, `to` (ISO days), `survey`, `touchpoint` and `a.<slug>`; other keys are not ours.

        Raises BadFilter, naming the part that cannot be read.
        """
        attributes = tuple(
            (key.removeprefix(_ATTRIBUTE_PREFIX), _values(values))
            for key, values in sorted(query.items())
            if key.startswith(_ATTRIBUTE_PREFIX) and _values(values)
        )
        return cls(
            window=Window(_day(query, "from"), _day(query, "to")),
            surveys=_values(query.get("survey", ())),
            touchpoints=_values(query.get("touchpoint", ())),
            attributes=attributes,
        )

    def to_query(self) -> list[tuple[str, str]]:
        """The inverse of `from_query`, in a fixed order, so that one view has one address."""
        pairs: list[tuple[str, str]] = []
        if self.window.start:
            pairs.append(("from", self.window.start.isoformat()))
        if self.window.end:
            pairs.append(("to", self.window.end.isoformat()))
        pairs += [("survey", value) for value in self.surveys]
        pairs += [("touchpoint", value) for value in self.touchpoints]
        for slug, values in self.attributes:
            pairs += [(_ATTRIBUTE_PREFIX + slug, value) for value in values]
        return pairs

    def to_dict(self) -> dict[str, object]:
        return {
            "from": self.window.start.isoformat() if self.window.start else None,
            "to": self.window.end.isoformat() if self.window.end else None,
            "surveys": list(self.surveys),
            "touchpoints": list(self.touchpoints),
            "attributes": {slug: list(values) for slug, values in self.attributes},
        }


def _values(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value != ""}))


def _day(query: Mapping[str, Sequence[str]], key: str) -> date | None:
    text = next((value for value in query.get(key, ()) if value), None)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadFilter(f"'{key}' is not a day: {text!r}. Write it as 2026-01-31.") from None
