"""Working on cases: two at once, pauses, first contact, promises, closing, again, merging, people who are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from nineplus.model.cases import CasePolicy, Rung
from nineplus.stages.act.cases import escalating, history, opening, owning, policy, reading, working
from nineplus.stages.connect import identity
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import people
from nineplus.store.models import Case, CaseEntry, Event, User
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db
DONE = {"outcome": "solved", "root_cause": "performance", "note": "It is fast again"}


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told():
    made = case()
    ada, bob = agent("Ada"), agent("Bob")
    assert owning.claim(made.pk, by=ada, now=NOW).owner == ada
    owning.claim(made.pk, by=ada, now=NOW)  # once more changes nothing
    with pytest.raises(Conflict, match="Ada has it"):
        owning.claim(made.pk, by=bob, now=NOW)
    assert CaseEntry.objects.filter(kind="owner", by=ada).count() == 1


def test_who_saw_an_older_state_does_nothing_and_is_told_who_was_quicker():
    made = case()
    ada, bob = agent("Ada"), agent("Bob")
    seen = made.version
    working.start(made.pk, by=ada, version=seen, now=NOW)
    with pytest.raises(Conflict, match="Ada changed this case meanwhile"):
        working.close(made.pk, **DONE, by=bob, version=seen, now=NOW)
    assert Case.objects.get().state == "working"


def test_while_it_waits_the_clock_stands_still():
    made, ada = case(), agent("Ada")
    due = made.due_at
    working.wait(made.pk, why="for their logs", by=ada, now=NOW + HOUR)
    held = Case.objects.get()
    assert (held.state, held.next_at) == ("waiting", None)
    working.start(made.pk, by=ada, now=NOW + 4 * HOUR)
    held = Case.objects.get()
    assert held.due_at > due
    again = policy.due_time(held)
    assert held.due_at == held.next_at == again
    with pytest.raises(NotPossible, match="what is waited for"):
        working.wait(made.pk, why=" ", by=ada, now=NOW)


def test_the_earliest_contact_counts_and_then_the_promise_is_owed():
    made, ada = case(), agent("Ada")
    with pytest.raises(NotPossible, match="still to come"):
        working.contact(made.pk, way="call", by=ada, at=NOW + HOUR, now=NOW)
    working.contact(made.pk, way="call", by=ada, now=NOW + 3 * HOUR)
    working.contact(made.pk, way="meeting", by=ada, at=NOW + HOUR, now=NOW + 4 * HOUR)
    held = Case.objects.get()
    assert (held.contacted_at, held.next_at, held.owner, held.state) == (NOW + HOUR, None, ada, "working")
    working.promise(made.pk, text="A fix", until=NOW + timedelta(days=9), by=ada, now=NOW + 5 * HOUR)
    assert Case.objects.get().next_at == NOW + timedelta(days=9)
    with pytest.raises(NotPossible, match="lies ahead"):
        working.promise(made.pk, text="A fix", until=NOW, by=ada, now=NOW + HOUR)


def test_a_contact_noted_by_mistake_is_taken_back_and_the_clock_goes_on_as_if_it_had_not_been():
    made, ada, bob = case(), agent("Ada"), agent("Bob")
    Case.objects.update(level=1)
    due = made.due_at
    working.contact(made.pk, way="call", by=ada, at=NOW, now=NOW + HOUR)  # noted later than it was
    working.wait(made.pk, why="for their logs", by=ada, now=NOW + HOUR)
    noted = CaseEntry.objects.get(kind="contact")
    minutes = timedelta(minutes=1)
    with pytest.raises(NotPossible, match="Only whoever noted"):
        working.take_back(made.pk, entry=noted.pk, by=bob, now=NOW + HOUR)
    with pytest.raises(NotPossible, match="no contact of yours"):
        working.take_back(made.pk, by=bob, now=NOW + HOUR)
    with pytest.raises(NotPossible, match="15 minutes"):
        working.take_back(made.pk, by=ada, now=NOW + HOUR + 16 * minutes)
    working.start(made.pk, by=ada, now=NOW + 2 * HOUR)
    assert Case.objects.get().contacted_at == NOW
    working.take_back(made.pk, by=ada, now=NOW + HOUR + 15 * minutes)
    held = Case.objects.get()
    assert (held.contacted_at, held.level, held.next_at) == (None, 1, held.due_at)
    assert held.due_at == policy.due_time(held) > due  # it waited meanwhile
    told = [line.title for line in reading.detail(made.pk, now=NOW).told]
    assert "Ada was in contact: by telephone (taken back)" in told
    assert "Ada took back a contact: by telephone. It was noted by mistake and counts as none." in told
    assert Event.objects.filter(kind="case.changed", data__what="contact").count() == 2
    with pytest.raises(NotPossible, match="no contact of yours"):
        working.take_back(made.pk, by=ada, now=NOW + HOUR)


def test_of_two_contacts_the_other_one_still_counts():
    made, ada, bob = case(), agent("Ada"), agent("Bob")
    working.contact(made.pk, way="call", by=ada, now=NOW + HOUR)
    working.contact(made.pk, way="other", by=bob, now=NOW + 2 * HOUR)
    working.take_back(made.pk, by=ada, now=NOW + HOUR)
    assert Case.objects.get().contacted_at == NOW + 2 * HOUR
    assert "Bob was in contact" in [line.title for line in reading.detail(made.pk, now=NOW).told]


@pytest.mark.parametrize("missing", ["outcome", "root_cause", "note"])
def test_closing_wants_to_know_what_came_of_it(missing):
    made, ada = case(), agent("Ada")
    with pytest.raises(NotPossible):
        working.close(made.pk, **{**DONE, missing: ""}, by=ada, now=NOW)
    assert Case.objects.get().state == "open"


def test_opened_again_it_owes_an_answer_from_now_unless_another_is_open():
    who, ada = person(at=company()), agent("Ada")
    made = case(by=who)
    working.contact(made.pk, way="call", by=ada, now=NOW)
    working.close(made.pk, **DONE, by=ada, now=NOW + HOUR)
    working.note(made.pk, text="They wrote thanks", by=ada, now=NOW + HOUR)
    with pytest.raises(Conflict, match="is closed"):
        working.start(made.pk, by=ada, now=NOW + HOUR)
    later = NOW + timedelta(days=7)
    working.reopen(made.pk, why="It broke again", by=ada, now=later)
    held = Case.objects.get()
    assert (held.state, held.outcome, held.closed_at) == ("open", "", None)
    assert held.next_at > later
    working.close(made.pk, **DONE, by=ada, now=later)
    other = case(by=who, at=later)
    with pytest.raises(Conflict, match=f"Case {other.pk} is open"):
        working.reopen(made.pk, why="again", by=ada, now=later + HOUR)
    assert Event.objects.filter(kind="case.closed").count() == 2


def test_merged_cases_are_one_with_both_answers_and_the_sooner_time():
    ada, who = agent("Ada"), person(at=company())
    one = case(by=who)
    other = Case.objects.create(
        account=who.account, reason="by_hand", slot="a:x", opened_at=NOW - HOUR, due_at=NOW - HOUR, minutes=60
    )
    said = answer(3, by=who)
    other.answers.create(response=said, at=NOW)
    working.note(other.pk, text="Called their office", by=ada, now=NOW)
    kept = working.merge(other.pk, into=one.pk, by=ada, now=NOW)
    other.refresh_from_db()
    kept.refresh_from_db()
    assert (other.state, other.merged_into, other.slot) == ("closed", kept, "")
    assert kept.answers.count() == 2
    assert kept.due_at == NOW - HOUR
    assert kept.answered_at == NOW
    told = reading.detail(kept.pk, now=NOW).told
    assert "Called their office" in [line.text for line in told]
    assert not any("merged it into" in line.title for line in told)
    with pytest.raises(Conflict, match="go on there"):
        working.reopen(other.pk, why="x", by=ada, now=NOW)
    stranger = case()
    with pytest.raises(NotPossible, match="two customers"):
        working.merge(stranger.pk, into=kept.pk, by=ada, now=NOW)
    with pytest.raises(NotPossible):
        working.merge(kept.pk, into=kept.pk, by=ada, now=NOW)


def test_who_was_called_before_a_merge_was_called_whatever_comes_back_after_it():
    ada, who = agent("Ada"), person(at=company())
    one = case(by=who)
    other = opening.open_case(account=who.account, contact=who, reason="by_hand", response=None, now=NOW).case
    working.contact(other.pk, way="call", by=ada, now=NOW + HOUR)
    kept = working.merge(other.pk, into=one.pk, by=ada, now=NOW + HOUR)
    with transaction.atomic():
        working.not_contacted(history.hold(kept.pk))
    kept.refresh_from_db()
    assert kept.contacted_at == NOW + HOUR


def test_cases_of_customers_who_turn_out_to_be_one_become_one():
    first, second = person(at=company("Acme")), person(at=company("Acme Ltd"))
    one, other = case(by=first), case(by=second)
    identity.merge(table="account", kept=first.account_id, gone=second.account_id, now=NOW)
    assert escalating.look(now=NOW)["joined"] == 1
    assert escalating.look(now=NOW)["joined"] == 0
    [left] = Case.objects.exclude(state="closed")
    assert left.answers.count() == 2
    assert {one.pk, other.pk} - {left.pk} == set(Case.objects.filter(merged_into=left).values_list("pk", flat=True))


def test_cases_of_colleagues_who_are_gone_go_back_into_the_queue():
    boss, ada, bob, cy = agent("Boss", role="owner", seat=False), agent("Ada"), agent("Bob"), agent("Cy")
    cases = [case() for _ in range(3)]
    for made, who in zip(cases, (ada, bob, cy), strict=True):
        owning.assign(made.pk, to=who.pk, by=boss, now=NOW)
    people.deactivate(user_id=ada.pk)
    people.change_role(user_id=bob.pk, role="viewer")
    User.objects.filter(pk=cy.pk).delete()
    assert escalating.look(now=NOW)["put_back"] == 2
    assert not Case.objects.exclude(owner=None).exists()
    assert "Ada may no longer follow up." in CaseEntry.objects.values_list("text", flat=True)
    with pytest.raises(NotPossible, match="may not follow up"):
        owning.assign(cases[0].pk, to=ada.pk, by=boss, now=NOW)
    with pytest.raises(NotFound):
        owning.assign(cases[0].pk, to=10**9, by=boss, now=NOW)


def test_turns_capacity_and_absence():
    ada, bob = agent("Ada", capacity=1), agent("Bob")
    owners = [case().owner_id for _ in range(4)]
    assert owners == [ada.pk, bob.pk, bob.pk, bob.pk]
    today = NOW.date()
    owning.away(user=bob.pk, first=today, last=today)
    assert case().owner is None
    carer = agent("Cy", seat=False)
    assert case(by=person(at=company(owner=carer))).owner == carer


def test_late_cases_climb_the_chain_once_a_step():
    boss = agent("Boss", seat=False, role="owner")
    policy.change(CasePolicy(chain=(Rung(0), Rung(60, (boss.pk,)))))
    made = case()
    assert escalating.escalate(now=made.due_at - HOUR) == 0
    just_late = made.due_at + timedelta(minutes=1)
    assert escalating.escalate(now=just_late) == 1
    assert escalating.escalate(now=just_late) == 0
    assert escalating.escalate(now=made.due_at + timedelta(days=3)) == 1
    told = Event.objects.filter(kind="case.overdue").order_by("pk").values_list("data", flat=True)
    assert [one["level"] for one in told] == [1, 2]
    assert told[1]["people"] == [boss.pk]
    assert "For Boss." in CaseEntry.objects.filter(kind="escalated").values_list("text", flat=True)


def test_the_list_is_in_order_of_what_is_due_page_by_page(django_assert_num_queries):
    ada = agent("Ada", seat=False)
    cases = [case(at=NOW + number * HOUR) for number in (3, 1, 2, 0, 4)]
    working.wait(cases[3].pk, why="x", by=ada, now=NOW + 5 * HOUR)
    seen, after = [], ""
    while True:
        page = reading.cases(reading.Asked(view="all"), by=ada, after=after, limit=2, now=NOW)
        seen += [line.case.pk for line in page.lines]
        if not (after := page.more):
            break
    assert seen == [cases[n].pk for n in (1, 2, 0, 4, 3)]
    with django_assert_num_queries(2):
        reading.cases(reading.Asked(view="all"), by=ada, now=NOW)
    for strange in ("x", "2026~1", "~-1"):
        with pytest.raises(NotPossible):
            reading.cases(reading.Asked(view="all"), by=ada, after=strange, now=NOW)
    assert reading.counts(by=ada, now=NOW) == {"queue": 5, "mine": 0, "overdue": 0, "owed": 4, "all": 5}


def test_every_line_of_a_history_has_words():
    made, ada = case(), agent("Ada")
    for kind in CaseEntry.What.values:
        data = {"to": "high", "level": 1, "into": 9, "score": 3, "way": "call", "team": ""}
        CaseEntry.objects.create(case=made, kind=kind, at=NOW, by=ada, data=data)
    assert all(one.title for one in reading.detail(made.pk, now=NOW).told)
    with pytest.raises(NotFound):
        reading.detail(10**9, now=NOW)
