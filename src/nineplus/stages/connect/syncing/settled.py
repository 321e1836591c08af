"""One record as a connector gives it, brought into the form in which the store keeps it, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from nineplus.connectors import GiveUp, Kind, Record, Unusable
from nineplus.rules.addresses import email_address, telephone_number
from nineplus.store.models.connect import TicketEventKind

_EVENTS = frozenset(TicketEventKind.values)

Values = dict[str, Any]


def settled(record: Record) -> tuple[Values | None, list[Unusable]]:
    """The values to keep and what is wrong with the record. None: it cannot be kept at all.

    Raises GiveUp for a field that the store does not know: that is a mistake of the connector.
    """
    forms = _FORMS[record.kind]
    if strange := sorted(set(record.fields) - set(forms)):
        raise GiveUp(f"The connector gives {record.kind} a field that does not exist: {strange[0]}.")
    wrong: list[Unusable] = []
    values: Values = {}
    for name, value in record.fields.items():
        try:
            values[name] = forms[name](value)
        except (ValueError, TypeError, OverflowError):
            wrong.append(Unusable(record.kind, record.key, f"{name}_unreadable", f"Its {name} makes no sense."))
            if name in _NEEDED.get(record.kind, ()):
                return None, wrong
    for name in _NEEDED.get(record.kind, ()):
        if values.get(name) is None:
            wrong.append(Unusable(record.kind, record.key, f"{name}_missing", f"It has no {name}."))
            return None, wrong
    if record.kind == "tickets":
        wrong += _ordered(record, values)
    return values, wrong


def _ordered(record: Record, values: Values) -> list[Unusable]:
    """Times that contradict each other are left out, and told."""
    wrong = []
    opened = values["opened_at"]
    for name in ("first_response_at", "resolved_at"):
        if values.get(name) is not None and values[name] < opened:
            values[name] = None
            wrong.append(Unusable("tickets", record.key, f"{name}_too_early", f"Its {name} lies before it was opened."))
    return wrong


def _text(longest: int) -> Callable[[Any], str]:
    def form(value: Any) -> str:
        return "" if value is None else str(value).replace("\x00", "").strip()[:longest]

    return form


def _key(value: Any) -> str | None:
    return str(value)[:200] if value not in (None, "") else None


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError
    return value.astimezone(UTC)


def _flag(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise ValueError


def _count(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or int(value) != value or not 0 <= value < 1 << 31:
        raise ValueError
    return int(value)


def _minor(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or int(value) != value or abs(value) >= 1 << 63:
        raise ValueError
    return int(value)


def _score(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value or not 0 <= value <= 10:
        raise ValueError
    return int(value)


def _email(value: Any) -> str:
    return email_address(str(value)) if value else ""


def _phone(value: Any) -> str:
    return telephone_number(str(value)) if value else ""


def _currency(value: Any) -> str:
    code = str(value or "").strip().upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise ValueError
    return code


def _country(value: Any) -> str:
    code = str(value or "").strip().upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise ValueError
    return code


def _event(value: Any) -> str:
    if value not in _EVENTS:
        raise ValueError
    return str(value)


def _domain(value: Any) -> str:
    return str(value or "").strip().lower().removeprefix("www.").rstrip(".")[:255]


_FORMS: Mapping[Kind, Mapping[str, Callable[[Any], Any]]] = {
    "owners": {"name": _text(300), "email": _email, "active": _flag},
    "accounts": {
        "name": _text(300),
        "domain": _domain,
        "created_at": _instant,
        "owner": _key,
        "renews_at": _instant,
    },
    "contacts": {
        "email": _email,
        "name": _text(300),
        "phone": _phone,
        "language": _text(12),
        "time_zone": _text(60),
        "country": _country,
        "created_at": _instant,
        "account": _key,
        "consent": _flag,
    },
    "tickets": {
        "opened_at": _instant,
        "first_response_at": _instant,
        "resolved_at": _instant,
        "priority": _text(60),
        "category": _text(200),
        "team": _text(200),
        "owner": _text(200),
        "channel": _text(60),
        "sla_breached": _flag,
        "reopens": _count,
        "escalated": _flag,
        "account": _key,
        "contact": _key,
    },
    "ticket_events": {
        "ticket": _key,
        "at": _instant,
        "kind": _event,
        "from_value": _text(200),
        "to_value": _text(200),
        "by_customer": _flag,
    },
    "deals": {
        "account": _key,
        "contact": _key,
        "name": _text(300),
        "pipeline": _text(200),
        "stage": _text(200),
        "type": _text(120),
        "amount_minor": _minor,
        "mrr_minor": _minor,
        "currency": _currency,
        "is_closed": _flag,
        "is_won": _flag,
        "created_at": _instant,
        "closed_at": _instant,
        "renews_at": _instant,
    },
    "responses": {
        "score": _score,
        "comment": _text(20_000),
        "answered_at": _instant,
        "channel": _text(20),
        "language": _text(12),
        "survey": _text(200),
        "survey_name": _text(200),
        "contact": _key,
        "account": _key,
        "ticket": _key,
        "email": _email,
    },
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(forms) for kind, forms in _FORMS.items() if kind not in ("owners", "ticket_events")
}
"""What a property over there can become, by kind."""
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "tickets": ("opened_at",),
    "ticket_events": ("ticket", "at", "kind"),
    "responses": ("score", "answered_at"),
}
