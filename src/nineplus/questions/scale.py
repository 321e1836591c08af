"""A number on a scale with words at both ends: 1–5, 1–7, 0–10. Kept as a whole number.

The words at the ends are the question's texts `low` and `high` (`model.survey.ExtraTexts.options`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nineplus.plugs import Question
from nineplus.questions import Refused, complete, whole

_NUMBER = re.compile(r"[0-9]{1,2}\Z", re.ASCII)


def settle(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """`lowest` is 0 or 1, `highest` up to 10; 1–5 unless told."""
    settled = complete("scale", settings, {"lowest": 1, "highest": 5})
    lowest, highest = settled["lowest"], settled["highest"]
    if not whole(lowest) or lowest not in (0, 1):
        raise ValueError("A scale begins at 0 or 1.")
    if not whole(highest) or not lowest + 2 <= highest <= 10:
        raise ValueError(f"A scale from {lowest} ends at a number from {lowest + 2} to 10.")
    return settled


def read(settings: Mapping[str, Any], given: Any) -> int | None:
    """The number. Raises Refused: not_understood, out_of_range."""
    if given is None or given == "":
        return None
    number = int(given) if isinstance(given, str) and _NUMBER.match(given) else given
    if isinstance(number, float) and number.is_integer():  # JSON does not tell 4.0 from 4
        number = int(number)
    if not whole(number):
        raise Refused("not_understood", "A scale answer must be a whole number.")
    if not settings["lowest"] <= number <= settings["highest"]:
        raise Refused("out_of_range", f"Choose a number from {settings['lowest']} to {settings['highest']}.")
    return int(number)


def show(settings: Mapping[str, Any], value: Any, labels: Mapping[str, str]) -> str:
    """`4 of 5`, at an end with its words: `5 of 5 (very easy)`."""
    if value is None:
        return ""
    end = {settings["lowest"]: "low", settings["highest"]: "high"}.get(value, "")
    words = labels.get(end, "")
    return f"{value} of {settings['highest']}" + (f" ({words})" if words else "")


QUESTION = Question(
    name="scale",
    title="Scale",
    help="A number from 1 to 5, 1 to 7 or 0 to 10, with words at both ends.",
    settle=settle,
    read=read,
    show=show,
)
