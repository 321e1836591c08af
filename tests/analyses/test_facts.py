from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from nineplus.analyses._facts import MOST_VALUES, OTHER, UNKNOWN, control_factors
from nineplus.mart.dataset import Attribute
from nineplus.mart.memory import from_table


@pytest.mark.parametrize("empty", [None, ""])
def test_other_values_and_missing_ones_are_told_apart(empty):
    common = [f"v{i:02}" for i in range(MOST_VALUES)]
    values = [value for value in common for _ in range(3)] + ["rare", "rarer", empty, empty, None]
    engine = ibis.duckdb.connect()
    rows = engine.create_table("rows", pa.table({"region": values, "score": [9] * len(values)}))
    data = from_table(rows, attributes=[Attribute.of("region")])
    factor = control_factors(data, [Attribute.of("region")], sampled=False)[0]
    assert factor.levels == (OTHER, *common, UNKNOWN)
    codes = data.responses.select(data.responses.a_region, code=factor.code).to_pyarrow().to_pylist()
    named = {(row["a_region"], factor.levels[row["code"]]) for row in codes}
    assert named == {(value, value) for value in common} | {
        ("rare", OTHER),
        ("rarer", OTHER),
        (empty, UNKNOWN),
        (None, UNKNOWN),
    }
