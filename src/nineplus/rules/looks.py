"""Who looks every week finds something: when is a change worth an alert although it was looked for so often?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nineplus.stats.multiplicity import benjamini_hochberg

A_YEAR: Mapping[str, int] = {"week": 53, "month": 12, "quarter": 4}
"""How often a year it is looked at most, by what is compared: each period once, and some years see 53 weeks end."""
FALSE_A_YEAR = 0.10
"""Where nothing ever changes, so many years bring any alert at all."""


def told(p: Sequence[float], *, window: str) -> list[bool]:
    """Which of these changes, found in one look, are told?

    `p` are those of the whole and its segments, each from the test of its last full window against the one before.
    Each period is looked at once. The share of years that may bring a false alert is spent evenly: a look gets
    FALSE_A_YEAR divided by the looks of a year, and within a look the Benjamini–Hochberg procedure keeps to that. So
    where nothing changes the chance of any alert in a year is at most FALSE_A_YEAR, over all looks and segments
    together: the looks by Bonferroni's inequality, whatever hangs together; the segments by Simes', as long as what
    hangs together goes the same way, as a whole and its parts do. Raises KeyError for another window, ValueError for a
    p outside 0..1.
    Source: Benjamini and Hochberg 1995; spending evenly over looks as in Lan and DeMets 1983.
    """
    share = FALSE_A_YEAR / A_YEAR[window]
    return [bool(one <= share) for one in benjamini_hochberg(p)]
