"""Dates as people write them: which order a whole column is in, and the column as instants.

One value such as 03/04/2024 says nothing of its order; the column usually does, because some value has a
day beyond 12. What the column leaves open is asked, never guessed silently.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ORDERS = {
    "ymd": "year, month, day",
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ydm": "year, day, month",
    "named": "month by name",
    "unix_s": "seconds since 1970",
    "unix_ms": "milliseconds since 1970",
    "excel": "Excel's day number",
}

_CLOCK = (
    r"(?:[T ,]+(?P<h>\d{1,2})(?:[:.h](?P<mi>\d{2}))?(?:[:.](?P<s>\d{2}))?(?:[.,](?P<f>\d{1,9}))?"
    r"\s*(?P<ap>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<z>Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\s*\(.*\))?\s*$"
)
_NUMERIC = r"^\s*(?P<a>\d{1,4})[./\- ](?P<b>\d{1,2})[./\- ](?P<c>\d{1,4})\.?" + _CLOCK
_COMPACT = r"^\s*(?P<a>\d{4})(?P<b>\d{2})(?P<c>\d{2})" + _CLOCK
_DAY_FIRST = (
    r"^\s*(?:[^\d\s.,/\-]{2,12}\.?,?\s+)?(?P<a>\d{1,2})(?:\.|st|nd|rd|th|º|er)?[\s\-/]+(?:de\s+)?(?P<b>[^\d\s.,/\-]{3,12})\.?[\s\-/,]+(?:de\s+)?(?P<c>\d{2,4})"
    + _CLOCK
)
_NAME_FIRST = (
    r"^\s*(?:[^\d\s.,/\-]{2,12}\.?,\s+)?(?P<b>[^\d\s.,/\-]{3,12})\.?\s+(?P<a>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<c>\d{4})"
    + _CLOCK
)
_EAST_ASIAN = r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?"
_NUMBER = r"^\s*\d+(?:\.\d+)?\s*$"

_MONTHS = (
    ("jan", "gen", "ene", "sty", "led", "oca"),
    ("feb", "fév", "fev", "lut", "úno", "şub", "sub", "helmi"),
    ("mar", "mär", "mrz", "maa", "mrt", "břez"),
    ("apr", "avr", "abr", "kwi", "dub", "nis"),
    ("may", "mai", "maj", "mag", "mei", "máj"),
    ("jun", "juin", "giu", "cze", "haz"),
    ("jul", "juil", "lug", "lip", "tem"),
    ("aug", "aoû", "aou", "ago", "sie", "srp", "ağu"),
    ("sep", "set", "wrz", "zář", "eyl"),
    ("oct", "okt", "ott", "out", "paź", "eki"),
    ("nov", "lis", "kas"),
    ("dec", "déc", "dez", "dic", "gru", "pro", "ara"),
)
_LONGEST_FIRST = sorted(((name, n) for n, names in enumerate(_MONTHS, 1) for name in names), key=lambda m: -len(m[0]))
_CENTURY_TURNS = 70
"""Two-digit years from 70 on are 19.., those below are 20.."""


@dataclass(slots=True)
class Evidence:
    """What a column's values say about the way its dates are written. Add batches, then `order()`."""

    values: int = 0
    dates: int = 0
    year_first: int = 0
    named: int = 0
    only_dmy: int = 0
    only_mdy: int = 0
    only_ydm: int = 0
    only_ymd: int = 0
    dotted: int = 0
    seconds: int = 0
    millis: int = 0
    serials: int = 0
    timed: int = 0
    zoned: int = 0
    short_years: int = 0
    example: str = ""

    def add(self, values: pa.Array) -> None:
        self.values += len(values)
        numeric = pc.match_substring_regex(values, _NUMBER)
        if pc.any(numeric).as_py():
            numbers = np.array([float(v) for v in values.filter(numeric).to_pylist()])
            self.seconds += int(((numbers >= 6e8) & (numbers < 3e9)).sum())
            self.millis += int(((numbers >= 6e11) & (numbers < 3e12)).sum())
            self.serials += int(((numbers >= 18_000) & (numbers < 80_000)).sum())
        parts = _Parts.of(values)
        seen = parts.numeric
        self.dates += int((parts.numeric | parts.named).sum())
        self.named += int(parts.named.sum())
        self.timed += int((parts.hour >= 0).sum())
        self.zoned += int((parts.zone != _NO_ZONE).sum())
        first_year = seen & (parts.a_width == 4)
        self.year_first += int(first_year.sum())
        a, b, c = parts.a, parts.b, parts.c
        self.only_ydm += int((first_year & (b > 12) & (b <= 31) & (c <= 12)).sum())
        last = seen & ~first_year
        self.short_years += int((last & (parts.c_width <= 2)).sum())
        self.only_dmy += int((last & (a > 12) & (a <= 31) & (b <= 12)).sum())
        self.only_mdy += int((last & (b > 12) & (b <= 31) & (a <= 12)).sum())
        self.only_ymd += int((last & (parts.c_width <= 2) & (a > 31) & (b <= 12) & (c <= 31)).sum())
        self.dotted += int(pc.sum(pc.match_substring_regex(values, r"^\s*\d{1,2}\.\d{1,2}\.")).as_py() or 0)
        if not self.example and last.any():
            self.example = values[int(np.argmax(last))].as_py().strip()

    @property
    def share(self) -> float:
        """The part of the values that are written as dates (numbers are not counted)."""
        return self.dates / self.values if self.values else 0.0

    def order(self) -> tuple[str, bool]:
        """The order of the column, and whether its values settle it."""
        if self.dates < self.values / 2:
            for count, name in ((self.millis, "unix_ms"), (self.seconds, "unix_s"), (self.serials, "excel")):
                if count > self.values / 2:
                    return name, True
        last = self.dates - self.year_first - self.named
        if self.year_first >= last and self.year_first >= self.named:
            return ("ydm" if self.only_ydm else "ymd"), True
        if self.named > last:
            return "named", True
        if self.only_ymd > max(self.only_dmy, self.only_mdy):
            return "ymd", True
        if self.only_dmy and self.only_dmy >= 20 * self.only_mdy:
            return "dmy", True
        if self.only_mdy and self.only_mdy >= 20 * self.only_dmy:
            return "mdy", True
        if self.dotted > last / 2:
            return "dmy", True
        return ("mdy" if self.only_mdy > self.only_dmy else "dmy"), False


