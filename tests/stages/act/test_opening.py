"""Cases are opened from answers: each unhappy customer once, with somebody who answers for it and a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from nineplus.jobs.kinds import HANDLERS
from nineplus.model.cases import CasePolicy
from nineplus.stages.act.cases import opening, policy, working
from nineplus.stages.capture.answering.keeping import with_earlier
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import sample
from nineplus.store.models import Case, CaseAnswer, CaseEntry, Event, Import, Movement, Subscription
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


def test_an_unhappy_answer_opens_a_case_that_somebody_has_by_a_time():
    ada = agent("Ada")
    said = answer(4, by=person(at=company()), comment="Too slow")
    for handle in HANDLERS["response.scored"]:
        handle({"response": said.pk}, now=NOW, stopping=lambda: False)
    made = Case.objects.get()
    assert (made.owner, made.state, made.reason, made.priority) == (ada, "open", "detractor", "normal")
    assert made.due_at == NOW + 32 * HOUR  # sixteen working hours: the end of the next day
    assert made.next_at == made.due_at
    assert [entry.kind for entry in made.entries.order_by("pk")] == ["opened", "owner"]
    assert Event.objects.filter(kind="case.opened", data__case=made.pk).count() == 1


def test_a_customer_who_answers_ten_times_has_one_case_with_ten_answers():
    who = person(at=company())
    for number in range(10):
        said = answer(number % 7, by=who)
        for _ in range(2):  # events come at least once
            opening.from_answer(said.pk, now=NOW)
    made = Case.objects.get()
    assert CaseAnswer.objects.filter(case=made).count() == 10
    assert CaseEntry.objects.filter(case=made, kind="joined").count() == 9
    assert made.priority == "urgent"
    assert "10 unhappy answers are open." in made.because


def test_two_who_open_at_once_open_one():
    who = person(at=company())
    made = opening.from_answer(answer(1, by=who).pk, now=NOW).case
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(
            account=who.account, reason="detractor", slot=made.slot, opened_at=NOW, due_at=NOW, minutes=1
        )
    # whoever looked before the other had committed finds out by the constraint, and joins
    stranger = opening._taken_in
    opening._taken_in = lambda make, calls=[]: (calls.append(1), stranger(make) if len(calls) > 1 else None)[1]
    try:
        again = opening.from_answer(answer(2, by=who).pk, now=NOW)
    finally:
        opening._taken_in = stranger
    assert (again.case.pk, again.new) == (made.pk, False)


def test_people_without_an_account_have_cases_of_their_own():
    one, other = person("Bo"), person("Cy")
    for who in (one, one, other):
        opening.from_answer(answer(3, by=who).pk, now=NOW)
    assert Case.objects.count() == 2


@pytest.mark.parametrize("why", ["happy", "old", "file", "sample", "nobody", "anonymous", "erased", "switched off"])
def test_what_opens_no_case(why):
    agent("Ada")
    who = person(at=company())
    said = {
        "happy": lambda: answer(7, by=who),
        "old": lambda: answer(2, by=who, at=NOW - timedelta(days=8)),
        "file": lambda: answer(2, by=who, added_by=Import.objects.create(kind="responses", created_at=NOW)),
        "sample": lambda: answer(2, by=who),
        "nobody": lambda: answer(2),
        "anonymous": lambda: answer(2, anonymous=True),
        "erased": lambda: answer(2, by=person(at=company(), erased_at=NOW)),
        "switched off": lambda: answer(2, by=who),
    }[why]()
    if why == "switched off":
        policy.change(CasePolicy(from_answers=False))
    if why == "sample":
        type(said).objects.filter(pk=said.pk).update(source=sample.SOURCE)
    assert opening.from_answer(said.pk, now=NOW) is None
    assert not Case.objects.exists()


def test_a_changed_score_is_written_down_and_opens_nothing_twice():
    who = person(at=company())
    said = answer(3, by=who)
    made = opening.from_answer(said.pk, now=NOW).case
    said.comment, said.changed_at = "It is slow.", NOW + HOUR / 2
    said.save()
    opening.from_answer(said.pk, now=NOW + HOUR / 2)
    assert not made.entries.filter(kind="joined").exists()  # they said why, and the score is the same
    said.signals = with_earlier(said.signals, score=3, now=NOW + HOUR)
    said.score, said.changed_at = 9, NOW + HOUR
    said.save()
    for _ in range(2):
        opening.from_answer(said.pk, now=NOW + HOUR)
    assert Case.objects.count() == 1
    [entry] = made.entries.filter(kind="joined")
    assert entry.data["score"] == 9
    liked = answer(8, by=person("Cy"))
    assert opening.from_answer(liked.pk, now=NOW) is None
    liked.score, liked.changed_at = 2, NOW + HOUR
    liked.save()
    assert opening.from_answer(liked.pk, now=NOW + HOUR).new


def test_money_and_renewal_make_it_urgent_and_say_so():
    policy.change(CasePolicy(high_value_minor=100_000))
    account = company()
    Movement.objects.create(
        external_id="M", account=account, at=NOW - HOUR, kind="new", amount_minor=250_000, currency="USD", revision=1
    )
    Subscription.objects.create(external_id="S", account=account, renews_at=NOW + timedelta(days=30), revision=1)
    made = case(by=person(at=account), score=5)
    assert made.priority == "urgent"
    assert made.because == ["The customer is one of the large ones.", "The contract renews in 30 days."]
    assert made.due_at == NOW + 4 * HOUR


def test_a_closed_case_leaves_room_for_the_next():
    ada, who = agent("Ada"), person(at=company())
    made = case(by=who)
    working.close(made.pk, outcome="solved", root_cause="performance", note="Faster now", by=ada, now=NOW + HOUR)
    opening.from_answer(answer(1, by=who, at=NOW + 2 * HOUR).pk, now=NOW + 2 * HOUR)
    assert Case.objects.count() == 2
    assert Case.objects.exclude(state="closed").count() == 1


def test_a_case_that_is_closed_while_an_answer_waits_for_it_does_not_take_it_in(monkeypatch):
    ada, who = agent("Ada"), person(at=company())
    first, hold = case(by=who), opening.history.hold

    def closed_meanwhile(pk, **seen):
        monkeypatch.setattr(opening.history, "hold", hold)
        working.close(pk, outcome="solved", root_cause="performance", note="Faster now", by=ada, now=NOW + HOUR)
        return hold(pk, **seen)

    monkeypatch.setattr(opening.history, "hold", closed_meanwhile)
    made = opening.from_answer(answer(1, by=who, at=NOW + HOUR).pk, now=NOW + HOUR)
    assert made.new
    assert first.answers.count() == 1


def test_by_hand_somebody_says_for_whom():
    ada = agent("Ada", seat=False)
    with pytest.raises(NotPossible):
        opening.open_case(account=None, contact=None, reason="by_hand", now=NOW)
    made = opening.open_case(
        account=company(), contact=None, reason="by_hand", about="Renewal at risk", by=ada, owner=ada.pk, now=NOW
    )
    assert (made.case.owner, made.case.about) == (ada, "Renewal at risk")
