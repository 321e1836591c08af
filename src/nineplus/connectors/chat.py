"""What is said in a channel, before it is put into the form of Slack or Teams. Plain text: each form escapes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or with `choices` (value, label) a menu. `name` says what it does, `value` to what."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message: a title, a sentence, what a customer said, facts, small print, and where to look at it.

    `url` empty: nobody has set the address of this installation, so there is no link.
    """

    title: str
    text: str = ""
    quote: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    foot: str = ""
    url: str = ""
    link: str = "Open in nineplus"
    presses: tuple[Press, ...] = ()

    @property
    def plain(self) -> str:
        """In one line, for notifications and for what shows no form."""
        said = f"{self.title}: “{self.quote}”" if self.quote else self.title
        return " ".join(f"{said}. {self.text}".split()) if self.text else " ".join(said.split())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Said:
        """What `to_dict` wrote, also after a way through JSON; without buttons, which are made when it is sent."""
        plain = {name: str(data.get(name, "")) for name in ("title", "text", "quote", "foot", "url")}
        facts = tuple((str(label), str(value)) for label, value in data.get("facts", ()))
        return cls(**plain, facts=facts, link=str(data.get("link") or "Open in nineplus"))
