"""Playbooks as documents: what a step is, and what is wrong with one. No clock, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

MOST_STEPS = 20
LONGEST = 90 * 24 * 60
"""Minutes of working time until a step is due, at most."""


class BadPlaybook(Exception):
    """The steps are none: a sentence that says which and why."""


@dataclass(frozen=True, slots=True)
class PlayStep:
    """One thing to do. Whose it is: `owner` (a colleague's e-mail), else whoever owns the case.

    `minutes`: due after so many working minutes since the playbook was taken up; None: at no certain time.
    """

    title: str
    help: str = ""
    link: str = ""
    owner: str = ""
    minutes: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


def read(document: Any) -> tuple[PlayStep, ...]:
    """The steps, in their order. Raises BadPlaybook."""
    if not isinstance(document, Sequence) or isinstance(document, str) or not document:
        raise BadPlaybook("A playbook has at least one step.")
    if len(document) > MOST_STEPS:
        raise BadPlaybook(f"A playbook has at most {MOST_STEPS} steps.")
    return tuple(_step(one, number) for number, one in enumerate(document, start=1))


def _step(given: Any, number: int) -> PlayStep:
    known = set(PlayStep.__dataclass_fields__)
    if not isinstance(given, Mapping) or set(given) - known:
        raise BadPlaybook(f"Step {number}: it has {', '.join(sorted(known))}, and nothing else.")
    words = {name: given.get(name) or "" for name in ("title", "help", "link", "owner")}
    for name, most in (("title", 200), ("help", 2_000), ("link", 500), ("owner", 320)):
        if not isinstance(words[name], str) or len(words[name]) > most or "\x00" in words[name]:
            raise BadPlaybook(f"Step {number}: {name} is a text of at most {most} characters.")
    words = {name: text.strip() for name, text in words.items()}
    if not words["title"]:
        raise BadPlaybook(f"Step {number}: say what is to be done.")
    if words["link"] and not _is_link(words["link"]):
        raise BadPlaybook(f"Step {number}: the link begins with https:// or http://.")
    minutes = given.get("minutes")
    whole = isinstance(minutes, int) and not isinstance(minutes, bool)
    if minutes is not None and not (whole and 0 <= minutes <= LONGEST):
        raise BadPlaybook(f"Step {number}: due after 0 to {LONGEST // 60:,} working hours, in whole minutes.")
    return PlayStep(**words, minutes=minutes)


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.username and not parts.password
