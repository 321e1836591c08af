from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.nps import METHODS, nps, nps_many, plan, wilson
from nineplus.stats.scale import NoAnswers
from tests.stats._reference import expected

counts = st.integers(0, 300)
some = st.tuples(counts, counts, counts).filter(any)

# Published: detractors, passives, promoters, then (low, high) in points by method.
PUBLISHED = [
    ((10, 20, 70), {"wald": (46.9991, 73.0009), "adjusted_wald": (45.2698, 71.2351), "score": (45.2167, 71.2768)}),
    ((1, 2, 7), {"wald": (18.8874, 101.1126), "adjusted_wald": (7.0394, 85.2683), "score": (4.8924, 85.8858)}),
    ((45, 30, 25), {"wald": (-35.9228, -4.0772), "adjusted_wald": (-35.0647, -3.7703), "score": (-35.1904, -3.6478)}),
]


def of(detractors, passives, promoters, **options):
    return nps(detractors=detractors, passives=passives, promoters=promoters, **options)


@pytest.mark.parametrize(("answers", "limits"), PUBLISHED)
def test_intervals_agree_with_published_ones(answers, limits):
    for method, ends in limits.items():
        assert of(*answers, method=method).interval == pytest.approx(ends, abs=1e-4)


def test_intervals_agree_with_the_reference():
    reference = expected("nps_ci")
    names = {"wald": "wald", "aw": "adjusted_wald", "score": "score"}
    for case in reference["cases"]:
        row = dict(zip(reference["cols"], case, strict=True))
        for short, method in names.items():
            found = of(row["det"], row["pas"], row["pro"], confidence=row["conf"], method=method)
            assert found.value == pytest.approx(100 * row["nps"])
            assert found.interval == pytest.approx((100 * row[f"{short}_lo"], 100 * row[f"{short}_hi"]), abs=1e-4)


@pytest.mark.parametrize(
    ("answers", "low", "high"),
    [
        ((7, 13, 1), -51.72, -2.60),  # CRAN PropCIs, scoreci.mp
        ((0, 20, 0), -16.1, 16.1),
        ((0, 0, 5), 13.1, 100),
        ((0, 0, 1), -58.7, 100),
        ((1, 0, 0), -100, 58.7),
    ],
)
def test_the_score_interval_at_the_edges(answers, low, high):
    assert of(*answers).interval == pytest.approx((low, high), abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_nps_of_nothing_is_not_available_and_never_zero(method):
    nothing = of(0, 0, 0, method=method)
    assert (nothing.value, nothing.low, nothing.high, nothing.n) == (None, None, None, 0)


@given(some)
def test_the_interval_stays_on_the_scale_and_holds_the_value(answers):
    found = of(*answers)
    assert -100 <= found.low <= found.value <= found.high <= 100
    assert found.high > found.low


@given(some, st.sampled_from(METHODS))
def test_promoters_and_detractors_mirror_each_other(answers, method):
    detractors, passives, promoters = answers
    one = of(detractors, passives, promoters, method=method)
    other = of(promoters, passives, detractors, method=method)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-9)


@given(some, st.integers(2, 20))
def test_more_of_the_same_answers_narrow_the_interval(answers, times):
    few, many = of(*answers), of(*(times * count for count in answers))
    assert many.value == pytest.approx(few.value)
    assert many.high - many.low < few.high - few.low


@given(some)
def test_one_more_promoter_never_lowers_either_end(answers):
    detractors, passives, promoters = answers
    before, after = of(*answers), of(detractors, passives, promoters + 1)
    assert after.value >= before.value
    assert after.low >= before.low - 1e-9
    assert after.high >= before.high - 1e-9


@given(some, st.floats(0.5, 0.98))
def test_more_confidence_is_wider(answers, confidence):
    narrow, wide = of(*answers, confidence=confidence), of(*answers, confidence=confidence + 0.015)
    assert wide.low <= narrow.low
    assert wide.high >= narrow.high


@given(some, st.floats(1.5, 40))
def test_few_degrees_of_freedom_and_fewer_effective_answers_widen(answers, df):
    plain = of(*answers)
    for wider in (of(*answers, df=df), of(*answers, n_eff=sum(answers) / 2)):
        assert wider.value == plain.value
        assert wider.low <= plain.low + 1e-9
        assert wider.high >= plain.high - 1e-9


def test_no_degree_of_freedom_leaves_the_whole_scale():
    assert of(3, 3, 3, df=0).interval == pytest.approx((-100, 100), abs=0.01)


@given(st.lists(some, min_size=1, max_size=8), st.sampled_from(METHODS))
def test_many_at_once_equal_one_at_a_time(groups, method):
    D, S, P = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    together = nps_many(detractors=D, passives=S, promoters=P, method=method)
    for i, answers in enumerate(groups):
        one = of(*answers, method=method)
        assert (together.value[i], together.low[i], together.high[i]) == pytest.approx((one.value, one.low, one.high))


def test_the_interval_covers_the_truth_as_often_as_promised():
    """Exact at n = 20: every possible sample weighed by its probability (worst of these populations 93)."""
    n = 20
    P, D = (part.ravel() for part in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    possible = n - P - D >= 0
    P, D = P[possible], D[possible]
    found = nps_many(detractors=D, passives=n - P - D, promoters=P)
    from scipy.stats import multinomial

    for p, d in ((0.5, 0.2), (0.7, 0.1), (0.2, 0.4), (0.95, 0.01), (0.33, 0.33)):
        weight = multinomial.pmf(np.stack([P, D, n - P - D], axis=1), n, [p, d, 1 - p - d])
        truth = 100 * (p - d)
        covered = weight[(found.low <= truth) & (truth <= found.high)].sum()
        assert 0.93 <= covered <= 0.995


@pytest.mark.parametrize(
    "wrong",
    [{"detractors": -1}, {"promoters": float("nan")}, {"confidence": 1.0}, {"confidence": 95}, {"method": "magic"}],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"never|between|no interval"):
        nps(**({"detractors": 1, "passives": 1, "promoters": 1} | wrong))


def test_wilson_agrees_with_the_published_example():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    for successes, n, low, high in expected("proportion", "wilson"):
        assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_refuses_nothing_and_nonsense():
    with pytest.raises(NoAnswers):
        wilson(0, 0)
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


@pytest.mark.parametrize(("n", "half"), [(50, 21), (100, 15), (200, 10.8), (500, 6.8), (1000, 4.8)])
def test_the_plan_and_the_interval_agree(n, half):
    """Published half-widths around NPS +30 (variance 0.61: 50 % promoters, 20 % detractors)."""
    found = of(0.2 * n, 0.3 * n, 0.5 * n)
    assert (found.high - found.low) / 2 == pytest.approx(half, abs=0.7)
    needed = plan(margin=(found.high - found.low) / 2, promoters=0.5, detractors=0.2)
    assert needed.responses == pytest.approx(n, abs=1)


def test_the_plan_counts_silence_and_likeness():
    assert plan(margin=10, response_rate=0.25).invitations == pytest.approx(4 * plan(margin=10).responses, abs=4)
    assert plan(margin=10, deff=2).responses == pytest.approx(2 * plan(margin=10).responses, abs=1)
    with pytest.raises(ValueError, match="Margin"):
        plan(margin=0)
