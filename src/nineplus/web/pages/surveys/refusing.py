"""What a survey form cannot take, said by the names that the form gives its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.model.faults import sentence
from nineplus.stages.capture.drawing.surveys import Unusable
from nineplus.stages.errors import NotPossible
from nineplus.web.pages.surveys.fields import FIELDS

LABELS = {
    **{name: field.label for name, field in FIELDS.items()},
    "channels": "By what",
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


class WrongFields(NotPossible):
    """What a form cannot take: a sentence for each field, by the field's name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = faults
        super().__init__(" ".join(dict.fromkeys(list(faults.values())[:3])))


def field_name(name: str) -> str:
    """The field's name as the form has it."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def in_the_forms_words(refusal: Unusable) -> WrongFields:
    """The same refusal for whoever filled in the form: which field, and what it takes."""
    found: dict[str, str] = {}
    for fault in refusal.faults:
        found.setdefault(_place(fault), _sentence(fault))
    return WrongFields(found)


def _place(fault: Mapping[str, Any]) -> str:
    """The form's name of the field in which it is wrong; of a rule over several, the field that breaks it."""
    match fault["loc"]:
        case ("goals", int(number), *_):
            return f"goal_{number + 1}"
        case ("audience", int(number), *_):
            return f"if_values_{number + 1}"
        case ("policy",):
            return "weekdays"
    named = [part for part in fault["loc"] if isinstance(part, str)]
    return named[-1] if named else ""


def _sentence(fault: Mapping[str, Any]) -> str:
    named = [part for part in fault["loc"] if isinstance(part, str)]
    name = named[-1] if named else ""
    return sentence(fault, field=f"“{field_name(name)}”", scale=100 if name in _PER_CENT else 1)
