"""Scores, counts, amounts and yes-or-no as people write them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files.words import NO, YES
from nineplus.model.currencies import exponent

_OF_TEN = r"(?:/|out of|von|sur|de|di|van|of)\s*10"
SCORE_LIKE = (
    rf"^\s*-?\d{{1,3}}(?:[.,]\d+)?\s*(?:$|{_OF_TEN}\s*$|[-–—=:(].*$)"
    r"|^\D+[-–—=:(]\s*\d{1,2}\s*\)?\s*$"
)
NUMBER_LIKE = r"^\s*[-+(]?\s*[€$£¥]?\s*[-+]?\d[\d.,'\s\x{a0}\x{202f}]*(?:[€$£¥%]|[A-Z]{3})?\s*\)?\s*$"
_SCORE = rf"^\s*(?P<n>-?\d{{1,9}})(?:[.,](?P<f>\d+))?\s*(?:{_OF_TEN})?\s*(?:[-–—=:(].*)?$"
_SCORE_LAST = r"^\D+[-–—=:(]\s*(?P<n>\d{1,2})\s*\)?\s*$"


def scores(values: pa.Array, *, bands: Mapping[str, int] | None = None) -> tuple[pa.Array, dict[str, np.ndarray]]:
    """A column as scores 0–10, and where it is refused, by code.

    Understands 9, "9 ", 9.0, 9,0, 9/10, "9 out of 10", "9 - very likely", "Very likely (9)" and, when `bands`
    gives them, texts with the score each stands for. 9.5 is no score, and neither is 11.
    """
    coded = pc.utf8_trim_whitespace(pc.fill_null(values, "")).dictionary_encode()
    texts = coded.dictionary
    known = {key.strip().casefold(): value for key, value in (bands or {}).items()}
    front = pc.extract_regex(texts, _SCORE)
    back = pc.extract_regex(texts, _SCORE_LAST)
    numbers: list[int | None] = []
    codes: list[str] = []
    for text, first, last in zip(texts.to_pylist(), front.to_pylist(), back.to_pylist(), strict=True):
        number, code = _score(text, known, first or last)
        numbers.append(number)
        codes.append(code)
    index = coded.indices
    score = pa.array(numbers, pa.int8()).take(index)
    code = np.array(codes, object)[np.asarray(index)] if codes else np.array([], object)
    return score, {name: code == name for name in set(codes) if name}


def _score(text: str, bands: Mapping[str, int], found: dict[str, str] | None) -> tuple[int | None, str]:
    if not text:
        return None, "score_missing"
    if text.casefold() in bands:
        return bands[text.casefold()], ""
    if not found or (number := int(found["n"])) is None:
        return None, "score_text"
    if found.get("f", "").strip("0"):
        return None, "score_fraction"
    return (number, "") if 0 <= number <= 10 else (None, "score_out_of_range")


def decimals(values: pa.Array, *, comma: bool) -> tuple[pa.Array, np.ndarray]:
    """A column as numbers, and where a value is there but is none. `comma`: the comma marks the decimals."""
    text = pc.utf8_trim_whitespace(values)
    given = np.asarray(pc.fill_null(pc.not_equal(text, ""), False))
    negative = pc.match_substring_regex(text, r"^\(.*\)$|^[^\d]*-|-$")
    bare = pc.replace_substring_regex(text, r"[^\d.,]", "")
    bare = pc.replace_substring(bare, "." if comma else ",", "")
    bare = pc.replace_substring(bare, ",", ".")
    fits = pc.and_(
        pc.match_substring_regex(text, NUMBER_LIKE), pc.match_substring_regex(bare, r"^\d+(\.\d*)?$|^\.\d+$")
    )
    fits = pc.fill_null(fits, False)
    number = pc.cast(pc.if_else(fits, bare, pa.scalar(None, pa.string())), pa.float64())
    number = pc.if_else(pc.fill_null(negative, False), pc.negate(number), number)
    return number, given & ~np.asarray(fits)


def decimal_comma(values: pa.Array) -> int:
    """Votes for a decimal comma: positive when the values show one, negative when they show a point, 0 when neither."""
    comma = pc.match_substring_regex(values, r"^[^,]*\d,\d{1,2}\D*$|\.\d{3},\d+|,\d{4,}\D*$")
    point = pc.match_substring_regex(values, r"^[^.]*\d\.\d{1,2}\D*$|,\d{3}\.\d+|\.\d{4,}\D*$")
    return int(pc.sum(comma).as_py() or 0) - int(pc.sum(point).as_py() or 0)


def minor_units(amounts: pa.Array, currencies: pa.Array) -> pa.Array:
    """Amounts in the currency's smallest unit, as whole numbers."""
    coded = currencies.dictionary_encode()
    factors = np.array([10.0 ** exponent(c or "") for c in coded.dictionary.to_pylist()] or [100.0])
    indices = np.asarray(pc.fill_null(coded.indices, 0))
    raw = np.asarray(pc.fill_null(amounts, 0.0))
    return pa.array(np.round(raw * factors[indices]).astype(np.int64), mask=np.asarray(amounts.is_null()))


def flags(values: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """A column as yes, no or not said, and where a value is neither."""
    coded = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(values, ""))).dictionary_encode()
    meaning = [True if text in YES else False if text in NO else None for text in coded.dictionary.to_pylist()]
    bad = [value is None and bool(text) for text, value in zip(coded.dictionary.to_pylist(), meaning, strict=True)]
    indices = np.asarray(coded.indices)
    return pa.array(meaning, pa.bool_()).take(coded.indices), np.array(bad, bool)[indices] if bad else np.zeros(0, bool)
