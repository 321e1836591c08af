"""Accounts as CSV, piece by piece, with the columns of their list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nineplus.render.csv import rows_csv
from nineplus.stages.share.customers.health import AtRisk
from nineplus.stages.share.customers.listing import Line, Page

COLUMNS = (
    "account_id",
    "name",
    "domain",
    "owner",
    "last_score",
    "last_answered_at",
    "nps_12_months",
    "nps_low",
    "nps_high",
    "answers_12_months",
    "open_tickets",
    "renews_at",
    "monthly_minor",
    "currency",
)


def pieces(pages: Callable[[str], Page]) -> Iterator[str]:
    """The whole list as text, one piece per page; `pages` gives the page after a place ("" is the first).

    Money is in minor units a month; who pays in several currencies has them in the same order, divided by blanks.
    """
    head, after = "\ufeff" + rows_csv(COLUMNS, []), ""
    while True:
        page = pages(after)
        yield head + rows_csv(COLUMNS, (_row(line) for line in page.lines)).partition("\r\n")[2]
        head, after = "", page.more
        if not after:
            return


def at_risk(lines: Sequence[AtRisk]) -> str:
    """The list of accounts at risk, with their reasons."""
    columns = ("account_id", "name", "owner", "level", "points", "why", "renews_at", "monthly_minor", "currency")
    rows = (
        {
            "account_id": line.account.external_id,
            "name": line.account.name,
            "owner": (line.account.owner.name or line.account.owner.email) if line.account.owner else "",
            "level": line.health.level.value,
            "points": line.health.points,
            "why": " ".join(sign.says for sign in line.health.signs if sign.weight > 0),
            "renews_at": line.renews_at,
            "monthly_minor": " ".join(str(minor) for minor, _ in line.pays),
            "currency": " ".join(currency for _, currency in line.pays),
        }
        for line in lines
    )
    return "\ufeff" + rows_csv(columns, rows)


def _row(line: Line) -> dict[str, Any]:
    account, nps = line.account, line.nps
    return {
        "account_id": account.external_id,
        "name": account.name,
        "domain": account.domain,
        "owner": (account.owner.name or account.owner.email) if account.owner else "",
        "last_score": line.last_score,
        "last_answered_at": line.last_at,
        "nps_12_months": nps.value if nps else None,
        "nps_low": nps.low if nps else None,
        "nps_high": nps.high if nps else None,
        "answers_12_months": int(nps.n) if nps else 0,
        "open_tickets": line.open_tickets,
        "renews_at": line.renews_at,
        "monthly_minor": " ".join(str(minor) for minor, _ in line.pays),
        "currency": " ".join(currency for _, currency in line.pays),
    }
