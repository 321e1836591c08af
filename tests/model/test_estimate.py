"""Numbers and flags as a prompt shows them."""

from __future__ import annotations

import pytest

from nineplus.model import Column, Estimate, Kind, Result, Table


@pytest.mark.parametrize(
    ("ends", "written"),
    [
        ((-0.01, -0.04, 0.04), "0.0 (0.0 to 0.0), n=6"),
        ((-0.01, None, None), "0.0, n=6"),
        ((-1.26, -2.0, -0.52), "-1.3 (-2.0 to -0.5), n=6"),
        ((None, None, None), "not available, n=6"),
    ],
)
def test_what_rounds_to_nothing_has_no_sign(ends, written):
    assert str(Estimate(*ends, n=6, n_eff=6)) == written


def test_a_table_at_a_prompt_says_yes_and_no_and_no_negative_zero():
    kinds = {"clear": Kind.FLAG, "share": Kind.SHARE, "size": Kind.NUMBER}
    rows = ({"clear": True, "share": -0.0001, "size": -0.01}, {"clear": False, "share": 0.5, "size": -2.0})
    table = Table("t", "T", tuple(Column(name, name, kind) for name, kind in kinds.items()), rows)
    assert [line.split() for line in str(Result("r", "R", "says", tables=(table,))).splitlines()[-2:]] == [
        ["yes", "0.0", "%", "0.0"],
        ["no", "50.0", "%", "-2.0"],
    ]
