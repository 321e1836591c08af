"""Service facts as bins: the one place that says where a bin begins.

Every answer carries, beside each raw fact of its primary link, the fact's bin as a small number: what the drivers
count ten million times is read, not computed. 0 is what service aims at, what is worse follows, then come
`not recorded` and `no ticket`: where every answer has its ticket, the numbers stay smaller. A bin looks at its own
row only, so an increment and a rebuild agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from nineplus.mart.schema import BIN, BINNED, LATER, LATER_BINNED, PRIMARY

if TYPE_CHECKING:
    from ibis.expr import types as ir

NOT_RECORDED, NO_TICKET = "not recorded", "no ticket"
BEST = 0
FIRST_RESPONSE = (1.0, 4.0, 24.0)
"""Hours."""
MOST = {"reassignments": 2, "reopens": 2, "escalations": 1}
"""A count of so many or more is one bin."""


def labels_of(fact: str, cuts: Sequence[float] = ()) -> tuple[str, ...]:
    """All bins in words, by number. `cuts` in hours: those of a fact that has no bins in the mart."""
    return *_recorded(fact, cuts), NOT_RECORDED, NO_TICKET


def no_ticket(fact: str) -> int:
    """The bin of answers without a ticket, of a fact that has bins in the mart."""
    return len(_recorded(fact, ())) + 1


def _recorded(fact: str, cuts: Sequence[float]) -> tuple[str, ...]:
    if fact == "sla_breached":
        return "kept", "breached"
    if fact in MOST:
        return *(str(count) for count in range(MOST[fact])), f"{MOST[fact]} or more"
    return _spans(FIRST_RESPONSE if fact == "first_response_hours" else cuts)


def _spans(cuts: Sequence[float]) -> tuple[str, ...]:
    if not cuts:
        return ("any",)
    words = [f"{cut:g} h" for cut in cuts]
    between = [f"{low:g}–{high}" for low, high in zip(cuts, words[1:], strict=False)]
    return f"under {words[0]}", *between, f"{words[-1]} or more"


def bin_of(
    responses: ir.Table, fact: str, *, later: bool = False, cuts: Sequence[float] = (), stored: bool = True
) -> ir.IntegerValue:
    """The bin of that fact, int8 and never null: of the primary link, or of the first ticket after the answer.

    Read where the table has it, else computed. `cuts` as in `labels_of`. `stored` False: compute it in any case.
    """
    name = LATER + fact if later else fact
    if stored and name + BIN in responses.columns:
        return responses[name + BIN]
    value = responses[name]
    if fact == "sla_breached":
        bins = [~value, value]
    elif fact in MOST:
        bins = [*(value <= count for count in range(MOST[fact])), value >= MOST[fact]]
    else:
        hours = FIRST_RESPONSE if fact == "first_response_hours" else cuts
        bins = [*(value < cut for cut in hours), value.notnull()]
    none = without_ticket(responses, later=later, stored=stored)
    # numbered in 16 bits, so that the cast to 8 is written down: bare numbers are 32 bits to an engine
    numbered = [(none, len(bins) + 1), *((when, number) for number, when in enumerate(bins))]
    whens = [(when, ibis.literal(number, "int16")) for when, number in numbered]
    return ibis.cases(*whens, else_=ibis.literal(len(bins), "int16")).cast("int8")


def without_ticket(responses: ir.Table, *, later: bool = False, stored: bool = True) -> ir.BooleanValue:
    """Does no ticket explain the answer (`later`: does none come after it)?

    From a bin where there is one: comparing a small number costs a fifth of looking at the tier.
    """
    fact = (LATER_BINNED if later else BINNED)[0]
    known = (LATER if later else "") + fact + BIN
    if stored and known in responses.columns:
        return responses[known] == no_ticket(fact)
    if later:
        return responses.later_ticket.isnull()
    return ~responses.tier.isin(PRIMARY).fill_null(False)


def with_bins(responses: ir.Table) -> ir.Table:
    """MART `responses` with its bins computed from its facts, whatever stood there."""
    made = {fact + BIN: bin_of(responses, fact, stored=False) for fact in BINNED}
    after = {LATER + fact + BIN: bin_of(responses, fact, later=True, stored=False) for fact in LATER_BINNED}
    return responses.mutate(**made, **after)
