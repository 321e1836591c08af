"""Advocates: asked once, whatever they said where it must be so; referrals count once; rewards stay within budget."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from nineplus.stages.act.advocates import acts, asking, leads, ledger, limits, programmes, rewards, words
from nineplus.stages.capture.people import erasing
from nineplus.stages.capture.sending import delivering, senders
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import people
from nineplus.store.models import (
    Act,
    Advocate,
    Code,
    CodePool,
    Deal,
    Event,
    Lead,
    Message,
    Points,
    Programme,
    Redemption,
    Reward,
)
from tests.stages.act.world import NOW, answer, company, person
from tests.web.given import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
REVIEW = {"kind": "review", "name": "G2", "subject": "A word", "text": "Hello {name}", "link": "https://g.example/x"}


@pytest.fixture
def outbox(settings, tmp_path) -> None:
    settings.HOME = tmp_path
    (tmp_path / "outbox").mkdir()
    delivering._RESTS.clear()
    senders.create(
        channel="outbox_folder",
        settings={"folder": str(tmp_path / "outbox")},
        from_address="cs@acme.example",
        now=NOW,
    )


def programme(**more: object):
    made = programmes.save(programmes.Drawn(**{**REVIEW, **more}), by=None, now=NOW)
    programmes.switch(made.pk, on=True)
    return made


def referral():
    return programme(kind="referral", name="Friends", points=50, link="")


@pytest.mark.parametrize(
    "wrong",
    [
        {"least_score": 9},
        {"points": 5},
        {"audience": ({"attribute": "score", "values": ("9",)},)},
        {"link": ""},
        {"link": "javascript:alert(1)"},
        {"kind": "bribe"},
        {"text": " "},
        {"answers_within_days": 0},
        {"rest_days": 366},
        {"answers_within_days": 6},  # fewer than are waited after an answer
        {"audience": ({"attribute": "no_such", "values": ("x",)},)},
    ],
)
def test_a_review_that_chooses_by_score_or_gives_something_is_refused(wrong):
    with pytest.raises(NotPossible):
        programmes.save(programmes.Drawn(**{**REVIEW, **wrong}), by=None, now=NOW)


def test_everyone_is_asked_for_a_review_once_and_says_so_on_their_page(outbox):
    at = company()
    ada, bo, cy, di = (person(name, at=at, consent=name != "Cy") for name in ("Ada", "Bo", "Cy", "Di"))
    for who, score, days in ((ada, 10, 30), (bo, 1, 30), (cy, 9, 30), (di, 9, 1)):
        answer(score, by=who, at=NOW - days * DAY)
    review = programme()
    assert asking.preview(review, now=NOW) == asking.Preview(2, {"cool_off": 1, "no_consent": 1})
    for _ in range(2):
        assert asking.write_letters(review.pk, now=NOW, stopping=lambda: False)
    assert dict(Act.objects.values_list("contact__name", "stage")) == {"Ada": "asked", "Bo": "asked", "Cy": "skipped"}
    assert {one.address for one in Message.objects.filter(kind="letter")} == {ada.email, bo.email}
    # Another programme within 90 days asks neither of them again; by score, Bo is not asked either.
    second = programme(kind="reference", name="Calls", least_score=9, link="")
    assert asking.preview(second, now=NOW).refused == {"cool_off": 1, "no_consent": 1, "often": 1, "score": 1}

    mine = asking.advocate_of(ada, now=NOW)
    token = asking.page_link(mine).split("/")[-2]
    assert acts.advocate_by(token) == mine
    assert acts.advocate_by("A" * 27) is None
    act, theirs = Act.objects.get(contact=ada), Act.objects.get(contact=bo)
    acts.say(mine, act=act.pk, wants=True, quote="Good.\x00", now=NOW)
    with pytest.raises(NotFound):
        acts.say(mine, act=theirs.pk, wants=False, now=NOW)
    acts.worth(act.pk, value_minor=100_00, currency="eur", now=NOW)
    stands = programmes.standing(review)
    assert (stands.asked, stands.agreed[0], stands.values) == (2, 0.5, {"EUR": 100_00})
    acts.leave(mine, now=NOW)
    act.refresh_from_db()
    assert (act.stage, act.quote) == ("declined", "")
    later = NOW + 400 * DAY
    assert asking.preview(review, now=later).refused["opted_out"] == 1
    erasing.erase(contact=ada.pk, now=NOW)
    assert acts.advocate_by(token) is None


def test_a_referral_counts_once_and_not_one_of_ones_own(outbox):
    ours, other = company("Acme"), company("Dealing")
    ada = person("Ada", at=ours)
    Deal.objects.create(external_id="D0", account=other, is_closed=False)
    made = referral()
    code = asking.advocate_of(ada, now=NOW).code

    def bring(email: str, at: str = "", **more: object) -> Lead:
        return leads.bring(code, **{"name": "Eve", "email": email, "company": at, "agreed": True, "now": NOW, **more})

    assert "whoever referred" in bring(ada.email).why
    assert "same company" in bring("x@customer.example").why
    assert "same company" in bring("x@else.example", "ACME").why
    assert "open already" in bring("y@deal.example", "dealing").why
    first = bring(" Eve@NEW.example ")
    assert (first.state, first.why, first.email) == ("open", "", "eve@new.example")
    assert "referred before" in bring("eve@new.example").why
    assert bring("eve@gmail.com").doubts
    for wrong in (
        {"email": "no"},
        {"email": "a@b.example", "name": "\x00 "},
        {"email": "a@b.example", "agreed": False},
    ):
        with pytest.raises(NotPossible):
            bring(**{"email": "", **wrong})
    assert leads.bring("nobody", name="E", email="e@x.example", company="", agreed=True, now=NOW) is None

    new = company("New")
    person("Zoe", at=new)
    new.contacts.update(email="zoe@new.example")
    money = {"amount_minor": 1_000_00, "currency": "EUR", "is_closed": True, "is_won": True}
    Deal.objects.create(external_id="D1", account=new, created_at=NOW - DAY, **money)
    assert leads.follow(now=NOW) == 0, "a deal from before the referral did not come of it"
    Deal.objects.create(external_id="D2", account=new, created_at=NOW + DAY, **money)
    assert leads.follow(now=NOW + 2 * DAY) == 1
    first.refresh_from_db()
    assert (first.state, first.value_minor, first.deal.external_id) == ("won", 1_000_00, "D2")
    assert ledger.balance(first.advocate) == made.points
    with pytest.raises(Conflict):
        leads.settle(first.pk, won=True, by=None, now=NOW)
    assert programmes.standing(made).values == {"EUR": 1_000_00}
    erasing.erase(contact=ada.pk, now=NOW)
    assert not Lead.objects.exclude(name="").filter(advocate__contact=ada, email="").exists()


def rich(name: str, points: int) -> Advocate:
    made = asking.advocate_of(person(name), now=NOW)
    ledger.give(made, points=points, why="Given", key=f"gift-{made.pk}", by=None, now=NOW)
    ledger.give(made, points=points, why="Given", key=f"gift-{made.pk}", by=None, now=NOW)
    return made


def test_a_reward_takes_points_and_budget_and_gives_a_code_once():
    pool = CodePool.objects.create(name="Mugs", created_at=NOW)
    Code.objects.create(pool=pool, code="ONE")
    mug = rewards.offer(name="Mug", points=100, cost_minor=10_00, currency="eur", budget_minor=25_00, pool=pool.pk)
    ada = rich("Ada", 350)
    first, second = (rewards.redeem(ada, reward=mug.pk, now=NOW) for _ in range(2))
    assert (ledger.balance(ada), ledger.level(ada)) == (150, "Advocate")
    assert "first reward" in " ".join(first.doubts)
    with pytest.raises(Conflict, match="used up"):
        rewards.redeem(ada, reward=mug.pk, now=NOW)
    assert rewards.settle(first.pk, give=True, by=None, now=NOW).code == "ONE"
    with pytest.raises(NotPossible, match="no code left"):
        rewards.settle(second.pk, give=True, by=None, now=NOW)
    rewards.settle(second.pk, give=False, why="Out of mugs", by=None, now=NOW)
    with pytest.raises(Conflict):
        rewards.settle(second.pk, give=False, why="Again", by=None, now=NOW)
    mug.refresh_from_db()
    assert (mug.spent_minor, ledger.balance(ada)) == (10_00, 250)
    with pytest.raises(NotPossible):
        rewards.redeem(rich("Bo", 99), reward=mug.pk, now=NOW)


def test_two_at_once_never_spend_more_than_there_is():
    mug = rewards.offer(name="Mug", points=100, cost_minor=10_00, currency="EUR", budget_minor=30_00)
    people = [rich(name, 100) for name in ("A", "B", "C", "D", "E")]

    def want(one: Advocate) -> None:
        try:
            rewards.redeem(one, reward=mug.pk, now=NOW)
        except (Conflict, NotPossible):
            pass
        finally:
            connections.close_all()

    threads = [Thread(target=want, args=(one,)) for one in people for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Reward.objects.get().spent_minor == 30_00
    assert Redemption.objects.count() == 3
    assert Points.objects.filter(points__lt=0).values("advocate").distinct().count() == 3


def test_pages_of_staff_advocate_and_whoever_they_refer(outbox):
    analyst = people.create_person(email="a@us.example", name="An", role="analyst", password=PASSWORD, now=NOW)
    staff, customer = Client(), Client()
    staff.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    assert "Begin with one programme" in staff.get("/loop/advocates/").content.decode()
    assert "Reference call" in staff.get("/loop/advocates/new/").content.decode()
    assert "May we quote you?" in staff.get("/loop/advocates/new/?kind=quote").content.decode()
    given = {**REVIEW, "cool_off_days": "7", "asks_in_90_days": "1", "points": "0", "least_score": "9"}
    refused = staff.post("/loop/advocates/create/", given)
    assert refused.status_code == 400
    assert "whatever they said" in refused.content.decode()
    assert given["text"] in refused.content.decode()  # what was typed is not lost
    assert not Programme.objects.exists()
    staff.post("/loop/advocates/create/", {**given, "kind": "quote", "name": "Quotes", "points": "150", "link": ""})
    made, friends = Programme.objects.get(name="Quotes"), referral()
    ada = person("Ada", at=company())
    answer(10, by=ada, at=timezone.now() - 30 * DAY)
    staff.post(f"/loop/advocates/{made.pk}/switch/", {"on": "yes"})
    assert "<strong>1</strong>" in staff.get(f"/loop/advocates/{made.pk}/").content.decode()
    staff.post(f"/loop/advocates/{made.pk}/ask/")
    assert Event.objects.filter(kind=asking.KIND).exists()
    asking.write_letters(made.pk, now=timezone.now(), stopping=lambda: False)
    mug = rewards.offer(name="Mug", points=100, cost_minor=10_00, currency="EUR", budget_minor=20_00)

    mine = re.search(r"http://[^/]+(/p/[\w-]{27}/)", Message.objects.get(kind="letter").body["text"]).group(1)
    act = Act.objects.get()
    first = customer.get(mine)
    link = re.search(r"http://[^/]+(/r/[\w-]+/)", first.content.decode()).group(1)
    assert "noindex" in first.headers.get("X-Robots-Tag", "") + first.content.decode()
    assert Act.objects.get().stage == "asked", "opening keeps nothing"
    assert "Please write" in customer.post(mine, {"what": "agree", "number": act.pk}).content.decode()
    customer.post(mine, {"what": "agree", "number": act.pk, "quote": "<b>Superb</b>"})
    assert "&lt;b&gt;Superb" in customer.get(mine).content.decode()
    change = {"stage": "done", "value": "1200.50", "currency": "EUR", "note": "", "owner": str(analyst.pk)}
    staff.post(f"/loop/advocates/acts/{act.pk}/", change)
    act.refresh_from_db()
    assert (act.stage, act.value_minor, act.owner) == ("done", 1200_50, analyst)
    customer.post(mine, {"what": "redeem", "number": mug.pk})
    staff.post(f"/loop/advocates/rewards/{Redemption.objects.get().pk}/", {"give": "yes", "code": "X1"})
    assert "X1" in customer.get(mine).content.decode()

    lead = {"name": "Eve", "email": "eve@new.example", "company": "New", "agreed": "yes"}
    assert customer.post(link, {**lead, "agreed": ""}).status_code == 400
    assert "hear from us soon" in customer.post(link, lead).content.decode()
    assert "hear from us soon" in customer.post(link, {**lead, "email": ada.email}).content.decode(), "tells nothing"
    assert sorted(Lead.objects.values_list("state", flat=True)) == ["open", "refused"]
    one = Lead.objects.get(state="open")
    staff.post(f"/loop/advocates/leads/{one.pk}/", {"won": "yes", "value": "99", "currency": "EUR"})
    whole = staff.get("/loop/advocates/").content.decode()
    assert "Eve" in whole
    assert friends.name in whole
    assert "mailto:eve@new.example" in whole
    staff.post(f"/loop/advocates/leads/{one.pk}/", {"won": "open"})
    one.refresh_from_db()
    assert (one.state, one.value_minor) == ("open", None)
    edited = staff.get(f"/loop/advocates/{made.pk}/edit/").content.decode()
    assert 'value="150"' in edited
    change = {
        **given,
        "name": "Quotes",
        "text": "Other words",
        "points": "150",
        "link": "",
        "budget": "100",
        "period": "year",
    }
    assert staff.post(f"/loop/advocates/{made.pk}/change/", {**change, "budget": "much"}).status_code == 400
    staff.post(f"/loop/advocates/{made.pk}/change/", {**change, "currency": "EUR"})
    made.refresh_from_db()
    assert (made.words["en"]["text"], made.kind, made.budget_minor) == ("Other words", "quote", 100_00)
    staff.post("/loop/advocates/limits/", {"reference": "2", "quote": ""})
    assert limits.limits() == {"reference": 2}
    customer.post(mine, {"what": "leave"})
    assert customer.get(link).status_code == 404
    assert customer.post(mine, {"what": "steal", "number": "9" * 40}).status_code == 200
    assert customer.get("/p/" + "A" * 27 + "/").status_code == 404


def test_a_referral_settled_by_mistake_is_open_again_and_its_points_are_taken_back(outbox):
    friends, ada = referral(), person("Ada", at=company())
    advocate = asking.advocate_of(ada, now=NOW)
    bring = {"company": "", "agreed": True, "now": NOW}
    first = leads.bring(advocate.code, name="Eve", email="eve@new.example", **bring)
    for number in range(11):  # others whose numbers begin alike
        Points.objects.create(advocate=advocate, points=1, why="x", key=f"lead-{first.pk}{number}", at=NOW)
    with pytest.raises(Conflict):
        leads.reopen(first.pk, by=None, now=NOW)
    for _ in range(2):
        leads.settle(first.pk, won=True, value_minor=5_00, currency="EUR", by=None, now=NOW)
        assert ledger.balance(advocate) == 11 + friends.points
        again = leads.reopen(first.pk, by=None, now=NOW)
        assert (again.state, again.value_minor, again.currency) == ("open", None, "")
        assert ledger.balance(advocate) == 11
    leads.settle(first.pk, won=False, by=None, now=NOW)
    assert leads.reopen(first.pk, by=None, now=NOW).state == "open"
    assert ledger.balance(advocate) == 11
    with pytest.raises(NotFound):
        leads.reopen(999_999, by=None, now=NOW)


def test_the_customers_pages_speak_their_language(outbox):
    friends, ada = referral(), person("Ada", at=company())
    ada.language = "de"
    ada.save()
    act = asking.ask(friends, ada, by=None, now=NOW)
    link = re.search(r"http://[^/]+(/p/[\w-]{27}/)", act.message.body["text"]).group(1)
    page = Client().get(link).content.decode()
    assert 'lang="de"' in page
    assert "Danke für Ihre Hilfe" in page
    assert "Uns weiterempfehlen" in page
    assert "Hello Ada" in page  # what they were asked
    assert "Danke, wir haben es notiert." in Client().post(link, {"what": "agree", "number": act.pk}).content.decode()
    assert "Hello Ada" not in Client().get(link).content.decode()
    assert "Das geht gerade nicht." in Client().post(link, {"what": "steal"}).content.decode()
    shared = f"/r/{asking.advocate_of(ada, now=NOW).code}/"
    french = Client(headers={"Accept-Language": "fr-CA,fr;q=0.9"})
    assert "Laissez votre adresse" in french.get(shared).content.decode()
    wrong = french.post(shared, {"name": "Eve", "email": "no address", "agreed": "yes"})
    assert wrong.status_code == 400
    assert "Veuillez vérifier" in wrong.content.decode()
    assert "Leave your address" in Client(headers={"Accept-Language": "ta"}).get(shared).content.decode()


def test_every_language_has_every_text_with_the_same_blanks():
    blanks = re.compile(r"\{\w+\}")
    english = words.said("en")
    for code in words.LANGUAGES:
        for key, text in words.said(code).items():
            assert sorted(blanks.findall(text)) == sorted(blanks.findall(english[key])), (code, key)
            assert text.strip() == text, (code, key)
            assert code == "en" or text != english[key] or len(text) < 18, (code, key)


def test_who_wants_no_part_is_asked_nothing_agrees_to_nothing_and_takes_nothing(outbox):
    friends, ada = referral(), person("Ada", at=company())
    quotes = programme(kind="quote", name="Quotes", link="")
    advocate = asking.advocate_of(ada, now=NOW)
    act = asking.ask(quotes, ada, by=None, now=NOW)
    other = Advocate.objects.create(contact=ada, code="another", created_at=NOW)  # of a record that was joined
    mug = rewards.offer(name="Mug", points=1, cost_minor=1, currency="EUR", budget_minor=5)
    ledger.give(advocate, points=5, why="x", key="x", by=None, now=NOW)
    acts.leave(advocate, now=NOW)
    for one in (advocate, other):
        with pytest.raises(Conflict):
            acts.say(one, act=act.pk, wants=True, quote="Great!", now=NOW)
        with pytest.raises(NotPossible):
            rewards.redeem(one, reward=mug.pk, now=NOW)
    act.refresh_from_db()
    assert (act.stage, act.quote) == ("declined", "")
    assert asking.ask(friends, ada, by=None, now=NOW) is None
    assert Message.objects.filter(kind="letter").count() == 1


def test_a_refused_yes_keeps_no_quote(outbox):
    quotes, ada = programme(kind="quote", name="Quotes", link=""), person("Ada", at=company())
    act = asking.ask(quotes, ada, by=None, now=NOW)
    advocate = asking.advocate_of(ada, now=NOW)
    acts.say(advocate, act=act.pk, wants=False, now=NOW)
    limits.set_limit("quote", 1)
    Act.objects.create(
        programme=programme(kind="quote", name="Others", link=""), contact=ada, stage="done", asked_at=NOW,
        changed_at=NOW, done_at=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict):
        acts.say(advocate, act=act.pk, wants=True, quote="Great!", now=NOW)
    act.refresh_from_db()
    assert (act.stage, act.quote) == ("declined", "")


def test_a_deal_does_not_settle_again_what_somebody_opened_again(outbox):
    referral()
    advocate = asking.advocate_of(person("Ada", at=company()), now=NOW)
    lead = leads.bring(advocate.code, name="Eve", email="eve@new.example", company="", agreed=True, now=NOW)
    eve = person("Eve")
    type(eve).objects.filter(pk=eve.pk).update(email="eve@new.example")
    Deal.objects.create(
        external_id="D", contact=eve, created_at=NOW + DAY, is_closed=True, is_won=True, amount_minor=1, currency="EUR"
    )  # fmt: skip
    assert leads.follow(now=NOW + DAY) == 1
    leads.reopen(lead.pk, by=None, now=NOW + DAY)
    assert leads.follow(now=NOW + 2 * DAY) == 0
    assert leads.settle(lead.pk, won=False, by=None, now=NOW + 2 * DAY).state == "lost"
