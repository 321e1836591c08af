"""What a run says of money names the amount that was compared, in the company's currency, and what the account pays."""

from __future__ import annotations

import pytest

from nineplus.stages.act.rules import firing, keeping, telling
from nineplus.stages.govern import preferences, rates
from nineplus.store.models import Movement, Ticket, WorkflowRun, WorkflowStep
from tests.stages.act.ruling import asks, document, happen, switched_on
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db
LARGE = asks("monthly", "at_least", 150)
SAYS = "what the account pays a month is at least EUR 150"


def paying(**by_currency: int):
    account = company()
    for currency, minor in by_currency.items():
        Movement.objects.create(
            external_id=f"{account.pk}{currency}", account=account, at=NOW, kind="new", amount_minor=minor,
            currency=currency, revision=1,
        )  # fmt: skip
    return account


@pytest.fixture(autouse=True)
def euro():
    preferences.change(currency="EUR")
    rates.change("USD 0.92")


def why(**by_currency: int) -> list[str]:
    """What is said of the answer of an account that pays so, as a person reads it."""
    said = answer(3, by=person(at=paying(**by_currency)))
    happen("response.scored", {"response": said.pk})
    [told] = telling.of_answer(said, now=NOW)
    return [one.replace("\u00a0", " ") for one in told.reasons]


@pytest.mark.parametrize(
    ("pays", "says"),
    [
        ({"USD": 204_00}, f"Yes: {SAYS} (it is EUR 187: they pay USD 204)"),
        ({"EUR": 100_00, "USD": 1_204_00}, f"Yes: {SAYS} (it is EUR 1,207: they pay EUR 100 and USD 1,204)"),
        ({"EUR": 1_500_00}, f"Yes: {SAYS} (it is EUR 1,500)"),
        ({"USD": 100_00}, f"No: {SAYS} (it is EUR 92: they pay USD 100)"),
        ({"JPY": 100_000}, f"No: {SAYS} (it is not known: they pay JPY 100,000)"),
        ({}, f"No: {SAYS} (it is not known)"),
    ],
)
def test_a_reason_names_both_currencies(pays, says):
    switched_on(document(LARGE))
    assert why(**pays) == [says]


def test_so_do_branches_what_happens_without_an_answer_and_the_rule_itself():
    rule = switched_on(document(LARGE, when="money.contracted"))
    branch = {"if": {"all": [LARGE]}, "then": [{"do": "open_case"}]}
    switched_on(document(then=[branch], name="Branch"))
    assert SAYS in keeping.one(rule.pk).says.replace("\u00a0", " ")
    account = paying(USD=304_00)
    Movement.objects.create(
        external_id="less", account=account, at=NOW, kind="contraction", amount_minor=-100_00, currency="USD",
        revision=1,
    )  # fmt: skip
    firing.watch(clock=lambda: NOW)
    happen("response.scored", {"response": answer(3, by=person(at=account)).pk})
    expected = f"Yes: {SAYS} (it is EUR 187: they pay USD 204)"
    assert [one.replace("\u00a0", " ") for one in WorkflowRun.objects.earliest("pk").why] == [expected]
    assert WorkflowStep.objects.get(what="then").says.replace("\u00a0", " ") == expected


def test_a_branch_knows_the_customer_and_the_ticket_where_there_is_no_answer():
    account = paying(EUR=200_00)
    Movement.objects.create(
        external_id="left", account=account, at=NOW, kind="churn", amount_minor=-10_00, currency="EUR", revision=1
    )
    Ticket.objects.create(
        external_id="T", account=account, opened_at=NOW, priority="High", sla_breached=True, revision=1
    )

    def rule(event: str, *conditions: dict) -> None:
        branch = {"if": {"all": list(conditions)}, "then": [{"do": "open_case", "with": {"reason": "risk"}}]}
        switched_on(document(when=event, then=[branch], name=event))

    rule("money.churned", LARGE)
    rule("ticket.breached", LARGE, asks("ticket_priority", "is", "high"))
    firing.watch(clock=lambda: NOW)
    assert [step.what for step in WorkflowStep.objects.exclude(what="open_case")] == ["then", "then"]
