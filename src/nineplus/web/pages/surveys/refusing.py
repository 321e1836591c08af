"""What a survey form cannot take, said by the names that the form gives its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.stages.capture.drawing.surveys import Unusable
from nineplus.stages.errors import NotPossible

LABELS = {
    "delay_hours": "Hours after it",
    "days_before": "Days before it",
    "attribute": "The attribute",
    "event": "The event's name",
    "period_days": "Days of the period",
    "channels": "By what",
    "reminders_days": "Reminders, days after it",
    "open_days": "Links take answers for (days)",
    "contact_gap_days": "Days between two surveys to one contact",
    "survey_gap_days": "Days between two of this survey",
    "contact_cap": "Most to one contact in a year",
    "account_cap": "Most to one account",
    "account_cap_days": "… in days",
    "daily_cap": "Most a day",
    "after_answer_days": "Days of rest after an answer",
    "after_decline_days": "Days of rest after “not now”",
    "share": "Per cent of those due",
    "quiet_to": "Not before",
    "quiet_from": "Not after",
    "minimum_age_days": "Known for at least (days)",
    "answers": "Answers",
    "days": "in days",
    "product": "Product or company in the question",
    "reply_to": "Replies go to",
    "sender_name": "From (name)",
    "address": "Postal address",
    "lowest": "From",
    "highest": "to",
}
_PER_CENT = ("share",)


def field_name(name: str) -> str:
    """The field's name as the form has it."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def in_the_forms_words(refusal: Unusable) -> NotPossible:
    """The same refusal for whoever filled in the form: which field, and what it takes."""
    return NotPossible(" ".join(dict.fromkeys(_sentence(fault) for fault in refusal.faults[:3])))


def _sentence(fault: Mapping[str, Any]) -> str:
    named = [part for part in fault["loc"] if isinstance(part, str)]
    name = named[-1] if named else ""
    if fault["type"] == "value_error":  # a sentence of our own
        return str(fault["ctx"]["error"])
    return f"“{field_name(name)}” {_takes(fault, scale=100 if name in _PER_CENT else 1)}."


def _takes(fault: Mapping[str, Any], *, scale: int) -> str:
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return f"must be at least {limits['ge'] * scale:g}"
        case "greater_than":
            return f"must be more than {limits['gt'] * scale:g}"
        case "less_than_equal":
            return f"must be at most {limits['le'] * scale:g}"
        case "int_from_float" | "int_parsing" | "int_type":
            return "must be a whole number"
        case "string_too_long":
            return f"may have at most {limits['max_length']} characters"
        case "string_pattern_mismatch" if limits["pattern"].startswith("^([01][0-9]"):
            return "must be a time of day, such as 09:00"
        case "string_pattern_mismatch":
            return "has characters that cannot stand there"
    return f"cannot be used: {fault['msg']}"
