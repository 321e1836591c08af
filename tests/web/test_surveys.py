"""The survey pages: drawn up, aimed, switched on."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from nineplus.model.survey import Condition
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.drawing.starting import STARTING
from nineplus.stages.capture.reading.values import matching
from nineplus.store.models import Account, Attribute, Contact, Invitation, Message, Sender, Survey, Ticket
from tests.web.given import NOW

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def client(client_of):
    return client_of("analyst")


@pytest.fixture
def survey(client) -> Survey:
    client.post("/surveys/new/", {"start": "post-resolution", "name": "After a case"})
    return Survey.objects.get(name="After a case")


def words(survey: Survey, **changed: object) -> dict[str, object]:
    """What the form sends when nothing but these was touched."""
    return {"name": survey.name, "language": "en", "comment_asked": "on", "colour": "#4f46e5", **changed}


@pytest.mark.parametrize("start", STARTING, ids=lambda one: one.slug)
def test_every_starting_point_is_a_survey_that_can_be_switched_on(client, start):
    answer = client.post("/surveys/new/", {"start": start.slug, "name": start.title}, follow=True)
    assert answer.status_code == 200
    made = Survey.objects.get(name=start.title)
    assert (made.state, made.touchpoint) == ("draft", start.touchpoint)
    client.post(reverse("surveys-switch", args=[made.pk]), {"state": "active"})
    made.refresh_from_db()
    assert (made.state, made.current.number, made.draft) == ("active", 1, None)


def test_a_name_is_taken_once(client, survey):
    answer = client.post("/surveys/new/", {"start": "relationship", "name": " After a case "})
    assert "named &#x27;After a case&#x27; already" in answer.text
    assert Survey.objects.count() == 1


def test_a_change_is_a_draft_until_it_is_published_as_a_version(client, survey):
    client.post(reverse("surveys-switch", args=[survey.pk]), {"state": "active"})
    kept = client.post(
        reverse("surveys-words", args=[survey.pk]) + "?lang=de",
        words(survey, text_question="Würden Sie uns empfehlen?"),
        headers={"hx-request": "true"},
    )
    assert kept["HX-Trigger"] == "drawn"
    survey.refresh_from_db()
    assert survey.current.number == 1
    assert surveys.content_of(survey).texts["de"].question == "Würden Sie uns empfehlen?"
    client.post(reverse("surveys-publish", args=[survey.pk]))
    survey.refresh_from_db()
    assert (survey.current.number, survey.draft) == (2, None)
    address = reverse("surveys-words", args=[survey.pk]) + "?lang=de"
    client.post(address, words(survey, text_question="Etwas anderes?"))
    client.post(address, words(survey, text_question="Würden Sie uns empfehlen?"))
    survey.refresh_from_db()
    assert survey.draft is None  # as it was again: nothing to publish


def test_extra_questions_keep_their_names_when_their_words_change(client, survey):
    address = reverse("surveys-words", args=[survey.pk])
    first = words(
        survey,
        extra="new0",
        extra_new0_wording="Which team?",
        extra_new0_kind="choice",
        extra_new0_options="Sales\nIT & co\nIT + co",
        extra_new0_detractor="on",
    )
    client.post(address, first)
    survey.refresh_from_db()
    extra = surveys.content_of(survey).extras[0]
    assert (extra.slug, extra.groups, extra.settings["options"]) == (
        "which_team",
        frozenset(["detractor"]),
        ["sales", "it_co", "it_co_2"],
    )
    renamed = words(
        survey,
        extra="0",
        extra_0_slug="which_team",
        extra_0_wording="Which of our teams?",
        extra_0_kind="choice",
        extra_0_options="IT + co\nSales\nOffice",
    )
    client.post(address, renamed)
    survey.refresh_from_db()
    content = surveys.content_of(survey)
    assert content.extras[0].slug == "which_team"
    assert content.extras[0].settings["options"] == ["it_co_2", "sales", "office"]
    client.post(address, words(survey, extra="0", extra_0_slug="which_team", extra_0_wording=""))
    survey.refresh_from_db()
    assert surveys.content_of(survey).extras == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"colour": "red; background: url(x)"}, "“Colour” has characters that cannot stand there."),
        ({"text_subject": "Hello\r\nBcc: all@example.org"}, "“Subject” has characters"),
        ({"extra": "new0", "extra_new0_wording": "Pick", "extra_new0_kind": "choice"}, "from 2 to 50 options"),
        ({"extra": "new0", "extra_new0_wording": "Pick", "extra_new0_kind": "magic"}, "no kind of question"),
        ({"name": ""}, ""),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_kept(client, survey, changed, said):
    before = survey.draft
    answer = client.post(reverse("surveys-words", args=[survey.pk]), words(survey, **changed))
    survey.refresh_from_db()
    if said:
        assert said in answer.text
        assert survey.draft == before
    assert survey.name == "After a case"


def test_a_logo_is_told_by_its_first_bytes(client, survey):
    address = reverse("surveys-words", args=[survey.pk])
    svg = SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>", content_type="image/png")
    assert "must be a PNG" in client.post(address, words(survey, logo=svg)).text
    client.post(address, words(survey, logo=SimpleUploadedFile("logo.txt", PIXEL)))
    survey.refresh_from_db()
    assert surveys.content_of(survey).brand.logo.startswith("data:image/png;base64,")


def test_the_preview_may_stand_in_a_frame_of_this_site_alone(client, survey):
    for device in ("phone", "desktop", "email"):
        answer = client.get(reverse("surveys-preview", args=[survey.pk]), {"device": device, "lang": "ar"})
        assert answer.status_code == 200
        assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
        assert 'dir="rtl"' in answer.text


def test_a_plan_holds_at_once(client, survey):
    given = {
        "kind": "before_renewal",
        "days_before": "60",
        "if": ["1", "2"],
        "if_attribute_1": "plan",
        "if_op_1": "is",
        "if_value_1": ["Enterprise", "Smith, Jones & Co"],
        "if_values_1": "Business, Enterprise",
        "if_attribute_2": "",
        "channels": ["email", "sms"],
        "reminders_days": "3, 9",
        "open_days": "20",
        "contact_gap_days": "45",
        "account_cap": "0",
        "share": "50",
        "quiet_from": "17:00",
        "quiet_to": "08:30",
        "weekdays": ["0", "2"],
        "goal_attribute": ["plan"],
        "goal_value": [""],
        "goal_answers": ["40"],
        "goal_days": ["90"],
    }
    client.post(reverse("surveys-people", args=[survey.pk]), given)
    survey.refresh_from_db()
    plan = surveys.plan_of(survey)
    assert (plan.trigger.kind, plan.trigger.days_before) == ("before_renewal", 60)
    assert [(one.attribute, one.values) for one in plan.audience] == [
        ("plan", ("Enterprise", "Smith, Jones & Co", "Business"))
    ]
    assert (plan.channels, plan.reminders_days, plan.open_days) == (("email", "sms"), (3, 9), 20)
    assert (plan.policy.contact_gap_days, plan.policy.account_cap, plan.policy.share) == (45, None, 0.5)
    assert (plan.policy.weekdays, plan.policy.hold_open_case) == ((0, 2), False)
    assert plan.goals[0].answers == 40


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weekdays": []}, "Name at least one weekday from 0 (Monday) to 6."),
        ({"open_days": "ten"}, "“Days in which a link takes answers”: &#x27;ten&#x27; is not a number."),
        ({"open_days": "0"}, "“Days in which a link takes answers” must be at least 1."),
        ({"open_days": "1.5"}, "“Days in which a link takes answers” must be a whole number."),
        ({"quiet_from": "25:00"}, "“Not after” must be a time of day, such as 09:00."),
        ({"share": "0"}, "“Per cent of those due” must be more than 0."),
        ({"share": "140"}, "“Per cent of those due” must be at most 100."),
        ({"daily_cap": "-1", "period_days": "3"}, "“Days in the period” must be at least 7. “Most a day” must"),
        ({"reminders_days": "4, x"}, "“Reminders, so many days later” are numbers of days"),
        (
            {"if": "1", "if_attribute_1": "plan", "if_op_1": "is", "if_values_1": " , "},
            "Say what the attribute is compared with.",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_said_by_the_forms_own_names(client, survey, given, said):
    before = survey.plan
    answer = client.post(
        reverse("surveys-people", args=[survey.pk]), {"kind": "manual", "weekdays": ["0"], **given}, follow=True
    )
    assert said in answer.text.split('role="alert">')[1]
    survey.refresh_from_db()
    assert survey.plan == before


def test_what_was_typed_stays_after_a_refusal_and_the_fault_stands_at_its_field(client, survey):
    address = reverse("surveys-people", args=[survey.pk])
    typed = {
        "kind": "before_renewal",
        "days_before": "many",
        "open_days": "17",
        "weekdays": ["1"],
        "goal_attribute": [""],
    }
    page = client.post(address, typed).text
    assert 'value="many"' in page
    assert 'value="17"' in page
    assert '<p class="problem fault" id="fault_days_before">“Days before the renewal”: &#x27;many&#x27;' in page
    part = client.post(address, typed, headers={"hx-request": "true"}).text
    assert "Not saved yet." in part
    assert 'id="fault_days_before" hx-swap-oob="true">“Days' in part
    assert 'id="fault_open_days" hx-swap-oob="true"></p>' in part  # what was said there before is taken back
    saved = client.post(address, typed | {"days_before": "60"}, headers={"hx-request": "true"})
    assert saved["HX-Trigger"] == "planned"
    assert 'id="matching" class="small" hx-swap-oob="true"><b>0</b> of 0 contacts' in saved.text


def test_a_condition_offers_what_is_known_of_its_attribute(client):
    for slug in ("tier", "seats", "onboarded"):
        Attribute.objects.create(slug=slug, label=slug.title(), created_at=NOW)
    company = Account.objects.create(external_id="A", revision=1, attributes={"tier": "Gold & more", "seats": "40"})
    for number, own in enumerate(({}, {}, {"tier": "Silver", "seats": "7", "onboarded": "2026-01-31"})):
        Contact.objects.create(external_id=f"{number}", account=company, attributes=own, revision=1)

    def offered(attribute: str, op: str, **chosen: str) -> str:
        given = {"if": "2", "if_attribute_2": attribute, "if_op_2": op, **chosen}
        return client.get(reverse("surveys-condition"), given).text

    tiers = offered("tier", "is", if_value_2="Bronze")
    assert re.findall(r'value="([^"]+)"( checked)?>', tiers)[:3] == [
        ("Bronze", " checked"),
        ("Gold &amp; more", ""),
        ("Silver", ""),
    ]
    assert 'type="number"' in offered("seats", "at_least")
    assert "Known: 7 to 40." in offered("seats", "at_least")
    assert 'type="date"' in offered("onboarded", "at_most")
    assert "<input" not in offered("tier", "is_set").replace('<input type="hidden"', "")
    # What was chosen of another attribute is not this one's.
    assert "Bronze" not in offered("tier", "is", if_value_2="Bronze", if_of_2="seats")
    holds = [
        Condition(attribute="tier", values=("silver",)),
        Condition(attribute="seats", op="at_most", values=("10",)),
    ]
    assert matching(holds) == (1, 3)
    assert matching([Condition(attribute="onboarded", op="is_not_set")]) == (2, 3)
    assert matching([]) == (3, 3)


def test_the_audience_can_be_downloaded_and_holds_no_formula(client, survey):
    client.post(reverse("surveys-people", args=[survey.pk]), {"kind": "manual", "weekdays": ["0"], "channels": "email"})
    Contact.objects.create(
        external_id="1", name='=HYPERLINK("http://x")', email="a@b.example", revision=1, created_at=NOW
    )
    page = client.get(reverse("surveys-audience", args=[survey.pk]))
    assert "HYPERLINK" in page.text
    answer = client.get(reverse("surveys-audience-csv", args=[survey.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "\n=" not in text


def test_a_survey_that_has_asked_nobody_says_where_to_see_who_is_next(client, survey):
    client.post(reverse("surveys-switch", args=[survey.pk]), {"state": "active"})
    address = reverse("surveys-one", args=[survey.pk])
    assert "Who is asked next" in client.get(address).text
    contact = Contact.objects.create(external_id="1", email="a@b.example", revision=1, created_at=NOW)
    Invitation.objects.create(
        survey=survey, contact=contact, external_id="1", fate="skipped", reason="too_new", revision=1
    )
    assert "Who is asked next" in client.get(address).text
    Invitation.objects.create(survey=survey, contact=contact, external_id="2", fate="sent", sent_at=NOW, revision=1)
    assert "Who is asked next" not in client.get(address).text


def test_the_audience_is_drawn_anew_for_the_time_that_was_chosen(client, survey):
    address = reverse("surveys-audience", args=[survey.pk])
    part = client.get(address, {"within": "week"}, headers={"hx-request": "true"}).text
    assert '<input type="hidden" name="within" value="week">' in part
    assert 'hx-include="find [name=within]"' in client.get(reverse("surveys-people", args=[survey.pk])).text


def test_a_survey_is_closed_by_two_presses_and_then_offers_nothing(client, survey):
    address = reverse("surveys-switch", args=[survey.pk])
    for state in ("active", "paused"):
        client.post(address, {"state": state})
    assert "it cannot be opened again" in client.get(reverse("surveys-one", args=[survey.pk])).text
    client.post(reverse("surveys-words", args=[survey.pk]), words(survey, text_question="Other words?"))
    client.post(address, {"state": "closed"})
    page = client.get(reverse("surveys-ways", args=[survey.pk])).text
    assert "its links say so and take no more answers" in page
    assert "Publish" not in page


def test_what_may_have_gone_goes_again_only_when_a_person_says_so(client, survey):
    client.post(reverse("surveys-switch", args=[survey.pk]), {"state": "active"})
    invitation = Invitation.objects.create(external_id="1", survey=survey, fate="sent", revision=1)
    message = Message.objects.create(
        invitation=invitation, kind="invitation", medium="email", key="k", state="unsure", due_at=NOW, created_at=NOW
    )
    assert "nobody knows whether it arrived" in client.get(reverse("surveys-one", args=[survey.pk])).text
    client.post(reverse("surveys-again", args=[survey.pk]))
    message.refresh_from_db()
    assert message.state == "waiting"
    answer = client.post(reverse("surveys-again", args=[survey.pk]), follow=True)
    assert "it is known what became of it" in answer.text


def test_a_refused_experiment_or_pool_keeps_what_was_typed(client, survey):
    typed = {"name": "Shorter", "kind": "timing", "share": "500", "hours": "48"}
    page = client.post(reverse("surveys-trials-add", args=[survey.pk]), typed)
    assert page.status_code == 400
    assert "is a number from 1 to 99" in page.text
    for kept in ('value="Shorter"', 'value="500"', 'value="48"', '<option value="timing" selected>'):
        assert kept in page.text
    assert '<input id="share" name="share" aria-invalid="true"' in page.text
    assert page.text.count('aria-invalid="true"') == 1
    add = reverse("settings-codes-add")
    client.post(add, {"name": "Vouchers", "worth": "a drink"})
    page = client.post(add, {"name": "Vouchers", "worth": "another"})
    assert page.status_code == 400
    assert 'value="another"' in page.text
    assert 'id="name-wrong"' in page.text


def test_asking_begins_after_a_page_that_says_who_gets_what_when_and_through_whom(client, survey):
    Sender.objects.create(
        name="House mail", channel="smtp", medium="email", from_address="cs@acme.example", hook_key="h",
        is_default=True, created_at=NOW,
    )  # fmt: skip
    plan = surveys.plan_of(survey)
    policy = plan.policy.model_copy(update={"minimum_age_days": 0})
    surveys.save(survey, plan=plan.model_copy(update={"policy": policy}), now=NOW)
    now = timezone.now()
    for number in range(3):
        company = Account.objects.create(external_id=f"a{number}", name="A", revision=1)
        contact = Contact.objects.create(
            external_id=f"c{number}", email=f"c{number}@b.example", account=company, revision=1, created_at=NOW,
            consent=False if number == 2 else None,
        )  # fmt: skip
        Ticket.objects.create(
            external_id=f"t{number}", contact=contact, account=company, revision=1, opened_at=now,
            resolved_at=now + timedelta(hours=1),
        )  # fmt: skip
    address = reverse("surveys-start", args=[survey.pk])
    assert f'href="{address}"' in client.get(reverse("surveys-words", args=[survey.pk])).text
    told = client.get(address).text
    assert re.search(r"<dt>in the next 7 days</dt><dd>2</dd>", told)
    assert "They did not agree to be asked.</span><b>1</b>" in told
    assert "cs@acme.example" in told
    assert "House mail" in told
    assert "The first message goes on" in told
    assert re.search(r'<a class="button" href="[^"]+">Cancel</a>', told)
    survey.refresh_from_db()
    assert (survey.state, survey.current) == ("draft", None), "looking changes nothing"
    form = re.search(r'<form method="post" action="([^"]+)">.*name="state" value="(\w+)"', told)
    client.post(form[1], {"state": form[2]})
    survey.refresh_from_db()
    assert survey.state == "active"
    assert client.get(address).status_code == 302, "it asks already"


def test_a_survey_that_is_answered_by_its_links_speaks_of_nobody_s_address(client, survey):
    surveys.save(survey, plan=surveys.plan_of(survey).model_copy(update={"channels": ()}), now=NOW)
    Contact.objects.create(external_id="1", email="a@b.example", revision=1, created_at=NOW)
    words = client.get(reverse("surveys-words", args=[survey.pk])).text
    assert "Publish its links" in words
    assert "tart asking" not in words
    part = client.get(reverse("surveys-audience", args=[survey.pk])).text
    assert "writes to nobody" in part
    assert "address" not in part
    assert client.get(reverse("surveys-start", args=[survey.pk])).status_code == 302
    answer = client.post(reverse("surveys-switch", args=[survey.pk]), {"state": "active"}, follow=True)
    assert "Nobody is written to." in answer.text
    assert "It writes to nobody" in answer.text
    assert "It looks once a minute" not in answer.text
