"""Whatever colour a company has, its buttons can be read and seen, in the light and in the dark."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from nineplus.render.colours import contrast
from nineplus.web.survey.colour import DARK, LIGHT, brand_css


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
@example("#ffffff")
@example("#000000")
@example("#ffee00")
@example("#1b1c1f")
def test_every_brand_can_be_read_on_both_grounds(colour):
    for css, card in zip(brand_css(colour).split("@media"), (LIGHT, DARK), strict=True):
        found = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", css))
        assert contrast(found["brand-ink"], found["brand"]) >= 4.5
        assert contrast(found["brand"], card) >= 1.5
        assert contrast(found["brand-text"], card) >= 4.5
        assert contrast(found["brand-edge"], card) >= 3


def test_a_colour_that_is_readable_already_is_left_alone():
    assert brand_css("#2f5bea").count("#2f5bea") == 5
