"""What a checked value found wrong with what was given, in plain words: for a form, a request, a command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TIME = "2026-01-31T12:00:00Z"
_KINDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text in UTF-8",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_attributes_type": "must be an object",
    "none_required": "must be null",
    "json_invalid": "is no JSON",
    "timezone_aware": f"must say its time zone, such as {_TIME}",
    "uuid_parsing": "must be a UUID",
}


def takes(fault: Mapping[str, Any], *, scale: float = 1) -> str:
    """What the value would have to be: "must be at least 1". `fault` is one of pydantic's `errors()`.

    `scale` multiplies limits, where people give another unit (per cent) than is kept. What nobody put into words yet
    comes out in pydantic's own.
    """
    kind, limits = fault["type"], fault.get("ctx") or {}
    if kind in _KINDS:
        return _KINDS[kind]
    match kind:
        case "greater_than_equal":
            return f"must be at least {limits['ge'] * scale:g}"
        case "greater_than":
            return f"must be more than {limits['gt'] * scale:g}"
        case "less_than_equal":
            return f"must be at most {limits['le'] * scale:.15g}"
        case "less_than":
            return f"must be less than {limits['lt'] * scale:g}"
        case "string_too_long":
            return f"may have at most {limits['max_length']} characters"
        case "string_too_short" if limits["min_length"] == 1:
            return "may not be empty"
        case "string_too_short":
            return f"must have at least {limits['min_length']} characters"
        case "too_long":
            return f"may have at most {limits['max_length']} entries"
        case "too_short":
            return f"must have at least {limits['min_length']} entr{'y' if limits['min_length'] == 1 else 'ies'}"
        case "literal_error" | "enum":
            return f"must be one of {limits['expected'].replace(' or ', ', ')}"
        case "string_pattern_mismatch" if limits["pattern"].startswith("^([01][0-9]"):
            return "must be a time of day, such as 09:00"
        case "string_pattern_mismatch":
            return "has characters that cannot stand there"
    if kind.startswith("datetime"):
        return f"must be a time, such as {_TIME}"
    if kind.startswith("date"):
        return "must be a day, such as 2026-01-31"
    return f"cannot be used: {fault['msg']}"


def sentence(fault: Mapping[str, Any], *, field: str, scale: float = 1) -> str:
    """The same about a field by its name. A rule that the value's own model put into words is said as it is."""
    if fault["type"] == "value_error":
        return str((fault.get("ctx") or {}).get("error") or fault["msg"])
    return f"{field or 'It'} {takes(fault, scale=scale)}."
