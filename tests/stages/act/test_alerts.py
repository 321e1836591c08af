"""Alerts: late cases and large unhappy customers are told once, mailed when a person wants it, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.alerts import choosing, expecting, telling, timing
from nineplus.stages.act.alerts import policy as alert_policy
from nineplus.stages.act.alerts.kinds import high_value_detractor, score_fall, silent_account, source_stopped
from nineplus.stages.act.cases import escalating, opening, policy
from nineplus.stages.capture.people import erasing
from nineplus.stages.connect import feeds
from nineplus.stages.errors import NotPossible
from nineplus.stages.share import webhooks
from nineplus.stages.share.formats import FORMATS
from nineplus.store.models import (
    Account,
    Alert,
    AlertChoice,
    Connection,
    Contact,
    Event,
    Message,
    Movement,
    Raised,
    Sender,
    Subscription,
    SyncRun,
    WebhookDelivery,
)
from nineplus.store.models.alerts import Mailed
from tests.connectors.surveys.typeform_calls import body, signed
from tests.stages.act import world

pytestmark = pytest.mark.django_db
NOW = world.NOW


def sender() -> None:
    Sender.objects.create(
        name="Mail", medium="email", channel="smtp", from_address="us@us.example", is_default=True, created_at=NOW
    )


def overdue(now: datetime) -> None:
    """The worker finds what is late, and handles what that says twice, as after a crash."""
    escalating.escalate(now=now)
    for event in Event.objects.filter(kind="case.overdue"):
        for handler in [one for one in HANDLERS[event.kind] if one.__name__ == "alert_overdue"] * 2:
            handler(event.data, now=now, stopping=lambda: False)


def test_a_late_case_is_told_to_its_owner_once_and_mailed_once():
    sender()
    ada = world.agent("Ada")
    case = world.case()
    overdue(late := NOW + timedelta(days=30))
    row = Alert.objects.filter(user=ada).get()
    assert (row.subject, row.path) == (f"case-{case.pk}", f"/loop/{case.pk}/")
    assert "overdue" in row.title
    assert telling.due(late)
    assert [telling.mail_due(now=late), telling.mail_due(now=late)] == [1, 0]
    letter = Message.objects.get(key__startswith="alert-")
    assert letter.address == ada.email
    assert letter.body["subject"] == row.title
    assert row.title not in letter.body["text"]
    assert f"/loop/{case.pk}/" in letter.body["text"]
    assert choosing.unread(ada) == 1
    choosing.read_all(ada, to=row.pk, now=late)
    assert choosing.unread(ada) == 0


def test_the_letter_of_an_answer_says_what_they_wrote_and_who_has_the_case():
    sender()
    ada, bo = world.agent("Ada"), world.person(at=world.company())
    said = world.answer(2, by=bo, comment="Too <slow>\n" + "and slower " * 40)
    made = opening.from_answer(said.pk, now=NOW)
    told = {"kind": "score_fall", "period": "1", "title": "Bo gave 2, after 9", "whom": [ada.pk], "now": NOW}
    telling.tell(subject="contact-1", path=f"/responses/{said.pk}/", contact=bo.pk, **told)
    telling.mail_due(now=NOW)
    body = Message.objects.get().body
    quoted = body["text"].split("“")[1].split("”")[0]
    assert quoted.startswith("Too <slow> and slower")
    assert quoted.endswith("…")
    assert len(quoted) <= 300
    assert f"Case {made.case.pk}: Ada has it\n" in body["text"]
    assert f"/loop/{made.case.pk}/" in body["html"]
    assert "Too &lt;slow&gt;" in body["html"]
    assert "Bo gave 2" not in body["text"] + body["html"].split("<body")[1]  # the subject says it
    erasing.erase(contact=bo.pk, now=NOW)
    assert Message.objects.get().body == {}


def test_without_an_owner_the_owners_of_the_company_are_told():
    boss = world.agent("Boss", seat=False, role="owner")
    world.case()
    overdue(NOW + timedelta(days=30))
    assert Alert.objects.get().user == boss


def pays(account: Account, minor: int, *, renews_at: datetime | None = None) -> None:
    Movement.objects.create(
        external_id=f"M{account.pk}-{minor}",
        account=account,
        at=NOW - timedelta(days=90),
        kind="new",
        amount_minor=minor,
        currency="USD",
        revision=1,
    )
    if renews_at:
        Subscription.objects.create(external_id=f"S{account.pk}", account=account, renews_at=renews_at, revision=1)


def test_a_large_unhappy_customer_is_told_once_a_day():
    ada = world.agent("Ada", seat=False)
    account = world.company(owner=ada)
    policy.change(replace(policy.current(), high_value_minor=100_000))
    pays(account, 99_999)
    bo = world.person(at=account)
    answers = [world.answer(2, by=bo), world.answer(3, by=bo), world.answer(9, by=bo)]
    assert high_value_detractor.worth_a_look([one.pk for one in answers]) == [answers[0].pk, answers[1].pk]
    assert high_value_detractor.look(answers[0].pk, now=NOW) == 0
    pays(account, 1)
    for one in answers:
        high_value_detractor.look(one.pk, now=NOW)
    assert Alert.objects.get().user == ada
    assert Event.objects.filter(kind="alert.raised").count() == 1
    assert high_value_detractor.look(answers[0].pk, now=NOW + timedelta(days=400)) == 0  # history


def before(contact: Contact, score: int, *, days: int = 200) -> None:
    world.answer(score, by=contact, at=NOW - timedelta(days=days))


def test_a_person_who_falls_is_told_with_what_was_to_be_expected():
    ada = world.agent("Ada", seat=False)
    bo, cy = (world.person(name, at=world.company(owner=ada)) for name in ("Bo", "Cy"))
    before(bo, 9)
    before(cy, 9)
    low, less = world.answer(5, by=bo), world.answer(7, by=cy)
    assert score_fall.worth_a_look([low.pk, less.pk, world.answer(3).pk]) == [low.pk, less.pk]
    score_fall.look(less.pk, now=NOW)
    assert not Raised.objects.exists()  # two points are not three
    assert [score_fall.look(low.pk, now=NOW), score_fall.look(low.pk, now=NOW)] == [1, 1]
    raised = Raised.objects.get()
    assert raised.title == "Bo of Acme gave 5, after 9 the last time"
    assert "Too few people" in raised.detail
    for number in range(60):  # whoever gave 9 gives 7 the next time, 6 and 8 by turns
        one = world.person()
        before(one, 9, days=300)
        before(one, 6 + 2 * (number % 2), days=250)
        other = world.person()
        before(other, 3, days=300)
        before(other, 4, days=250)
    case = opening.from_answer(world.answer(0, by=(followed := world.person())).pk, now=NOW)
    assert case is not None
    world.answer(10, by=followed, at=NOW + timedelta(hours=1))  # followed up: says nothing of what comes by itself
    learned = expecting.learn()
    assert learned.cells[3] == (60, 4.0)
    assert learned.after(9) == pytest.approx((60 * 7 + 5 + 7) / 62)
    assert 0 not in learned.cells
    Raised.objects.all().delete()
    assert score_fall.look(low.pk, now=NOW) == 0  # of the four points two were to be expected
    worse = world.answer(3, by=world.person("Di", at=(firm := world.company(owner=ada))), at=NOW)
    before(worse.contact, 9)
    score_fall.look(worse.pk, now=NOW)
    assert "a fall of 2.0 was to be expected; this one is of 6" in Raised.objects.get().detail
    for score in (3, 4):
        mate = world.person(at=firm)
        before(mate, 9)
        last = world.answer(score, by=mate)
    score_fall.look(last.pk, now=NOW)
    told = Raised.objects.get(subject=f"account-{firm.pk}")
    assert told.title == "Acme fell from 9.0 to 3.3 on average"
    assert "The same 3 people" in told.detail
    later = NOW + timedelta(days=40)
    again = world.answer(2, by=mate, at=later)
    score_fall.look(again.pk, now=later)
    assert Raised.objects.filter(subject=f"account-{firm.pk}").count() == 1, "one fall is told once"
    people = Contact.objects.filter(account=firm).exclude(pk=mate.pk)
    for one in people:
        lowest = world.answer(0, by=one, at=later)
    again.score = 0
    again.save()
    score_fall.look(lowest.pk, now=later)
    titles = Raised.objects.filter(subject=f"account-{firm.pk}").order_by("pk").values_list("title", flat=True)
    assert titles.last() == "Acme fell from 3.3 to 0.0 on average", "and the next one too"
    erasing.erase(contact=worse.contact.pk, now=NOW)
    assert "Di" not in " ".join(Raised.objects.values_list("title", flat=True))
    assert not Alert.objects.filter(title__contains="Di of").exists()


def test_a_silent_large_account_is_told_before_its_contract_renews():
    boss, ada = world.agent("Boss", seat=False, role="owner"), world.agent("Ada", seat=False)
    policy.change(replace(policy.current(), high_value_minor=100_000))
    silent, speaks, small, later = (world.company(name, owner=ada) for name in ("Silent", "Speaks", "Small", "Later"))
    for account, minor, days in ((silent, 200_000, 60), (speaks, 200_000, 60), (small, 50, 60), (later, 200_000, 200)):
        pays(account, minor, renews_at=NOW + timedelta(days=days))
    before(world.person(at=silent), 9)
    before(world.person(at=speaks), 9, days=30)
    assert [silent_account.look(now=NOW), silent_account.look(now=NOW)] == [2, 2]
    raised = Raised.objects.get()
    assert raised.title == "Silent is silent, and the contract renews in 60 days"
    assert "nobody there has been asked" in raised.detail
    assert set(raised.told.values_list("user", flat=True)) == {boss.pk, ada.pk}
    alert_policy.change(replace(alert_policy.current(), off=("silent_account",)))
    Raised.objects.all().delete()
    assert silent_account.look(now=NOW) == 0


def test_a_source_that_stops_is_told_against_its_own_rhythm():
    world.agent("Boss", seat=False, role="owner")
    feed = feeds.add(kind="typeform", name="Our form", now=NOW).feed
    for day in range(14):
        row = world.answer(9, at=NOW - timedelta(days=day))
        type(row).objects.filter(pk=row.pk).update(source="file", external_id=f"typeform:{day}")
    type(feed).objects.filter(pk=feed.pk).update(heard_at=NOW)
    broken = Connection.objects.create(
        source="hub", connector="hubspot", title="HubSpot", hook_key="h", created_at=NOW, checked_at=NOW
    )
    for day in range(14):
        SyncRun.objects.create(
            connection=broken,
            kind="sync",
            state="done",
            started_at=NOW,
            beat_at=NOW,
            finished_at=NOW - timedelta(days=day),
            counts={"tickets": {"added": day % 2}},
        )
    assert source_stopped.look(now=NOW + timedelta(days=1)) == 0
    source_stopped.look(now=NOW + timedelta(days=3))
    source_stopped.look(now=NOW + timedelta(days=6))
    said = list(Raised.objects.order_by("pk").values_list("title", flat=True))
    assert said == ["Nothing new came from Our form for 3 days"]  # the other has a rhythm of two days, too few of them
    Connection.objects.update(state="broken", error="The token was revoked.")
    for day in range(3):  # somebody presses Check each day, and it still refuses
        source_stopped.look(now=NOW + timedelta(days=day))
        Connection.objects.update(checked_at=NOW + timedelta(days=day))
    assert Raised.objects.get(subject=f"connection-{broken.pk}").detail == "The token was revoked."


def test_each_feed_is_judged_by_its_own_calls():
    world.agent("Boss", seat=False, role="owner")
    busy, silent = (feeds.add(kind="typeform", name=name, now=NOW) for name in ("Busy", "Silent"))
    for day in range(12):
        at = NOW + timedelta(days=day)
        for one in (busy, silent) if day < 9 else (busy,):
            for minutes in (0, 30, 60):  # one time an hour is kept
                said = {"headers": signed(body(), one.secret), "body": body()}
                feeds.hear(hook_key=one.feed.hook_key, **said, now=at + timedelta(minutes=minutes))
    assert len(type(busy.feed).objects.get(pk=busy.feed.pk).calls_at) == 24
    source_stopped.look(now=at + timedelta(hours=3))
    assert list(Raised.objects.values_list("title", flat=True)) == ["Nothing new came from Silent for 3 days"]


def test_a_rising_theme_is_told_to_analysts():
    world.agent("Agent")
    boss = world.agent("Boss", seat=False, role="owner")
    data = {"theme": "billing", "title": "Billing", "week": "2026-11-09", "accounts": 12, "usual": 4.0}
    [handler] = [one for one in HANDLERS["theme.rising"] if one.__name__ == "alert_rising"]
    for _ in range(2):
        handler(data, now=NOW, stopping=lambda: False)
    row = Alert.objects.get()
    assert (row.user, row.path) == (boss, "/themes/billing/")


def test_webhooks_that_asked_hear_of_an_alert():
    asked = webhooks.add(url="https://hooks.example.com/a", format="standard", events=["alert.raised"], now=NOW)
    case = world.case()
    world.agent("Boss", seat=False, role="owner")
    overdue(NOW + timedelta(days=30))
    event = Event.objects.get(kind="alert.raised")
    for handler in HANDLERS["alert.raised"] * 2:
        handler(event.data, now=NOW, stopping=lambda: False)
    row = WebhookDelivery.objects.get(endpoint=asked.endpoint, event="alert.raised")
    assert FORMATS["standard"].body(row)["data"]["title"] == f"Case {case.pk} (Acme) is overdue"


def test_old_alerts_are_forgotten():
    world.agent("Boss", seat=False, role="owner")
    world.case()
    overdue(NOW + timedelta(days=30))
    assert telling.prune(now=NOW + timedelta(days=60)) == 0
    assert telling.prune(now=NOW + timedelta(days=300)) == 1
    assert not Alert.objects.exists()


def test_several_things_are_one_letter_and_who_wants_nothing_gets_nothing():
    sender()
    ada, bea, cy = (world.agent(name, seat=False) for name in ("Ada", "Bea", "Cy"))
    choosing.choose(bea, wanted=["overdue_case"], mailed=Mailed.NEVER, now=NOW)
    choosing.choose(cy, wanted=[], mailed=Mailed.AT_ONCE, now=NOW)
    for number in (1, 2):
        telling.tell(
            kind="overdue_case",
            subject=f"case-{number}",
            period="1",
            title=f"Case {number}",
            path=f"/loop/{number}/",
            whom=[ada.pk, bea.pk, cy.pk],
            now=NOW,
        )
    assert telling.mail_due(now=NOW) == 1
    assert "Case 2" in Message.objects.get().body["text"]
    assert [choosing.unread(one) for one in (ada, bea, cy)] == [2, 2, 0]


@pytest.mark.parametrize(
    ("choice", "hour", "mailed"),
    [
        ({}, 12, "17 12"),
        ({"quiet_from": 20, "quiet_to": 7}, 22, "18 06"),  # 23 in Berlin, until 7 of the next day
        ({"quiet_from": 20, "quiet_to": 7}, 3, "17 06"),
        ({"quiet_from": 20, "quiet_to": 7}, 6, "17 06"),
        ({"mailed": Mailed.DAILY}, 3, "17 07"),
        ({"mailed": Mailed.DAILY}, 12, "18 07"),
        ({"mailed": Mailed.DAILY, "quiet_from": 6, "quiet_to": 10}, 3, "17 09"),
        ({"mailed": Mailed.NEVER}, 12, ""),
        ({"mailed": Mailed.WEEKLY}, 3, "23 07"),  # the seventeenth is a Tuesday
    ],
)
def test_when_it_is_mailed(choice: dict[str, object], hour: int, mailed: str):
    at = timing.mail_time(
        AlertChoice(time_zone="Europe/Berlin", **choice), now=datetime(2026, 11, 17, hour, tzinfo=UTC)
    )
    assert (f"{at:%d %H}" if at else "") == mailed


@pytest.mark.parametrize(
    "wrong",
    [{"mailed": "x"}, {"wanted": ["rain"]}, {"time_zone": "Mars"}, {"quiet_from": 3}, {"quiet_from": 3, "quiet_to": 3}],
)
def test_what_cannot_be_chosen_is_said(wrong: dict[str, object]):
    with pytest.raises(NotPossible):
        choosing.choose(world.agent("Ada"), **{"wanted": [], "mailed": "never", "now": NOW, **wrong})