def instants(values: pa.Array, *, order: str, zone: str = "UTC") -> tuple[pa.Array, np.ndarray]:
    """A text column as UTC instants, and where a value is there but is no date of that order (31/02 …).

    Values without a zone of their own are read in `zone` (IANA): an hour that the clocks repeat is its first,
    one that they skip is moved forward. Blank values are null and not bad.
    """
    text = pc.utf8_trim_whitespace(values)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    if order in ("ymd", "") and (quick := _quick(text, zone)) is not None:
        return quick, np.zeros(len(values), bool)
    if order in ("unix_s", "unix_ms", "excel"):
        return _counted(text, order, zone)
    parts = _Parts.of(text)
    year, month, day = _pick(parts, order)
    month = np.where(parts.named, parts.b, month)
    day = np.where(parts.named, parts.a, day)
    year = np.where(parts.named, parts.c, year)
    short = np.where(parts.named | (order in ("dmy", "mdy")), parts.c_width <= 2, parts.a_width <= 2)
    short &= ~((parts.a_width == 4) & ~parts.named)
    year = np.where(short, np.where(year < _CENTURY_TURNS, 2000 + year, 1900 + year), year)
    known = parts.numeric | parts.named
    hour, good_clock = _hour(parts)
    good = known & good_clock & (month >= 1) & (month <= 12) & (year >= 1900) & (year <= 2200)
    good &= (day >= 1) & (day <= _month_days(year, np.clip(month, 1, 12)))
    days = _days(np.where(good, year, 1970), np.where(good, month, 1), np.where(good, day, 1))
    micros = ((days * 24 + hour) * 60 + parts.minute) * 60 + parts.second
    micros = micros * 1_000_000 + parts.micro
    given = ~np.asarray(text.is_null())
    naive = pa.array(np.where(good, micros, 0), pa.int64(), mask=~good).cast(pa.timestamp("us"))
    zoned = good & (parts.zone != _NO_ZONE)
    local = _in_zone(naive, zone)
    if zoned.any():
        shifted = pa.array(np.where(zoned, micros - parts.zone * 60_000_000, 0), pa.int64(), mask=~zoned)
        local = pc.if_else(pa.array(zoned), shifted.cast(pa.timestamp("us", "UTC")), local)
    return local, given & ~good


def _quick(text: pa.Array, zone: str) -> pa.Array | None:
    """ISO columns without a fault, which most exports are, go through Arrow's own parser."""
    try:
        return _in_zone(pc.cast(text, pa.timestamp("us")), zone)
    except pa.ArrowInvalid:
        pass
    try:
        return pc.cast(text, pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return None


def _in_zone(naive: pa.Array, zone: str) -> pa.Array:
    local = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="latest")
    return local.cast(pa.timestamp("us", "UTC"))


def _counted(text: pa.Array, order: str, zone: str) -> tuple[pa.Array, np.ndarray]:
    given = ~np.asarray(text.is_null())
    fits = np.asarray(pc.fill_null(pc.match_substring_regex(text, _NUMBER), False))
    numbers = pc.cast(pc.if_else(pa.array(fits), text, pa.scalar(None, pa.string())), pa.float64())
    value = np.asarray(pc.fill_null(numbers, 0.0))
    low, high = {"unix_s": (0, 1e10), "unix_ms": (0, 1e13), "excel": (1, 200_000)}[order]
    good = fits & (value >= low) & (value < high)
    if order == "excel":
        micros = np.round((value - 25_569) * 86_400) * 1_000_000
    else:
        micros = value * (1_000_000 if order == "unix_s" else 1_000)
    stamps = pa.array(np.where(good, micros, 0).astype(np.int64), pa.int64(), mask=~good).cast(pa.timestamp("us"))
    return (_in_zone(stamps, zone) if order == "excel" else _in_zone(stamps, "UTC")), given & ~good


