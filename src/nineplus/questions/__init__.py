"""One file per kind of question after the score. Pure; the pages draw them by the same name.

`kinds()` has them by name. What each reads and refuses is in `contract/questions/<kind>.json`, which the tests of
Python and of the page's script both go through: an answer that the page lets pass is never refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.plugs import Question, find


class Refused(ValueError):
    """An answer that cannot be kept. `reason` is a slug (`too_many`), the text a sentence in English."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def kinds() -> Mapping[str, Question]:
    """Every kind of question by name."""
    return find(__name__, Question)


def complete(kind: str, settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the defaults of what was left out. Raises ValueError when one is not known."""
    unknown = sorted(str(name) for name in settings if name not in defaults)
    if unknown:
        raise ValueError(f"A {kind} question has no setting {unknown[0]!r}. It has: {', '.join(defaults)}.")
    return {**defaults, **settings}


def whole(value: object) -> bool:
    """Is it a whole number? True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)
