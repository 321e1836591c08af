"""What is worth an alert: the few bounds that a company sets. One document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

WINDOWS = ("week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """From where on colleagues are told.

    `off`: kinds that nobody is told of. `fall_points`: so many points (0 to 10) below what was to be expected of that
    person. `nps_window` and `nps_by`: which periods are compared, and for which segments beside the whole (slug of an
    attribute; empty: the whole only). `silent_days` without an answer, `renewal_days` before the contract renews.
    """

    off: tuple[str, ...] = ()
    fall_points: int = 3
    nps_window: str = "month"
    nps_by: str = ""
    silent_days: int = 180
    renewal_days: int = 90

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AlertPolicy:
        """The policy that `to_dict` wrote, also after a way through JSON; what is missing is as it is by default."""
        plain = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**plain, "off": tuple(plain.get("off", ()))})