_NO_ZONE = 1 << 20


@dataclass(slots=True)
class _Parts:
    """The numbers in each value: a, b, c as they stand (a day, b month, c year when the month is named)."""

    numeric: np.ndarray
    named: np.ndarray
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    a_width: np.ndarray
    c_width: np.ndarray
    hour: np.ndarray  # -1: no time of day
    minute: np.ndarray
    second: np.ndarray
    micro: np.ndarray
    half: np.ndarray  # 0 none, 1 a.m., 2 p.m.
    zone: np.ndarray  # minutes east of UTC

    @classmethod
    def of(cls, values: pa.Array) -> _Parts:
        if pc.any(pc.match_substring_regex(values, "[年년]")).as_py():
            values = pc.replace_substring_regex(values, _EAST_ASIAN, r"\1-\2-\3")
        size = len(values)
        parts = cls(*(np.zeros(size, bool) for _ in range(2)), *(np.zeros(size, np.int64) for _ in range(11)))
        parts.hour -= 1
        parts.zone += _NO_ZONE
        left = np.asarray(pc.fill_null(pc.match_substring_regex(values, r"^\D{0,15}\d.{3,58}$"), False))
        for pattern, named in ((_NUMERIC, False), (_DAY_FIRST, True), (_NAME_FIRST, True), (_COMPACT, False)):
            if left.any():
                found = pc.extract_regex(pc.if_else(pa.array(left), values, pa.scalar(None, pa.string())), pattern)
                matched = np.asarray(found.is_valid())
                if matched.any():
                    parts._take(found, matched, named)
                left &= ~matched
        return parts

    def _take(self, found: pa.Array, matched: np.ndarray, named: bool) -> None:
        rows = np.flatnonzero(matched)
        text = dict(zip((f.name for f in found.type), found.filter(pa.array(matched)).flatten(), strict=True))
        self.a[rows], self.a_width[rows] = _int(text["a"]), _width(text["a"])
        self.c[rows], self.c_width[rows] = _int(text["c"]), _width(text["c"])
        if named:
            months = _by_value(text["b"], _month)
            rows_ok = months > 0
            self.named[rows[rows_ok]] = True
            self.b[rows] = months
        else:
            self.numeric[rows] = True
            self.b[rows] = _int(text["b"])
        self.hour[rows] = _int(text["h"], -1)
        self.minute[rows] = _int(text["mi"])
        self.second[rows] = _int(text["s"])
        self.micro[rows] = _int(pc.utf8_slice_codeunits(pc.utf8_rpad(text["f"], 6, "0"), 0, 6))
        self.half[rows] = _by_value(text["ap"], lambda v: 0 if not v else 1 if v[0] in "aA" else 2)
        self.zone[rows] = _by_value(text["z"], _offset)


def _int(text: pa.Array, blank: int = 0) -> np.ndarray:
    filled = pc.if_else(pc.equal(text, ""), str(blank), text)
    return np.asarray(pc.cast(filled, pa.int64()))


def _width(text: pa.Array) -> np.ndarray:
    return np.asarray(pc.utf8_length(text)).astype(np.int64)


def _by_value(text: pa.Array, meaning) -> np.ndarray:
    coded = text.dictionary_encode()
    values = np.array([meaning(value) for value in coded.dictionary.to_pylist()], np.int64)
    return values[np.asarray(coded.indices)]


def _month(name: str) -> int:
    lowered = name.casefold()
    return next((number for start, number in _LONGEST_FIRST if lowered.startswith(start)), 0)


def _offset(zone: str) -> int:
    if not zone:
        return _NO_ZONE
    digits = zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "").replace("Z", "")
    if not digits:
        return 0
    sign = -1 if digits[0] == "-" else 1
    return sign * (int(digits[1:3]) * 60 + int(digits[3:5] or 0))


def _hour(parts: _Parts) -> tuple[np.ndarray, np.ndarray]:
    hour = np.maximum(parts.hour, 0)
    good = (hour <= 23) & (parts.minute <= 59) & (parts.second <= 60)
    halved = parts.half > 0
    good &= ~halved | ((hour >= 1) & (hour <= 12))
    hour = np.where(halved, hour % 12 + 12 * (parts.half == 2), hour)
    return hour, good


def _pick(parts: _Parts, order: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    by_letter = dict(
        zip(order if order in ("ymd", "dmy", "mdy", "ydm") else "dmy", (parts.a, parts.b, parts.c), strict=True)
    )
    year, month, day = by_letter["y"], by_letter["m"], by_letter["d"]
    iso = (parts.a_width == 4) & (order in ("dmy", "mdy"))  # a year in front is one in any column
    return np.where(iso, parts.a, year), np.where(iso, parts.b, month), np.where(iso, parts.c, day)


def _month_days(year: np.ndarray, month: np.ndarray) -> np.ndarray:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[month - 1] + (leap & (month == 2))


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days since 1970-01-01."""
    months = (year - 1970) * 12 + month - 1
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
