"""Loop: the lists, one case, and what is done with it, with and without page loads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from nineplus.stages.act.cases import policy, working
from nineplus.stages.analyze.comments import versions
from nineplus.stages.capture.sending import senders
from nineplus.stages.govern import preferences
from nineplus.store.models import (
    Absence,
    Case,
    CaseAnswer,
    CaseEntry,
    CommentReading,
    Contact,
    Mention,
    Message,
    Movement,
    Seat,
    Subscription,
    User,
)
from nineplus.web.words import day
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_an_empty_loop_teaches_and_a_full_one_lists(client_of):
    client = client_of("agent")
    assert "There are no cases yet" in client.get("/loop/").content.decode()
    made = case(by=person("Bo", at=company("Initech")))
    page = client.get("/loop/?view=queue").content.decode()
    assert "Initech" in page
    assert f"/loop/{made.pk}/" in page
    assert "1 is in the queue: nobody looks after them" in page
    for address in ("/loop/board/", "/loop/team/", "/loop/?view=overdue", "/loop/?view=closed", "/loop/?view=all"):
        assert client.get(address).status_code == 200, address
    assert "No case is like that" in client.get("/loop/?view=all&q=Hooli").content.decode()
    assert "Initech" in client.get(f"/loop/?view=all&q={made.pk}&priority=normal").content.decode()
    assert client.get("/loop/?view=odd").status_code == 400
    assert client.get("/loop/999999/").status_code == 404


def test_the_loop_opens_where_somebody_waits_and_says_what_came_meanwhile(client_of):
    client = client_of("agent")
    assert "new case" not in client.get("/loop/?since=0", headers=HTMX).content.decode()
    made = case(by=person("Bo", at=company("Initech")))
    assert "Initech" in client.get("/loop/").content.decode()  # mine is empty, the queue is not
    assert "Initech" not in client.get("/loop/?view=mine").content.decode()
    assert "1 new case: show it" in client.get("/loop/?view=queue&since=0", headers=HTMX).content.decode()
    assert "new case" not in client.get(f"/loop/?view=queue&since={made.pk}", headers=HTMX).content.decode()
    assert "new case" not in client.get("/loop/?view=mine&since=0", headers=HTMX).content.decode()
    client.post(f"/loop/{made.pk}/claim/")
    assert "new case" not in client.get("/loop/?view=queue&since=0", headers=HTMX).content.decode()
    assert "Initech" in client.get("/loop/").content.decode()  # it is mine


def test_a_case_is_taken_worked_on_and_closed_without_page_loads(client_of):
    client, made = client_of("agent"), case()
    one = f"/loop/{made.pk}/"
    whole = client.get(one).content.decode()
    assert "Timeline" in whole
    assert "<html" not in client.get(one, headers=HTMX).content.decode()
    assert "It is yours." in client.post(one + "claim/", headers=HTMX).content.decode()
    made.refresh_from_db()
    seen = made.version
    client.post(one + "contact/", {"way": "call", "text": "Spoke to Bo", "version": seen})
    stale = client.post(one + "wait/", {"text": "their log", "version": seen}, headers=HTMX).content.decode()
    assert "changed this case meanwhile" in stale
    assert "their log" not in Case.objects.get().entries.values_list("text", flat=True)
    refused = client.post(one + "close/", {"outcome": "solved", "text": "Done <now>"}, headers=HTMX).content.decode()
    assert "root cause" in refused
    assert "Said in the comment" not in refused
    assert "Done &lt;now&gt;" in refused  # what was typed is not lost
    client.post(one + "close/", {"outcome": "solved", "root_cause": "performance", "text": "Done"})
    made.refresh_from_db()
    assert (made.state, made.outcome, made.root_cause) == ("closed", "solved", "performance")
    assert made.contacted_at
    assert client.post(one + "dance/").status_code == 404


def test_the_page_says_how_to_reach_them_what_they_pay_and_how_they_are(client_of):
    client, acme = client_of("agent"), company("Initech")
    bo = person("Bo", at=acme, phone="+4930123456")
    one = f"/loop/{case(by=bo, at=timezone.now()).pk}/"
    page = client.get(one).content.decode()
    assert f'href="mailto:{bo.email}"' in page
    assert 'href="tel:+4930123456"' in page
    assert "Pays a month" not in page
    subscription = Subscription.objects.create(
        source="crm",
        external_id="S1",
        account=acme,
        started_at=NOW,
        renews_at=timezone.now() + timedelta(days=30),
        revision=1,
    )
    Movement.objects.create(
        source="crm",
        external_id="M1",
        account=acme,
        subscription=subscription,
        at=NOW,
        kind="new",
        amount_minor=90_000,
        currency="CHF",
        revision=1,
    )
    page = client.get(one, headers=HTMX).content.decode()
    assert "CHF" in page
    assert f"renews {day(subscription.renews_at)}" in page
    assert f'href="/accounts/{acme.pk}/"' in page
    assert "At risk" in page  # unhappy, and renewing soon
    Contact.objects.update(erased_at=NOW)
    assert "mailto:" not in client.get(one).content.decode().split("case-history")[0]


def test_what_is_done_beside_the_list_is_seen_in_the_list(client_of):
    client, made = client_of("agent"), case(by=person("Bo", at=company("Initech")))
    assert """hx-vals='{"list": "view=queue"}'""" in client.get("/loop/").content.decode()
    one = f"/loop/{made.pk}/"
    taken = client.post(one + "claim/", {"list": "view=queue"}, headers=HTMX).content.decode()
    assert f'<li id="case-{made.pk}" hx-swap-oob="delete">' in taken  # it left the queue
    assert 'Queue <span class="tab-number">0</span>' in taken
    assert 'Mine <span class="tab-number">1</span>' in taken
    begun = client.post(one + "start/", {"list": "view=mine&priority=normal"}, headers=HTMX).content.decode()
    line = begun.split(f'<li class="answer" id="case-{made.pk}" hx-swap-oob="true">')[1]
    assert "In work" in line
    assert f"{one}?view=mine&amp;priority=normal" in line
    assert "hx-swap-oob" not in client.post(one + "note/", {"text": "x"}, headers=HTMX).content.decode()


def test_whoever_noted_a_contact_by_mistake_takes_it_back_on_the_page(client_of):
    client, made = client_of("agent"), case()
    one = f"/loop/{made.pk}/"
    noted = client.post(one + "contact/", {"way": "call", "text": "Spoke to Bo"}, headers=HTMX).content.decode()
    assert "was in contact: by telephone" in noted
    assert "take-back/" in noted
    other = agent("Bob")
    CaseEntry.objects.filter(kind="contact").update(by=other)
    assert "take-back/" not in client.get(one).content.decode()
    CaseEntry.objects.filter(kind="contact").update(by=User.objects.exclude(pk=other.pk).get())
    back = client.post(one + "take-back/", {"entry": made.entries.get(kind="contact").pk}, headers=HTMX)
    assert "Taken back: it counts as no contact." in back.content.decode()
    assert "take-back/" not in back.content.decode()
    assert Case.objects.get().contacted_at is None
    assert "no contact of yours" in client.post(one + "take-back/", {}, headers=HTMX).content.decode()


def test_a_case_by_hand_from_an_answer(client_of):
    client, said = client_of("agent"), answer(8, by=person(at=company()))
    assert "Open a case" in client.get(f"/responses/{said.pk}/").content.decode()
    client.post("/loop/open/", {"response": said.pk, "note": "Ask about the export"})
    made = Case.objects.get()
    assert f"/loop/{made.pk}/" in client.get(f"/responses/{said.pk}/").content.decode()
    piece = client.get(f"/loop/{made.pk}/?below=9999999999999999-answers-5", headers=HTMX).content.decode()
    assert "beforeend:#timeline" in piece
    assert "<h1" not in piece
    assert made.owner == User.objects.get()
    assert made.answers.get().response == said
    assert "Say for which" in client.post("/loop/open/", {}, follow=True).content.decode()


def test_a_letter_is_begun_from_a_template_seen_and_sent(client_of):
    client, made = client_of("agent"), case(by=person("Bo", at=company(), language="fr"))
    one = f"/loop/{made.pk}/"
    assert "no e-mail sender yet" in client.get(one).content.decode()
    senders.create(channel="outbox_folder", settings={}, from_address="care@acme.example", now=NOW)
    begun = client.get(one + "letter/?name=We+are+sorry", headers=HTMX).content.decode()
    assert "Bonjour Bo" in begun
    assert "<html" not in begun
    assert "Bonjour Bo" in client.get(one + "letter/?name=We+are+sorry").content.decode()
    refused = client.post(one + "reply/", {"subject": "", "text": "Bonjour &"}, headers=HTMX).content.decode()
    assert "Bonjour &amp;" in refused
    sent = client.post(one + "reply/", {"subject": "S", "text": "Bonjour", "wait": "yes"}, headers=HTMX)
    assert "is on its way" in sent.content.decode()
    assert Message.objects.get().body["subject"] == "S"
    assert Case.objects.get().state == "waiting"


def test_what_is_promised_is_set_and_wrong_values_are_told(client_of):
    client, ada = client_of("analyst"), agent("Ada", seat=False)
    good = {
        "from_answers": "on",
        "not_older_days": "3",
        "hours_urgent": "2",
        "hours_high": "4",
        "hours_normal": "8",
        "hours_low": "16.5",
        "rung_1": "0",
        "rung_2": "4",
        "rung_2_people": [str(ada.pk)],
        "high_value": "2500",
        "recovery_days": "14",
    }
    assert "Saved." in client.post("/settings/cases/change/", good, follow=True).content.decode()
    held = policy.current()
    assert held.minutes_for("low") == 990
    assert held.chain[1].people == (ada.pk,)
    assert held.high_value_minor == 250_000
    for wrong, words in (
        ({"hours_low": "long"}, "not a number of hours"),
        ({"rung_1": "9"}, "comes later"),
        ({"hours_low": "99999"}, "at most 1,440 working hours"),
        ({"not_older_days": "9999"}, "0 to 365"),
        ({"calendar": "Moon"}, "There is no calendar"),
    ):
        assert words in client.post("/settings/cases/change/", {**good, **wrong}, follow=True).content.decode()
    assert policy.current() == held
    a, b = ada.pk, agent("Bob").pk
    rows = {"person": [a, b], f"team_{a}": "West", f"capacity_{a}": "5", f"takes_turns_{a}": "on", f"team_{b}": "East"}
    client.post("/settings/cases/people/", rows)
    seats = Seat.objects.order_by("team").values_list("team", "capacity", "takes_turns")
    assert list(seats) == [("East", None, False), ("West", 5, True)]
    rows |= {f"team_{a}": "North", f"capacity_{b}": "many"}
    assert "Room is a number" in client.post("/settings/cases/people/", rows, follow=True).content.decode()
    assert not Seat.objects.filter(team="North").exists()  # all or nobody
    page = client.get("/settings/cases/").content.decode()
    assert f'name="rung_2_people" value="{a}" checked' in page
    assert f'name="rung_2_people" value="{b}">' in page
    client.post("/settings/cases/away/", {"user": ada.pk, "first": "2099-01-01", "last": "2099-01-09"})
    away = Absence.objects.get()
    assert "9 Jan 2099" in client.get("/settings/cases/").content.decode().replace("\u00a0", " ")
    client.post(f"/settings/cases/away/{away.pk}/back/")
    assert not Absence.objects.exists()
    client.post("/settings/cases/letters/", {"name": "Short", "language": "nl", "subject": "Hoi", "text": "Hoi {name}"})
    assert "Hoi {name}" in client.get("/settings/cases/").content.decode()
    client.post("/settings/cases/letters/", {"name": "Short", "remove": "yes"})
    assert "Hoi {name}" not in client.get("/settings/cases/").content.decode()


def test_what_the_comment_is_about_is_offered_first_as_the_cause(client_of):
    said = answer(2, by=person(at=company()), comment="The invoice was wrong again")
    made = case(by=said.contact)
    CaseAnswer.objects.create(case=made, response=said, at=NOW)
    reading = CommentReading.objects.create(response=said, version=versions.current(), sentiment="negative", revision=1)
    where = {"reading": reading, "sentiment": "negative", "start": 4, "stop": 11, "model": True}
    Mention.objects.create(theme="billing", sure=0.9, salience=0.9, counts=True, **where)
    Mention.objects.create(theme="price", sure=0.3, salience=0.1, counts=False, **where)
    page = client_of("agent").get(f"/loop/{made.pk}/").content.decode()
    offered = page.split("Said in the comment")[1].split("</optgroup>")[0]
    assert 'value="billing"' in offered
    assert 'value="price"' not in offered


def test_the_queue_says_why_everything_comes_there_until_somebody_takes_turns(client_of):
    case()
    client = client_of("analyst")
    assert "nobody takes turns" in client.get("/loop/?view=queue").content.decode()
    agent("Ada")
    assert "nobody takes turns" not in client.get("/loop/?view=queue").content.decode()


def test_times_are_by_the_companys_clock_and_say_whose(client_of):
    client, made = client_of("agent"), case(by=person("Bo", at=company("Initech")))
    CaseEntry.objects.filter(case=made).update(at=NOW.replace(hour=23))
    Case.objects.update(next_at=NOW.replace(year=2099, hour=22))
    pages = ("/loop/?view=all", f"/loop/{made.pk}/")
    assert "17 Nov 2099, 22:00 UTC" in _plain(client.get(pages[0]))
    assert "17 Nov 2026, 23:00 UTC" in _plain(client.get(pages[1]))
    preferences.change(time_zone="Europe/Berlin")
    assert "17 Nov 2099, 23:00 CET" in _plain(client.get(pages[0]))
    assert "18 Nov 2026, 00:00 CET" in _plain(client.get(pages[1]))
    assert "2026-11-17T23:00:00+00:00" in _plain(client.get(pages[1]))  # for machines
    preferences.change(time_zone="America/Sao_Paulo")
    assert "17 Nov 2026, 20:00 UTC−3" in _plain(client.get(pages[1]))


def _plain(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_whoever_was_called_waits_no_more_and_a_promise_stands_in_the_list(client_of):
    client = client_of("agent")
    agent = User.objects.get()
    made = [case(by=person(name, at=company(name))) for name in ("Ada", "Bo")]
    now = timezone.now()
    working.contact(made[0].pk, way="call", by=agent, now=now)
    seen = client.get("/loop/?view=all").content.decode()
    assert "One customer waits to hear from you" in seen
    assert "In 1 more open case nothing is owed just now." in seen
    assert "1 is in the queue: nobody looks after them." in seen
    until = now + timedelta(days=3)
    working.promise(made[0].pk, text="A date for the fix.", until=until, by=agent, now=now)
    seen = client.get("/loop/?view=all").content.decode()
    assert "2 customers wait to hear from you" in seen
    assert f"promised for {until.day}" in seen.replace("\xa0", " ")
