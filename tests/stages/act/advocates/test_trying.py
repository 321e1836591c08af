"""A programme's letter tried on oneself: as an advocate gets it, and its pages keep nothing."""

from __future__ import annotations

import json
import re

import pytest
import typer
from django.test import Client
from typer.testing import CliRunner

from nineplus.cli import advocate
from nineplus.stages.act.advocates import acts, asking, leads, rewards, trying
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import people
from nineplus.store.models import Act, Advocate, Contact, Event, Lead, Message, Suppression
from tests.stages.act.advocates.world import DAY, programme, rich, sender
from tests.stages.act.world import NOW, answer, company, person
from tests.web.given import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path) -> None:
    settings.HOME = tmp_path
    sender(tmp_path)


def test_a_test_of_a_programme_is_as_an_advocate_gets_it_and_keeps_nothing():
    answer(10, by=person("Ada", at=company()), at=NOW - 30 * DAY)
    of = programme("referral", text="Hello {name}, tell a friend.")
    message = trying.send_test(of.pk, to="Me@us.example", now=NOW)
    assert (message.kind, message.address) == ("test", "me@us.example")
    assert message.body["subject"] == "[Test] A word"
    assert message.body["text"].startswith("Hello Ada,"), "as the first who would be asked"
    with pytest.raises(NotPossible):
        trying.send_test(of.pk, to="me", now=NOW)
    with pytest.raises(NotFound):
        trying.send_test(of.pk + 1, to="me@us.example", now=NOW)

    page = re.search(r"http\S+(/p/[\w-]{27}/)", message.body["text"]).group(1)
    customer = Client()
    shown = customer.get(page).content.decode()
    assert "nothing is kept" in shown
    assert "Yes, gladly" in shown
    for what in ("agree", "decline", "leave", "redeem", "return"):
        said = customer.post(page, {"what": what, "number": "1"})
        assert said.status_code == 200
        assert 'role="status"' in said.content.decode()
    link = re.search(r'href="http[^"]+(/r/[\w-]+/)"', shown).group(1)
    assert "nothing is kept" in customer.get(link).content.decode()
    friend = {"name": "Bo", "email": "bo@else.example", "agreed": "yes"}
    assert "hear from us soon" in customer.post(link, friend).content.decode()
    customer.post(re.search(r"http\S+(/u/[\w-]{27}/)", message.body["text"]).group(1))
    for model in (Act, Advocate, Event, Lead, Suppression):
        assert not model.objects.exists()
    assert trying.tested("A" * 27) is None


def test_a_review_is_tried_with_its_site_and_nobodys_link():
    of = programme("review")
    message = trying.send_test(of.pk, to="me@us.example", now=NOW)
    assert message.body["text"].startswith("Hello"), "also while nobody would be asked"
    page = re.search(r"http\S+(/p/[\w-]{27}/)", message.body["text"]).group(1)
    shown = Client().get(page).content.decode()
    assert "https://reviews.example/us" in shown
    assert "/r/" not in shown


def test_a_test_is_sent_from_the_page():
    staff = Client()
    analyst = people.create_person(email="a@us.example", name="An", role="analyst", password=PASSWORD, now=NOW)
    staff.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    of = programme("quote")
    assert "Try it on yourself" in staff.get(f"/loop/advocates/{of.pk}/").content.decode()
    told = staff.post(f"/loop/advocates/{of.pk}/test/", follow=True).content.decode()
    assert "On its way to a@us.example" in told
    staff.post(f"/loop/advocates/{of.pk}/test/", {"to": "nobody"})
    assert [one.address for one in Message.objects.all()] == ["a@us.example"]


def test_a_test_is_sent_from_the_command_line():
    of, app = programme("quote"), typer.Typer()
    advocate.register(app)
    got = CliRunner().invoke(app, ["advocate", "ask", "quote", "--test", "cli@us.example", "--json"])
    assert json.loads(got.output) == {"id": of.pk, "test": "cli@us.example"}
    both = CliRunner().invoke(app, ["advocate", "ask", "quote", "--test", "cli@us.example", "--dry-run"])
    assert both.exit_code == 2
    assert Message.objects.get().address == "cli@us.example"


def test_points_are_told_in_the_language_of_who_reads_them():
    ada = person("Ada", at=company())
    Contact.objects.filter(pk=ada.pk).update(language="de")
    referral, quote = programme("referral", points=20), programme("quote", points=20, name="Internal: Q4 quotes")
    mine = rich("Ada", 10, who=ada)
    acts.begin(quote.pk, contact=ada.pk, stage="done", by=None, now=NOW)
    lead = leads.bring(mine.code, name="Bo", email="bo@globex.example", company="", agreed=True, now=NOW)
    leads.settle(lead.pk, won=True, by=None, now=NOW)
    leads.reopen(lead.pk, by=None, now=NOW)
    mug = rewards.offer(name="Tasse", points=10, cost_minor=1, currency="EUR", budget_minor=100)
    asked = rewards.redeem(mine, reward=mug.pk, now=NOW)
    rewards.settle(asked.pk, give=False, why="Keine mehr da", by=None, now=NOW)
    shown = Client().get("/" + asking.page_link(mine).split("/", 3)[3]).content.decode()
    told = re.findall(r"<li>(.*?)</li>", shown)
    assert told == [
        "+10 Tasse: Nicht erhalten",
        "−10 Tasse",
        "−20 Uns weiterempfehlen",
        "+20 Uns weiterempfehlen",
        "+20 Uns erlauben, Sie zu zitieren",
        "+10 Given",
    ]
    assert referral.name not in shown
    assert "Internal" not in shown
