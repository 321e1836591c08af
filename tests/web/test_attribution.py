"""The page Attribution: the rule and its job, and the sample of links that people judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nineplus.analyses.attribution import attribution as coverage
from nineplus.jobs.worker import Worker
from nineplus.stages import analyze
from nineplus.stages.connect import attribution, auditing
from nineplus.stages.mart import newest
from nineplus.store.models import Event, LinkCheck, LinkRuleVersion, Response, Revision, Ticket
from tests.web.given import NOW

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {
    "window_days": "14",
    "T2": "1",
    "half_life_days": "28",
    "left_category": "Internal, Spam",
    "calendar_name": ["Berlin", ""],
    "time_zone": ["Europe/Berlin", ""],
    "country": ["de", ""],
    "region": ["BY", ""],
    "holidays": ["2026-12-24", ""],
    **{f"hours_{day}": ["09:00-12:30, 13:30-18:00" if day < 5 else "", ""] for day in range(7)},
    "level_name": ["Gold", ""],
    "level_when": ["priority=High, Urgent; plan=Gold", ""],
    "level_calendar": ["Berlin", ""],
    "level_first": ["60", ""],
    "level_resolution": ["", ""],
    "waiting": "Pending",
}


@pytest.fixture
def served(answers, settings, tmp_path):
    """A ticket a day before each of the sixty answers; every fourth survey was sent for it."""
    settings.HOME = tmp_path
    for number, one in enumerate(Response.objects.order_by("pk")):
        at = one.answered_at
        ticket = Ticket.objects.create(
            external_id=f"T{number}",
            contact_id=one.contact_id,
            opened_at=at - timedelta(days=45),
            resolved_at=at - timedelta(days=1 + number % 2 * 20),
            category="Internal" if number % 3 == 0 else "Bug",
            revision=1,
        )
        if number % 4 == 0:
            Response.objects.filter(pk=one.pk).update(ticket=ticket)
    Revision.objects.update_or_create(pk=1, defaults={"number": 1})
    analyze.rebuild_mart(now=NOW)


def test_a_rule_is_saved_linked_by_and_then_in_force(served, client_of):
    client = client_of("analyst")
    before = client.get("/attribution/").content.decode()
    assert "version 1" in before
    assert "up to 30 days before the answer" in before
    client.post("/settings/attribution/save/", FORM)
    page = client.get("/attribution/").content.decode()
    assert "All answers are being linked by version 2" in page
    assert "up to 30 days before the answer" in page, "until it is done the version before is shown"
    assert newest().rule.version == 1
    Worker().burst()
    rule = newest().rule
    assert (rule.version, rule.window_days, rule.tiers, rule.half_life_days) == (2, 14, ("T1", "T2"), 28)
    assert rule == attribution.current()
    assert {"2026-12-24", "2026-10-03"} < set(rule.calendars[0].holidays)
    assert rule.levels[0].when == (("priority", ("High", "Urgent")), ("plan", ("Gold",)))
    page = client.get("/attribution/").content.decode()
    assert "up to 14 days before the answer" in page
    assert "category is Internal or Spam" in page
    assert 'value="Internal, Spam"' in client.get("/settings/attribution/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("window_days", "0", "1 to 365"),
        ("window_days", "many", "whole number"),
        ("country", ["XX", ""], "No holidays are known"),
        ("hours_0", ["nine to five", ""], "09:00-12:30"),
        ("level_when", ["priority", ""], "is no condition"),
        ("level_first", ["", ""], "promises nothing"),
        ("time_zone", ["Mars/Olympus", ""], "not a time zone"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_saved(client_of, field, value, word, db):
    page = client_of("analyst").post("/settings/attribution/save/", {**FORM, field: value}, follow=True)
    assert word in page.content.decode()
    assert not LinkRuleVersion.objects.exists()
    assert not Event.objects.exists()


def test_cancelling_keeps_the_rule_in_force(served, client_of):
    client = client_of("analyst")
    client.post("/settings/attribution/save/", FORM)
    client.post("/attribution/2/cancel/")
    Worker().burst()
    assert (newest().rule.version, attribution.current().version) == (1, 1)
    assert "It was cancelled" in client.get("/attribution/").content.decode()


def test_links_are_drawn_by_tier_and_judged_by_people(served, client_of):
    client = client_of("analyst")
    assert "Draw links" in client.get("/attribution/links/").content.decode()
    client.post("/attribution/links/draw/")
    drawn = list(LinkCheck.objects.order_by("place").values_list("response", "ticket"))
    tiers = set(LinkCheck.objects.values_list("tier", flat=True))
    assert len(drawn) == len(set(drawn)) > 15
    assert tiers >= {"T1", "T2"}
    for verdict in ("yes", "no", "unsure"):
        case = auditing.upcoming()
        assert case.ticket.external_id in client.get("/attribution/links/").content.decode()
        client.post(f"/attribution/links/{case.check.pk}/", {"verdict": verdict})
    told = auditing.audit()
    assert (told.judged + sum(one.tier == "T3" for one in LinkCheck.objects.exclude(verdict="")), told.enough) == (
        2,
        False,
    )
    check = LinkCheck.objects.get(verdict="yes")
    assert (check.judged_by.role, check.rule_version) == ("analyst", 1)
    client.post(f"/attribution/links/{check.pk}/", {"verdict": "perhaps"})
    check.refresh_from_db()
    assert check.verdict == "yes"
    assert not client.post("/attribution/links/draw/").content, "drawing again draws only what is missing"
    assert set(drawn) <= set(LinkCheck.objects.values_list("response", "ticket"))


def test_a_hundred_judged_links_give_a_precision(served):
    LinkCheck.objects.bulk_create(
        LinkCheck(rule_version=1, place=i, response=i, ticket=i, tier="T1" if i % 2 else "T2",
                  verdict="no" if i % 10 == 0 else "yes")
        for i in range(100)
    )  # fmt: skip
    found = coverage(replace(newest(), judged=auditing.judged()))
    assert found.figures["precision_low"] < found.figures["precision"] < found.figures["precision_high"]
    assert "judged by hand" in found.assumptions[0]


def test_viewers_see_the_page_and_no_links(served, client_of):
    client = client_of("viewer")
    assert client.get("/attribution/").status_code == 200
    assert client.get("/attribution/links/").status_code == 403
    assert client.post("/attribution/links/draw/").status_code == 403
