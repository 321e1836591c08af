"""Why a rule holds, or not, in words: amounts in the company's currency, beside what the account pays in its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nineplus.render import numbers
from nineplus.rules.workflows import Verdict
from nineplus.stages.govern.preferences import preferences
from nineplus.store.money import paid_monthly


def in_words(verdicts: Sequence[Verdict], *, account: int | None, now: datetime) -> list[str]:
    """A sentence for each. What the account pays is asked only where money was compared."""
    if not any(one.is_money for one in verdicts):
        return [one.says() for one in verdicts]
    currency = preferences().currency
    paid = _paid(account, currency, now)
    return [one.says(currency=currency, paid=paid if one.is_money else "") for one in verdicts]


def _paid(account: int | None, own: str, now: datetime) -> str:
    """What they pay a month by currency; nothing when it is all in the company's own."""
    if account is None:
        return ""
    rows = paid_monthly(now=now).filter(account=account).order_by("currency").values_list("currency", "mrr")
    pays = [numbers.money(minor, currency) for currency, minor in rows]
    if all(currency == own for currency, _ in rows):
        return ""
    return pays[0] if len(pays) == 1 else f"{', '.join(pays[:-1])} and {pays[-1]}"
