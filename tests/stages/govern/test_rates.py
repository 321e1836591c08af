"""What other currencies are worth: read from lines, kept for the company's currency of then, asked for by size."""

from __future__ import annotations

import pytest

from nineplus.stages.act.cases import opening
from nineplus.stages.act.rules import facts
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import preferences, rates
from nineplus.store.models import Movement
from nineplus.store.money import paid_monthly_in_one
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db


def paying(name: str, **by_currency: int):
    account = company(name)
    for currency, minor in by_currency.items():
        Movement.objects.create(
            external_id=f"{name}{currency}", account=account, at=NOW, kind="new", amount_minor=minor, currency=currency,
            revision=1,
        )  # fmt: skip
    return account


def test_rates_are_lines_and_of_the_companys_currency():
    assert rates.rates() == {"USD": 1.0}
    assert rates.change("eur 1.08\n\n GBP = 1,25 \n") == {"EUR": 1.08, "GBP": 1.25, "USD": 1.0}
    assert rates.written() == "EUR 1.08\nGBP 1.25"
    preferences.change(currency="EUR")
    assert rates.rates() == {"EUR": 1.0}  # those of before would be wrong
    preferences.change(currency="USD")
    assert rates.rates()["EUR"] == 1.08


@pytest.mark.parametrize(
    "line", ["EUR", "EUR one", "EURO 1", "EUR -1", "EUR 0", "EUR nan", "EUR inf", "€ 1.08", "EUR 1 2"]
)
def test_what_is_no_rate_is_named_and_nothing_changes(line: str):
    rates.change("EUR 2")
    with pytest.raises(NotPossible, match="cannot be read as a rate"):
        rates.change(f"GBP 1.2\n{line}")
    assert rates.written() == "EUR 2"


def test_how_large_a_customer_is_counts_what_has_a_rate():
    euro, both, yen = paying("Euro", EUR=100_000), paying("Both", EUR=50_000, USD=20_000), paying("Yen", JPY=9)
    said = {one: answer(2, by=person(at=one)).pk for one in (euro, both, yen)}

    def monthly(account) -> object:
        told = facts.facts_of(said[account], ["monthly"], now=NOW)
        assert told
        assert facts.facts_of_many([said[account]], ["monthly"], now=NOW)[said[account]] == told
        return told["monthly"]

    assert rates.missing(now=NOW) == {"EUR": 2, "JPY": 1}
    assert [monthly(one) for one in (euro, both, yen)] == [None, 200, None]
    assert [opening._pays(one, now=NOW) for one in (euro, both, yen)] == [None, 20_000, None]
    rates.change("EUR 1.08")
    assert rates.missing(now=NOW) == {"JPY": 1}
    assert [monthly(one) for one in (euro, both, yen)] == [1080, 740, None]
    assert [opening._pays(one, now=NOW) for one in (euro, both, yen)] == [108_000, 74_000, None]
    found = paid_monthly_in_one(rates=rates.rates(), now=NOW).filter(mrr__gte=80_000)
    assert [row["account"] for row in found] == [euro.pk]


def test_currencies_without_cents_are_worth_what_they_are_worth():
    yen = paying("Yen", JPY=1_000_000)
    rates.change("JPY 0.0065\nKWD 3.2")
    assert rates.written() == "JPY 0.0065\nKWD 3.2"
    assert opening._pays(yen, now=NOW) == 6_500_00
    assert opening._pays(paying("Dinar", KWD=2_000), now=NOW) == 6_40
    told = facts.facts_of(answer(2, by=person(at=yen)).pk, ["monthly"], now=NOW)
    assert told == {"monthly": 6_500}


def test_what_cancels_out_is_nothing():
    rates.change("EUR 1.08")
    account = paying("Gone", EUR=33_33)
    for kind, minor in (("expansion", 66_67), ("churn", -100_00)):
        Movement.objects.create(
            external_id=kind, account=account, at=NOW, kind=kind, amount_minor=minor, currency="EUR",
            revision=1,
        )  # fmt: skip
    assert not list(paid_monthly_in_one(rates=rates.rates(), now=NOW))
