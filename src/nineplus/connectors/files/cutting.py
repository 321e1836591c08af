"""Well-formed text cut into columns at once, by Arrow; what is not well-formed is left to a careful reader.

Well-formed means that nobody could read the text in two ways: quotation marks stand only around whole fields or
doubled within them, and every row has as many fields as the header. There the csv module and Arrow agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

LONGEST_FIELD = 1_000_000
"""Characters of a field. A longer one is a quotation mark that was never closed."""
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of a text: row i is lines `starts[i]` to `ends[i]`, counted from 1. Blank rows are left out.

    `used` is how many bytes of the text they take, `lines` how many lines; `faulty` says that what follows
    needs a careful reader, not only more text.
    """

    columns: tuple[pa.Array, ...]
    starts: np.ndarray
    ends: np.ndarray
    used: int
    lines: int
    faulty: bool


def nothing(*, faulty: bool) -> Cut:
    return Cut((), np.zeros(0, np.int64), np.zeros(0, np.int64), 0, 0, faulty)


def cut(text: bytes, delimiter: str, width: int, *, last: bool) -> Cut:
    """The well-formed rows that this UTF-8 text begins with. `last`: nothing follows it in the file."""
    if len(delimiter.encode()) > 1 or b"\r" in text.replace(b"\r\n", b""):
        return nothing(faulty=True)
    at = np.frombuffer(text, np.uint8)
    newlines = np.flatnonzero(at == _NEWLINE)
    if last and len(at) and at[-1] != _NEWLINE:
        newlines = np.append(newlines, len(at))  # the last line may lack its end
    quotes = np.flatnonzero(at == _QUOTE)
    fault = _misplaced(at, quotes, ord(delimiter))
    closing = np.flatnonzero(_outside(newlines, quotes) & (newlines < fault))
    if not len(closing):
        return nothing(faulty=fault <= len(at) or last)
    ends = newlines[closing]  # where rows end, in bytes
    begins = np.r_[0, ends[:-1] + 1]
    commas = np.flatnonzero(at == ord(delimiter))
    commas = commas[_outside(commas, quotes)]
    fields = np.diff(np.searchsorted(commas, np.r_[0, ends])) + 1
    blank = (ends == begins) | ((ends == begins + 1) & (at[begins.clip(max=len(at) - 1)] == _RETURN))
    wrong = np.flatnonzero((~blank & (fields != width)) | (ends - begins > LONGEST_FIELD))
    rows = int(wrong[0]) if len(wrong) else len(ends)
    if not rows:
        return nothing(faulty=True)
    used = min(int(ends[rows - 1]) + 1, len(at))
    kept = ~blank[:rows]
    firsts = np.r_[1, closing[:-1] + 2][:rows][kept]
    lasts = (closing + 1)[:rows][kept]
    columns = _columns(text[:used], delimiter, width, quoted=len(quotes) > 0) if kept.any() else ()
    if columns and len(columns[0]) != len(firsts):
        return nothing(faulty=True)
    faulty = bool(len(wrong)) or fault <= len(at) or (last and used < len(at))
    if columns and (said := _says_something(columns)) is not None:
        columns = tuple(column.filter(pa.array(said)) for column in columns)
        firsts, lasts = firsts[said], lasts[said]
    return Cut(columns, firsts, lasts, used, int(closing[rows - 1]) + 1, faulty)


def _misplaced(at: np.ndarray, quotes: np.ndarray, delimiter: int) -> int:
    """Where the first quotation mark stands that neither opens nor closes a field nor is doubled; else beyond the end.

    Every other mark opens: before it stands a delimiter, a line's end, or the mark that it is doubled with.
    """
    if not len(quotes):
        return len(at) + 1
    padded = np.r_[np.uint8(_NEWLINE), at, np.uint8(_NEWLINE)]
    opening, closing = quotes[::2], quotes[1::2]
    before, after = padded[opening], padded[closing + 2]
    good = np.ones(len(quotes), bool)
    good[::2] = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    good[1::2] = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    bad = np.flatnonzero(~good)
    return int(quotes[bad[0]]) if len(bad) else len(at) + 1


def _outside(places: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Which of these places are not between quotation marks."""
    if not len(quotes):
        return np.ones(len(places), bool)
    return np.searchsorted(quotes, places) % 2 == 0


def _columns(text: bytes, delimiter: str, width: int, *, quoted: bool) -> tuple[pa.Array, ...]:
    names = [str(position) for position in range(width)]
    table = pa_csv.read_csv(
        pa.BufferReader(text),
        pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        pa_csv.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=quoted),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), check_utf8=False, strings_can_be_null=False
        ),
    )
    return tuple(pa.concat_arrays(column.chunks) for column in table.columns)


def _says_something(columns: tuple[pa.Array, ...]) -> np.ndarray | None:
    """Which rows have a field that is not empty; None when all have."""
    empty = None
    for column in columns:
        none_here = pc.equal(column, "")
        empty = none_here if empty is None else pc.and_(empty, none_here)
        if not pc.any(empty).as_py():
            return None
    return ~np.asarray(empty)
