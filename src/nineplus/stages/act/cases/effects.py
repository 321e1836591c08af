"""What following up brings, in words; the numbers are those of the analyses `recovery` and `passives-moved`."""

from __future__ import annotations

from nineplus.render import numbers
from nineplus.stats import scale
from nineplus.stats.recovery import Recovery

NUDGE = "nudge-"
"""How the key of a nudge's letter begins; the answer's number follows."""


def in_words(found: Recovery | None, *, came: str = "recovered") -> str:
    """The lift in a sentence; `came` is what the share did."""
    if found is None:
        return "Nobody can be compared yet: it takes customers who answered again, and others of the same score."
    lift = found.lift
    said = (
        f"Of {numbers.number(found.compared)} who answered again {found.observed:.0f} in 100 {came}; "
        f"{found.expected:.0f} were to be expected of others with the same score"
    )
    if lift.value is None or lift.low is None or lift.high is None:
        return said + "."
    if found.compared < scale.FEW:
        return f"{said}: {lift.value:+z.0f} ({lift.low:+z.0f} to {lift.high:+z.0f}), too few to judge."
    sure = "more" if lift.low > 0 else "fewer" if lift.high < 0 else "no difference that can be told apart"
    return f"{said}: {lift.value:+z.0f} ({lift.low:+z.0f} to {lift.high:+z.0f}), {sure}."
