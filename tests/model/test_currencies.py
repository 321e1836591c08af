"""An amount is the same whether it was read from a file, from a CRM or typed, and as it is shown."""

from __future__ import annotations

import pyarrow as pa
import pytest

from nineplus.connectors.files.numbers import minor_units
from nineplus.connectors.hubspot.values import minor
from nineplus.model.currencies import KNOWN, exponent
from nineplus.render.numbers import NBSP, money


@pytest.mark.parametrize("currency", sorted(KNOWN))
def test_every_way_in_and_out_agrees(currency: str):
    read = minor_units(pa.array([5_000.0]), pa.array([currency])).to_pylist()
    assert read == [5_000 * 10 ** exponent(currency)] == [minor("5000", currency)]
    assert money(read[0], currency) == f"{currency}{NBSP}5,000"


def test_what_is_no_currency_any_more_has_two_decimals():
    assert "HRK" not in KNOWN
    assert exponent("HRK") == 2
    assert len(KNOWN) > 150
    assert all(len(one) == 3 and one.isupper() for one in KNOWN)
