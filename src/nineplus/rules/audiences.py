"""Does somebody belong to a survey's audience? Conditions on attributes, compared as what they are.

Attributes are kept as text and many numbers and dates come without a type: an attribute of type text is compared as
number or date when both sides read as one, else as words without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from nineplus.model.survey import Condition

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))


def matches(conditions: Iterable[Condition], attributes: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    """Do all conditions hold? `types` are the attributes' types by slug (text, number, date, flag; absent: text)."""
    return all(holds(condition, attributes.get(condition.attribute), types) for condition in conditions)


def holds(condition: Condition, value: Any, types: Mapping[str, str]) -> bool:
    """Does one condition hold for a value? A missing value is none of any values, and neither high nor low."""
    there = value is not None and str(value).strip() != ""
    if condition.op == "is_set":
        return there
    if condition.op == "is_not_set":
        return not there
    if not there:
        return condition.op == "is_not"
    kind = types.get(condition.attribute, "text")
    found = any(_compares(condition.op, value, wanted, kind) for wanted in condition.values)
    return not found if condition.op == "is_not" else found


def faults(conditions: Iterable[Condition], types: Mapping[str, str]) -> list[str]:
    """What is wrong with conditions as they were drawn up, a sentence each."""
    found = []
    for condition in conditions:
        kind = types.get(condition.attribute, "")
        if not kind:
            found.append(f"There is no attribute {condition.attribute!r}.")
        elif condition.op not in ("is_set", "is_not_set") and not condition.values:
            found.append(f"Say a value that {condition.attribute!r} is to be compared with.")
        elif condition.op in ("at_least", "at_most") and kind in ("number", "date"):
            found += [
                f"{wanted!r} is not a {kind}, as {condition.attribute!r} is."
                for wanted in condition.values
                if (number(wanted) if kind == "number" else day(wanted)) is None
            ]
    return found


def number(value: Any) -> float | None:
    """The value as a number; None when it is none. NaN and infinity are none."""
    try:
        read = float(str(value).strip())
    except ValueError:
        return None
    return read if abs(read) < float("inf") else None


def day(value: Any) -> date | None:
    """The value as a day, written 2026-01-31 with or without a time after it; None when it is none."""
    text = str(value).strip()
    if len(text) < 10 or text[4] != "-":
        return None
    try:
        return datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None


def _compares(op: str, value: Any, wanted: str, kind: str) -> bool:
    left, right = _pair(value, wanted, kind)
    if left is None or right is None:
        return False
    if op == "at_least":
        return left >= right
    if op == "at_most":
        return left <= right
    return left == right


def _pair(value: Any, wanted: str, kind: str) -> tuple[Any, Any]:
    """Both sides in the form in which they can be compared; (None, None) when they cannot."""
    if kind == "flag":
        return _flag(value), _flag(wanted)
    for reads in (number, day):
        if kind in ("text", {number: "number", day: "date"}[reads]):
            left, right = reads(value), reads(wanted)
            if left is not None and right is not None:
                return left, right
    if kind in ("number", "date"):
        return None, None
    return str(value).strip().casefold(), wanted.strip().casefold()


def _flag(value: Any) -> bool | None:
    text = str(value).strip().casefold()
    return True if text in _TRUE else False if text in _FALSE else None
