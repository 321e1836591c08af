"""Which arm an account gets."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.experiments import arm_of

shares = st.lists(st.floats(0.05, 1), min_size=1, max_size=4).map(
    lambda found: [(f"arm {number}", share) for number, share in enumerate(found)]
)


@given(st.text(max_size=40), st.text(max_size=40), shares)
def test_the_same_account_gets_the_same_arm(seed, account, arms):
    assert arm_of(seed=seed, account=account, arms=arms) == arm_of(seed=seed, account=account, arms=arms)


@given(st.text(max_size=40), shares, st.floats(0.5, 10))
def test_shares_are_relative(seed, arms, times):
    doubled = [(name, 2 * share) for name, share in arms]
    assert arm_of(seed=seed, account="A1", arms=arms) == arm_of(seed=seed, account="A1", arms=doubled)


def test_accounts_come_in_proportion_and_another_seed_mixes_them_anew():
    arms = [("now", 3.0), ("new", 1.0)]
    first = [arm_of(seed="a", account=str(number), arms=arms) for number in range(20_000)]
    second = [arm_of(seed="b", account=str(number), arms=arms) for number in range(20_000)]
    assert abs(Counter(first)["new"] - 5_000) < 250
    both = sum(one == other == "new" for one, other in zip(first, second, strict=True))
    assert abs(both - 1_250) < 150


def test_an_arm_without_share_gets_nobody_and_no_shares_at_all_are_refused():
    assert {arm_of(seed="a", account=str(n), arms=[("x", 1.0), ("y", 0.0)]) for n in range(200)} == {"x"}
    with pytest.raises(ValueError, match="above 0"):
        arm_of(seed="a", account="1", arms=[("x", 0.0)])
