"""What a case owes its customer and by when, whatever is done with it in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nineplus.model.cases import AROUND_THE_CLOCK
from nineplus.stages.act.cases import elsewhere, opening, owing, owning, reading, replying, working
from nineplus.stages.govern import preferences
from nineplus.store.models import Case, CaseMail, Message, Sender
from nineplus.store.models.asking import MessageState
from tests.stages.act.world import HOUR, NOW, agent, case, company, person

pytestmark = pytest.mark.django_db
DONE = {"outcome": "solved", "root_cause": "performance", "note": "It is fast again"}
DAY = timedelta(days=1)


def they_write(of: Case, *, at: datetime, machine: bool = False) -> None:
    mail = CaseMail.objects.create(case=of, came=f"{at.isoformat()}@company.example", at=at, machine=machine)
    replying.came(mail.pk, now=at)


def contacted() -> Case:
    made = case()
    working.contact(made.pk, way="call", by=agent("Ada"), now=NOW + HOUR)
    return made


def test_what_was_opened_again_owes_an_answer_also_while_somebody_works_on_it():
    made, ada = contacted(), agent("Bob")
    working.close(made.pk, **DONE, by=ada, now=NOW + 2 * HOUR)
    again = NOW + 7 * DAY
    working.reopen(made.pk, why="It broke again", by=ada, now=again)
    owed = Case.objects.get().next_at
    assert owed is not None
    assert owed > again
    working.start(made.pk, by=ada, now=again + HOUR)
    owning.assign(made.pk, to=ada.pk, by=ada, now=again + HOUR)
    assert Case.objects.get().next_at == owed
    working.contact(made.pk, way="call", by=ada, now=again + 2 * HOUR)
    assert Case.objects.get().next_at is None


def test_a_letter_of_theirs_hides_no_promise_and_a_promise_no_letter():
    made, ada = contacted(), agent("Bob")
    soon, far = NOW + 3 * HOUR, NOW + 30 * DAY
    working.promise(made.pk, text="A fix", until=soon, by=ada, now=NOW + HOUR)
    they_write(made, at=NOW + 2 * HOUR)
    assert Case.objects.get().next_at == soon
    working.promise(made.pk, text="A fix in a month", until=far, by=ada, now=NOW + 2 * HOUR)
    answer_due = Case.objects.get().next_at
    assert NOW + 2 * HOUR < answer_due < far
    working.contact(made.pk, way="call", by=ada, now=NOW + 4 * HOUR)
    assert Case.objects.get().next_at == far


def test_who_writes_twice_has_waited_since_the_first_letter():
    made = contacted()
    they_write(made, at=NOW + 2 * HOUR)
    owed = Case.objects.get().next_at
    they_write(made, at=NOW + 3 * HOUR)
    they_write(made, at=NOW + 4 * HOUR, machine=True)
    assert Case.objects.get().next_at == owed


def test_a_contact_taken_back_leaves_the_answer_owed():
    made, bob = contacted(), agent("Bob")
    they_write(made, at=NOW + 2 * HOUR)
    owed = Case.objects.get().next_at
    working.contact(made.pk, way="call", by=bob, now=NOW + 3 * HOUR)
    working.take_back(made.pk, by=bob, now=NOW + 3 * HOUR)
    assert Case.objects.get().next_at == owed


def test_waiting_makes_nothing_good_that_was_late():
    made, ada = case(), agent("Ada")
    due = made.due_at
    working.wait(made.pk, why="for their logs", by=ada, now=due + HOUR)
    held = Case.objects.get()
    assert (held.state, held.next_at) == ("waiting", due)
    assert [one.case for one in reading.cases(reading.Asked(view="overdue"), by=ada, now=due + 2 * HOUR).lines] == [
        made
    ]
    working.start(made.pk, by=ada, now=due + 5 * DAY)
    held = Case.objects.get()
    assert held.due_at == held.next_at == due


def test_who_gets_a_late_case_gets_it_late():
    made, ada, bob = case(), agent("Ada"), agent("Bob")
    due = made.due_at
    owning.seat(user=bob.pk, calendar=AROUND_THE_CLOCK)
    owning.assign(made.pk, to=ada.pk, by=ada, now=NOW)
    owning.assign(made.pk, to=bob.pk, by=ada, now=due + HOUR)
    assert Case.objects.get().due_at == due
    working.wait(made.pk, why="for their logs", by=bob, now=due + HOUR)
    owning.assign(made.pk, to=ada.pk, by=ada, now=due + 2 * HOUR)
    working.start(made.pk, by=ada, now=due + DAY)
    held = Case.objects.get()
    assert held.due_at == held.next_at == due


def test_in_time_the_hours_of_whoever_gets_it_count():
    made, ada, bob = case(), agent("Ada"), agent("Bob")
    owning.seat(user=bob.pk, calendar=AROUND_THE_CLOCK)
    owning.assign(made.pk, to=bob.pk, by=ada, now=NOW)
    held = Case.objects.get()
    assert held.due_at == held.next_at == NOW + timedelta(minutes=held.minutes)


def test_a_contact_is_remembered_through_two_merges():
    who, ada = person(at=company()), agent("Ada")
    first = case(by=who)
    working.contact(first.pk, way="call", by=ada, now=NOW + HOUR)
    into = first
    for reason in ("by_hand", "rule"):
        made = opening.open_case(account=who.account, contact=who, reason=reason, now=NOW).case
        into = working.merge(into.pk, into=made.pk, by=ada, now=NOW + HOUR)
    they_write(into, at=NOW + 2 * HOUR)
    working.contact(into.pk, way="call", by=ada, now=NOW + 3 * HOUR)
    working.take_back(into.pk, by=ada, now=NOW + 3 * HOUR)
    held = Case.objects.get(pk=into.pk)
    assert held.contacted_at == NOW + HOUR
    assert owing.contacts(held).count() == 1
    assert Case.objects.get(pk=first.pk).merged_into_id == into.pk


def test_letters_that_wait_for_a_sender_hold_up_no_other(monkeypatch: pytest.MonkeyPatch):
    made, ada = case(), agent("Ada")
    sender = Sender.objects.create(name="Mail", channel="outbox_folder", medium="email", created_at=NOW)

    def letter(number: int, state: str) -> CaseMail:
        message = Message.objects.create(
            kind="reply", sender=sender, medium="email", address="x@company.example", key=f"k{number}",
            body={}, due_at=NOW, created_at=NOW, state=state, sent_at=NOW if state == "sent" else None,
        )  # fmt: skip
        return CaseMail.objects.create(case=made, message=message, by=ada, at=NOW)

    monkeypatch.setattr(replying, "_TOGETHER", 5)
    for number in range(5):
        letter(number, MessageState.WAITING)
    sent = letter(9, MessageState.SENT)
    assert replying.settle(now=NOW + HOUR) == 1
    sent.refresh_from_db()
    assert sent.settled == "sent"
    assert Case.objects.get().contacted_at == NOW


def test_the_day_that_another_system_is_told_is_the_companys():
    preferences.change(time_zone="Pacific/Auckland")
    made = case()
    made.next_at = datetime(2026, 3, 2, 13, tzinfo=UTC)  # already the third in Auckland
    assert elsewhere.in_words(made, now=NOW).endswith("due 2026-03-03")
