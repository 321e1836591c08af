"""How and when a contact can be asked: telephone number, language, time zone, country, consent."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

import pyarrow as pa

from nineplus.connectors.files.reader import Reader, clean
from nineplus.rules.addresses import telephone_number

_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)


def reaching(rows: Reader) -> dict[str, pa.Array]:
    """The five columns; what is no number, zone … is left blank and noted."""
    return {
        "phone": _each(rows, "phone", _number),
        "language": _each(rows, "language", language),
        "time_zone": _each(rows, "time_zone", zone),
        "country": _each(rows, "country", country),
        "consent": rows.flag("consent"),
    }


def language(text: str) -> str | None:
    """`pt-BR` for `pt_BR`; None when it is no language's code."""
    if not _LANGUAGE.fullmatch(text) or len(text) > 12:
        return None
    first, *rest = re.split("[-_]", text)
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part.title() for part in rest)])


def zone(text: str) -> str | None:
    """`Europe/Berlin`, however it is written in capitals; None when there is no such time zone."""
    return _zones().get(text.lower().replace(" ", "_"))


def country(text: str) -> str | None:
    """ISO 3166 in two capitals; None otherwise: names of countries are not guessed at."""
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else None


def _number(text: str) -> str | None:
    try:
        return telephone_number(text)
    except ValueError:
        return None


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _each(rows: Reader, name: str, read: Callable[[str], str | None]) -> pa.Array:
    found = rows.column(name)
    if not found:
        return rows.blank
    coded = clean(rows.at[found[0]]).dictionary_encode()
    made = pa.array([read(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    rows.notes[f"{name}_unread"] += made.null_count - coded.null_count
    return made
