"""What a client sent, read the same whether it came as query, as form or as JSON.

A form names parts in brackets: `properties[State]=CA`, `expand[]=person`; its values are text, so `true` and `1`
are read as what they stand for.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from nineplus.api.delighted.errors import Refused, invalid
from nineplus.rules.outcomes import storable

_MOST_FIELDS = 1_000
_MOST_PROPERTIES, _LONGEST_NAME, _LONGEST_VALUE = 100, 120, 1_000
_DEEPEST = 4
_LATEST = 253_402_300_000  # the year 9999, in seconds
_PART = re.compile(r"\[([^\[\]]*)\]")
_TRUE, _FALSE = frozenset(("true", "1", "yes")), frozenset(("false", "0", "no"))


def read(request: HttpRequest) -> Sent:
    """Everything that was sent; the body counts over the query. A GET's body is not looked at."""
    values = _nested(request.META.get("QUERY_STRING", ""))
    if request.method != "GET":
        values |= _body(request)
    return Sent(values)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = request.body
    except RequestDataTooBig:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is larger than 10 MB.") from None
    if not body.strip():
        return {}
    if request.content_type == "application/x-www-form-urlencoded" and not body.lstrip().startswith(b"{"):
        return _nested(body.decode("utf-8", "replace"))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid(base="The body is neither JSON nor a form.") from None
    if found is None or found == []:
        return {}
    if not isinstance(found, dict):
        raise invalid(base="The body must be a JSON object.")
    return found


def _nested(text: str) -> dict[str, Any]:
    """`a[b]=1&c[]=2` as {"a": {"b": "1"}, "c": ["2"]}."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError:
        raise invalid(base=f"There are more than {_MOST_FIELDS:,} fields.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        steps = _PART.findall(name) if bracket else []
        _put(found, [head, *steps][:_DEEPEST], value)
    return found


def _put(into: dict[str, Any], steps: list[str], value: str) -> None:
    *outer, last = steps
    several = last == "" and bool(outer)  # `expand[]`
    if several:
        *outer, last = outer
    for step in outer:
        inner = into.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        into = inner
    before = into.get(last)
    if isinstance(before, list):
        into[last] = [*before, value]
    elif isinstance(before, str):  # Node writes a list as one name again and again
        into[last] = [before, value]
    else:
        into[last] = [value] if several else value


class Sent:
    """The parameters of one request. What is wrong with them is gathered; `check` raises it all at once (422)."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.faults: dict[str, list[str]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def fault(self, name: str, sentence: str) -> None:
        self.faults.setdefault(name, []).append(sentence)

    def check(self) -> None:
        if self.faults:
            raise Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY, "Parts of the request could not be used.", faults=self.faults
            )

    def text(self, name: str, *, most: int = 300) -> str:
        """That parameter as text; empty when it was not sent or is null."""
        value = self._one(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.fault(name, "must be text")
            return ""
        text = storable(str(value)).strip()
        if len(text) > most:
            self.fault(name, f"is too long (at most {most:,} characters)")
            return ""
        return text

    def address(self, name: str) -> str:
        """An e-mail address or telephone number. PHP's client writes its `+` unescaped, which reads as a space."""
        value = self._one(name)
        if isinstance(value, str) and re.match(r" ?[0-9]", value):
            return self.text(name) if value[0] != " " else f"+{self.text(name)}"
        return self.text(name).replace(" ", "+")

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int | None:
        """That parameter as a whole number."""
        value = self._one(name)
        if value is None or value == "":
            return default
        number = _whole(value)
        if number is None:
            self.fault(name, "must be a whole number")
        elif not least <= number <= most:
            self.fault(name, f"must be between {least} and {most}")
        else:
            return number
        return default

    def moment(self, name: str) -> datetime | None:
        """That parameter, in Unix seconds, as a time."""
        number = self.whole(name, least=0, most=_LATEST)
        return None if number is None else datetime.fromtimestamp(number, UTC)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._one(name)
        if value is None or value == "":
            return default
        word = str(value).lower()
        if word not in _TRUE | _FALSE:
            self.fault(name, "must be true or false")
        return word in _TRUE

    def _one(self, name: str) -> Any:
        """What was sent under that name; of several the last."""
        value = self.values.get(name)
        return value[-1] if isinstance(value, list) and value else value

    def many(self, name: str) -> list[str]:
        """That parameter as a list of texts: as one text too, and as the last of a list that a client cut short."""
        value = self.values.get(name)
        values = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in values):
            self.fault(name, "must be a list of texts")
            return []
        return [storable(str(one)) for one in values]

    def properties(self, name: str) -> dict[str, str | None]:
        """Properties by name; None for one that is to be taken away."""
        value = self.values.get(name)
        if value in (None, "", []):
            return {}
        if not isinstance(value, Mapping):
            self.fault(name, "must be an object")
            return {}
        if len(value) > _MOST_PROPERTIES:
            self.fault(name, f"has more than {_MOST_PROPERTIES} entries")
            return {}
        found = {}
        for key, one in value.items():
            known = storable(str(key)).strip()
            if not known or len(known) > _LONGEST_NAME:
                self.fault(name, f"has a name that is empty or longer than {_LONGEST_NAME} characters")
            elif isinstance(one, (dict, list)):
                self.fault(name, f"{known}: must be text, a number, true or false")
            elif one is not None and len(said := storable(_plain(one))) > _LONGEST_VALUE:
                self.fault(name, f"{known}: is longer than {_LONGEST_VALUE:,} characters ({len(said):,})")
            else:
                found[known] = None if one is None else storable(_plain(one))
        return found


def number_of(text: str) -> int:
    """An id from an address or parameter; 0 for what is none, which nobody has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None
