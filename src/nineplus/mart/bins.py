"""Service facts as bins: the one place that says where a bin begins.

Every answer carries, beside each raw fact of its primary link, the fact's bin as a small number: what the drivers
count ten million times is read, not computed. 0 is `no ticket`, 1 `not recorded`, 2 what service aims at, and
what is worse follows. A bin looks at its own row only, so an increment and a rebuild agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from nineplus.mart.schema import BIN, BINNED, LATER, LATER_BINNED, PRIMARY

if TYPE_CHECKING:
    from ibis.expr import types as ir

_NO_TICKET, _NOT_RECORDED, BEST = 0, 1, 2
FIRST_RESPONSE = (1.0, 4.0, 24.0)
"""Hours."""
MOST = {"reassignments": 2, "reopens": 2, "escalations": 1}
"""A count of so many or more is one bin."""


def labels_of(fact: str, cuts: Sequence[float] = ()) -> tuple[str, ...]:
    """The bins from BEST on, in words. `cuts` in hours: those of a fact that has no bins in the mart."""
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
        bins = [(~value, BEST), (value, BEST + 1)]
    elif fact in MOST:
        most = MOST[fact]
        bins = [(value <= count, BEST + count) for count in range(most)] + [(value >= most, BEST + most)]
    else:
        hours = FIRST_RESPONSE if fact == "first_response_hours" else cuts
        bins = [(value < cut, BEST + place) for place, cut in enumerate(hours)]
        bins.append((value.notnull(), BEST + len(hours)))
    none = _without_ticket(responses, later=later, stored=stored)
    # numbered in 16 bits, so that the cast to 8 is written down: bare numbers are 32 bits to an engine
    whens = [(when, ibis.literal(number, "int16")) for when, number in [(none, _NO_TICKET), *bins]]
    return ibis.cases(*whens, else_=ibis.literal(_NOT_RECORDED, "int16")).cast("int8")


def _without_ticket(responses: ir.Table, *, later: bool, stored: bool) -> ir.BooleanValue:
    """From a bin where there is one: comparing a small number costs a fifth of looking at the tier."""
    known = (LATER_BINNED if later else BINNED)[0]
    known = (LATER if later else "") + known + BIN
    if stored and known in responses.columns:
        return responses[known] == _NO_TICKET
    if later:
        return responses.later_ticket.isnull()
    return ~responses.tier.isin(PRIMARY).fill_null(False)


def with_bins(responses: ir.Table) -> ir.Table:
    """MART `responses` with its bins computed from its facts, whatever stood there."""
    made = {fact + BIN: bin_of(responses, fact, stored=False) for fact in BINNED}
    after = {LATER + fact + BIN: bin_of(responses, fact, later=True, stored=False) for fact in LATER_BINNED}
    return responses.mutate(**made, **after)
