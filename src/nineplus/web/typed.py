"""Numbers as people type them: 1,000 and 1.000 and 1'000 are a thousand, 1.5 and 1,5 one and a half."""

from __future__ import annotations

import re
from decimal import Decimal

from nineplus.model.currencies import exponent
from nineplus.stages.errors import NotPossible

_APART = str.maketrans("", "", " \u00a0\u2009\u202f'’_")
"""What only ever stands between thousands."""
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,6})?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*")


def number(text: str) -> Decimal:
    """The number that was meant. Raises NotPossible for what is none, and for 1,234, which is either of two."""
    told = text.strip()
    plain = told.translate(_APART).replace("\u2212", "-")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:  # both: the last one begins the decimals
        mark, between = (",", ".") if comma > point else (".", ",")
        whole, _, part = plain.rpartition(mark)
        if mark in whole or not _THOUSANDS.fullmatch(whole):
            raise _none(told)
        plain = f"{whole.replace(between, '')}.{part}"
    elif found := _THOUSANDS.fullmatch(plain):
        if plain.count(found[1]) == 1 and not plain.endswith("0"):  # nobody ends decimals with a nought
            whole, part = plain.split(found[1])
            raise NotPossible(f"“{told}” can be read in two ways. Write {whole}{part}, or {whole}.{part}0.")
        plain = plain.replace(found[1], "")
    else:
        plain = plain.replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        raise _none(told)
    return Decimal(plain)


def several(text: str) -> list[str]:
    """The numbers of a list, each as it was typed: apart by semicolons, by commas and spaces, or by commas."""
    between = ";" if ";" in text else ", " if ", " in text else ","
    if between == "," and _THOUSANDS.fullmatch(text.strip()):
        return [text.strip()]
    return [part.strip() for part in text.split(between) if part.strip()]


def shown(value: float) -> str:
    """A number such that `number` reads it as the same again."""
    told = f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f"{told}0" if "." in told and _THOUSANDS.fullmatch(told) else told


def minor(text: str, currency: str) -> int:
    """An amount of money in the currency's smallest unit. Raises NotPossible, also for more decimals than it has."""
    places = exponent(currency)
    found = number(text).scaleb(places)
    if found != found.to_integral_value():
        most = f"more than {places} decimals" if places else f"decimals, which {currency} has not"
        raise NotPossible(f"“{text.strip()[:40]}” has {most}.")
    return int(found)


def minor_shown(amount: int | None, currency: str) -> str:
    """An amount such that `minor` reads it as the same again; empty for none."""
    places = exponent(currency)
    if amount is None:
        return ""
    told = f"{Decimal(amount).scaleb(-places):.{places}f}"
    return f"{told}0" if places and _THOUSANDS.fullmatch(told) else told  # three decimals look like thousands


def _none(text: str) -> NotPossible:
    return NotPossible(f"“{text[:40]}” is not a number.")
