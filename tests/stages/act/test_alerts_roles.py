"""Whoever may not see customers on pages is not told who they are nor what they wrote, by alerts or by letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nineplus.stages.act.alerts import choosing, telling
from nineplus.stages.act.alerts.kinds import case_assigned, high_value_detractor, overdue_case
from nineplus.stages.act.cases import policy
from nineplus.stages.act.chat import personal
from nineplus.store.models import Alert, AlertChoice, ChatPost, Message, Movement, Sender, User, WorkflowStep
from tests.stages.act.ruling import UNHAPPY, document, happen, switched_on
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db
SECRETS = ("Acme", "Bo", "Too slow")


@pytest.fixture(autouse=True)
def sender():
    Sender.objects.create(name="Mail", medium="email", channel="smtp", is_default=True, created_at=NOW)


def viewer(name: str = "Vic") -> User:
    return agent(name, seat=False, role="viewer")


def by_rule(what: str, to: User, *, account=None, **more: str) -> WorkflowStep:
    """That action tells a colleague of an unhappy answer."""
    switched_on(document(UNHAPPY, then=[{"do": what, "with": {"to": to.email, **more}}]))
    said = answer(3, by=person("Bo", at=account or company("Acme")), comment="Too slow")
    happen("response.scored", {"response": said.pk})
    return WorkflowStep.objects.get()


def letters() -> list[str]:
    telling.mail_due(now=NOW)
    return [" ".join(map(str, one.body.values())) for one in Message.objects.all()]


def is_silent(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("more", [{}, {"text": "Look"}])
def test_a_viewer_is_alerted_without_names_and_words(more):
    step = by_rule("alert", vic := viewer(), **more)
    [told] = choosing.told(vic)
    assert (told.title, told.path) == (more.get("text", "Call them"), "/alerts/")
    assert step.says.startswith("1 colleague told, without names")
    [letter] = letters()
    assert is_silent(letter)


@pytest.mark.parametrize("more", [{}, {"text": "Look", "subject": "Look"}])
def test_a_viewer_is_written_to_without_names_and_words(more):
    step = by_rule("email_colleague", viewer(), **more)
    [letter] = letters()
    assert is_silent(letter)
    assert "/responses/" not in letter
    assert "without names" in step.says


@pytest.mark.parametrize("what", ["alert", "email_colleague"])
def test_an_agent_is_told_all_of_it(what):
    step = by_rule(what, agent("Ada"))
    [letter] = letters()
    assert all(secret in letter for secret in ("Acme", "Too slow"))
    assert "without names" not in step.says


def test_a_viewer_who_looks_after_the_customer_is_not_who_is_told():
    vic, boss = viewer(), agent("Boss", seat=False, role="owner")
    account = company("Acme", owner=vic)
    Movement.objects.create(
        external_id="M", account=account, at=NOW, kind="new", amount_minor=500_000, currency="USD", revision=1
    )
    policy.change(replace(policy.current(), high_value_minor=100_000))
    said = answer(2, by=person("Bo", at=account))
    high_value_detractor.look(said.pk, now=NOW)
    assert {row.user for row in Alert.objects.all()} == {boss}


def test_a_late_case_whose_people_are_viewers_is_told_to_the_owners():
    vic, boss = viewer(), agent("Boss", seat=False, role="owner")
    late = case()
    overdue_case.look(late.pk, level=1, people=[vic.pk], now=NOW + timedelta(days=9))
    assert {row.user for row in Alert.objects.all()} == {boss}
    type(late).objects.filter(pk=late.pk).update(owner=vic)
    case_assigned.look(late.pk, now=NOW)
    assert not choosing.told(vic)


def test_whoever_becomes_a_viewer_sees_nothing_of_customers_any_more(slack):
    ada = agent("Ada")
    AlertChoice.objects.create(user=ada, slack=True)
    by_rule("alert", ada)
    [told] = choosing.told(ada)
    assert "Too slow" in told.title
    User.objects.filter(pk=ada.pk).update(role="viewer")
    ada.refresh_from_db()
    assert not choosing.told(ada)
    assert choosing.unread(ada) == 0
    assert letters() == []
    assert not telling.due(NOW)
    personal.put_due(now=NOW)
    assert not ChatPost.objects.exists()
    User.objects.filter(pk=ada.pk).update(role="agent")
    ada.refresh_from_db()
    assert choosing.told(ada) == [told]
