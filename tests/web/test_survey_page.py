"""What customers see: nothing is written by looking, everything works as plain forms, nothing of it can be turned."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from nineplus.model.survey import Content, Plan
from nineplus.rules.links import seal
from nineplus.stages import capture
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Attribute, Contact, Experiment, Invitation, Response, Revision, Survey
from nineplus.web.survey.preview import preview_page

pytestmark = pytest.mark.django_db
BROWSER = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari"}
EXTRAS = [
    {"slug": "why", "kind": "choice", "settings": {"options": ["speed", "price"], "many": True, "other": True}},
    {"slug": "ease", "kind": "scale", "groups": ["promoter"], "settings": {}},
    {"slug": "part", "kind": "text", "groups": ["detractor"], "required": True, "settings": {}},
]
EVIL = "<script>alert(1)</script>\u202eevil\"'&"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def made(now: datetime, state: str = "active", **content) -> Survey:
    drawn = Content.model_validate({"product": "Desk", "brand": {"company": "Acme"}, **content})
    survey = surveys.create(name="After support", touchpoint="custom", content=drawn, plan=Plan(), now=now)
    surveys.publish(survey, now=now)
    return surveys.switch(survey, state=state, now=now)


def invited(survey: Survey, now: datetime, **more) -> Invitation:
    number = Contact.objects.count()
    contact = Contact.objects.create(external_id=f"C{number}", email=f"person{number}@example.org", revision=0)
    given = {"fate": "sent", "sent_at": now, "expires_at": now + timedelta(days=9), "channel": "email", **more}
    return Invitation.objects.create(
        external_id=f"{survey.pk}/{number}", survey=survey, contact=contact, version=survey.current, revision=0, **given
    )


def link(invitation: Invitation, purpose: str = "answer") -> str:
    token = seal(number=invitation.pk, purpose=purpose, key=capture.links_key())
    return f"/{'u' if purpose == 'unsubscribe' else 's'}/{token}/"


def shown(address: str, status: int = 200, client: Client | None = None, **headers: str) -> str:
    answer = (client or Client()).get(address, headers={**BROWSER, **headers})
    assert answer.status_code == status
    return answer.text


def phase(html: str) -> str:
    return re.search(r'data-phase="(\w+)"', html)[1]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_writes_no_score_whatever_the_link_carries(now, method):
    invitation = invited(made(now), now)
    for query in ("", "?score=9", "?score=0", "?score=11", "?score=ten"):
        getattr(Client(), method)(link(invitation) + query, headers=BROWSER)
    invitation.refresh_from_db()
    assert not Response.objects.exists()
    assert (invitation.fate, invitation.opened_at) == ("sent", None)
    assert invitation.signals["links"] == ["9", "0"]


def test_the_script_says_that_it_was_looked_at(now):
    invitation = invited(made(now), now)
    assert Client().post(link(invitation) + "opened").status_code == 204
    invitation.refresh_from_db()
    assert (invitation.fate, invitation.revision) == ("opened", Revision.last())
    assert Client().post(link(invitation) + "opened").status_code == 204
    assert Revision.last() == invitation.revision, "what is known is not written again"


def test_who_follows_the_link_that_nobody_sees_is_remembered(now):
    invitation = invited(made(now), now)
    trap = re.search(r'class="trap" href="([^"]+)"', shown(link(invitation)))[1]
    Client().get(trap)
    invitation.refresh_from_db()
    assert invitation.signals["hidden"] is True


def test_a_customer_without_script_answers_by_plain_forms(now):
    survey = made(now, extras=EXTRAS, consent_quote=True)
    invitation, client = invited(survey, now), Client(enforce_csrf_checks=True)
    address = link(invitation)
    page = shown(address + "?score=9", client=client)
    assert phase(page) == "ask"
    assert "Send my answer: 9" in page
    pressed = client.post(address + "score", {"score": "10", "language": "en", "website": ""})
    assert (pressed.status_code, pressed["Location"]) == (303, address)
    page = shown(address, client=client)
    assert phase(page) == "more"
    assert "Your score of 10 is saved." in page
    assert 'aria-label="10 of 10: Extremely likely" aria-pressed="true"' in page
    sent = client.post(
        address + "more",
        {
            "comment": "Quick, and kind.",
            "extra.why": ["speed", "other"],
            "extra.why.other": "The cat",
            "extra.ease": "5",
            "consents": "contact quote",
            "consent_quote": "on",
        },
    )
    assert (sent.status_code, sent["Location"]) == (303, address + "?thanks=1")
    page = shown(sent["Location"], client=client)
    assert phase(page) == "done"
    response = Response.objects.get()
    assert (response.score, response.comment) == (10, "Quick, and kind.")
    assert response.extras == {"why": {"options": ["speed", "other"], "other": "The cat"}, "ease": 5}
    assert (response.consent_contact, response.consent_quote) == (False, True)
    assert not client.cookies


def test_what_is_missing_is_asked_for_again(now):
    invitation = invited(made(now, extras=EXTRAS), now)
    Client().post(link(invitation) + "score", {"score": "3"})
    sent = Client().post(link(invitation) + "more", {"comment": "Slow", "extra.part": " "})
    page = shown(sent["Location"])
    assert "Please answer this one." in page
    assert Response.objects.get().comment == "Slow", "what was right is kept"


def test_only_the_questions_of_the_group_can_be_filled_in(now):
    invitation = invited(made(now, extras=EXTRAS), now)
    Client().post(link(invitation) + "score", {"score": "3"})
    page = shown(link(invitation))
    off = {name: "disabled" in rest for name, rest in re.findall(r'<fieldset class="extra" name="(\w+)"([^>]*)', page)}
    assert off == {"why": False, "ease": True, "part": False}


def test_a_later_visit_says_that_there_is_an_answer(now):
    invitation = invited(made(now), now)
    Client().post(link(invitation) + "score", {"score": "8"})
    Response.objects.update(answered_at=now - timedelta(days=2))
    page = shown(link(invitation) + "?score=2")
    assert "You have already answered" in page
    assert "belongs to one person" in page
    assert Response.objects.get().score == 8


def test_a_test_message_leads_to_the_draft_and_keeps_nothing(now):
    survey = made(now)
    drawn = surveys.content_of(survey).model_copy(update={"product": "The new one"})
    surveys.save(survey, content=drawn, now=now)
    address = f"/s/{seal(number=survey.pk, purpose='test', key=capture.links_key())}/"
    page = shown(address + "?score=8")
    assert "recommend The new one" in page
    assert 'data-way="preview"' in page
    assert set(re.findall(r'action="([^"]*)"', page)) == {"#"}
    pressed = Client().post(address + "score", {"score": 8}, content_type="application/json")
    assert pressed.status_code == 404
    assert not Response.objects.exists()


def test_an_arm_of_an_experiment_is_asked_in_its_own_words(now):
    survey = made(now)
    change = {"texts": {"en": {"question": "Would you?", "follow_up": {"promoter": "Why?"}}}}
    arms = [{"name": "a", "share": 0.5, "change": {}}, {"name": "b", "share": 0.5, "change": change}]
    Experiment.objects.create(survey=survey, name="Words", kind="wording", arms=arms, seed="s", created_at=now)
    assert "Would you?" not in shown(link(invited(survey, now, arm="a")))
    page = shown(link(invited(survey, now, arm="b")))
    assert "Would you?" in page
    assert ">Why?<" in page


def test_a_question_that_is_half_drawn_up_is_not_asked(now):
    extras = [{"slug": "lost", "kind": "gone"}, {"slug": "half", "kind": "choice", "settings": {"options": ["one"]}}]
    page = shown(link(invited(made(now, extras=extras), now)))
    assert "<fieldset" not in page


def test_no_thanks_can_be_thought_over(now):
    invitation = invited(made(now), now)
    assert Client().post(link(invitation) + "decline")["Location"] == link(invitation)
    page = shown(link(invitation))
    assert "All right" in page
    page = shown(link(invitation) + re.search(r'href="(\?anyway=1)"', page)[1])
    assert 'name="anyway"' in page
    Client().post(link(invitation) + "score", {"score": "8", "anyway": "1"})
    assert Response.objects.get().score == 8


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"expires_at": datetime(2026, 1, 5, tzinfo=UTC)}, 410, "took answers until 2026\u201101\u201105"),
        ({"fate": "skipped", "reason": "capped"}, 404, "This link does not work"),
    ],
)
def test_links_that_take_no_answer_say_so_politely(now, fields, status, words):
    invitation = invited(made(now), now, **fields)
    assert words in shown(link(invitation), status)
    assert Client().post(link(invitation) + "score", {"score": "9"}).status_code == 303
    script = Client().post(link(invitation) + "score", {"score": 9}, content_type="application/json")
    assert script.status_code == status
    assert not Response.objects.exists()


def test_a_closed_survey_and_one_that_rests_say_so(now):
    survey = made(now)
    invitation = invited(survey, now)
    surveys.switch(survey, state="paused", now=now)
    assert phase(shown(link(invitation))) == "ask", "who was asked may answer"
    assert "takes no answers now" in shown(f"/a/{survey.public_id}/")
    assert "takes no answers now" in shown(f"/k/{survey.public_id}/")
    surveys.switch(survey, state="closed", now=now)
    assert "It takes no more answers." in shown(link(invitation), 410)
    assert "It takes no more answers." in shown(f"/a/{survey.public_id}/", 410)


@pytest.mark.parametrize("address", ["/s/{}/", "/u/{}/", "/a/{}/", "/k/{}/", "/a/{}/answer/"])
@pytest.mark.parametrize("token", ["x", "A" * 27, "A" * 26 + "é", "..", "a" * 500, "%00"])
def test_forged_links_are_told_nothing(address, token):
    assert "This link does not work" in shown(address.format(token), 404)


def test_a_link_for_one_purpose_opens_no_other(now):
    invitation = invited(made(now), now)
    token = link(invitation).split("/")[2]
    shown(f"/u/{token}/", 404)
    Client().post(f"/u/{token}/")
    assert not suppression.is_suppressed(medium="email", address=invitation.contact.email)


def test_nothing_leaves_a_trace(now):
    survey = made(now)
    invitation = invited(survey, now)
    for address in (link(invitation), f"/a/{survey.public_id}/", "/s/forged/", link(invitation, "unsubscribe")):
        answer = Client().get(address)
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        nonce = re.search(r'<style nonce="([^"]+)"', answer.text)[1]
        assert policy["style-src"] == policy["script-src"] == f"'nonce-{nonce}'"
        assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
        assert policy["img-src"] == "data:"
        assert not re.search(r"\sstyle=|\son\w+=", answer.text), "no style or script in elements"


def test_the_nonce_is_new_each_time(now):
    address = f"/a/{made(now).public_id}/"
    nonces = {re.search(r'nonce="([^"]+)"', shown(address))[1] for _ in range(3)}
    assert len(nonces) == 3


def test_what_companies_write_stays_text(now):
    texts = {
        "question": EVIL,
        "low": EVIL,
        "high": EVIL,
        "extras": {"why": {"wording": EVIL, "options": {"speed": EVIL}}},
    }
    texts |= {what: dict.fromkeys(("promoter", "passive", "detractor"), EVIL) for what in ("follow_up", "thanks")}
    brand = {"company": EVIL, "colour": "#ffee00"}
    survey = made(now, extras=EXTRAS, texts={"en": texts}, brand=brand, product=EVIL)
    invitation = invited(survey, now)
    Client().post(link(invitation) + "score", {"score": "3"})
    Client().post(link(invitation) + "more", {"comment": EVIL + "</textarea>", "extra.part": EVIL})
    for address in (link(invitation), link(invitation) + "?thanks", f"/k/{survey.public_id}/?branch={EVIL}"):
        page = shown(address)
        assert "<script>alert" not in page
        assert "\u202eevil" not in re.sub(r"(?s)<textarea.*?</textarea>|<input[^>]*>", "", page)
        assert page.count("</textarea>") == 1


def test_an_anonymous_answer_is_one_answer_and_nobodys(now):
    survey = made(now)
    Attribute.objects.create(slug="branch", label="Branch", created_at=now)
    page = shown(f"/a/{survey.public_id}/?branch=Berlin&score=4")
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert form["attribute.branch"] == "Berlin"
    for _ in range(2):
        pressed = Client().post(f"/a/{survey.public_id}/score", {**form, "score": "4"})
    follow = pressed["Location"]
    assert phase(shown(follow)) == "more"
    done = Client().post(follow.replace("answer/", "more"), {"comment": "Cold"})
    assert phase(shown(done["Location"])) == "done"
    response = Response.objects.get()
    assert (response.score, response.comment, response.channel, response.anonymous) == (4, "Cold", "link", True)
    assert (response.contact_id, response.attributes) == (None, {"branch": "Berlin"})


def test_a_press_that_waited_for_the_network_keeps_its_time(now):
    survey = made(now)
    sent = {"score": 6, "key": "k" * 20, "channel": "kiosk", "age_ms": 7_200_000}
    Client().post(f"/a/{survey.public_id}/score", sent, content_type="application/json")
    response = Response.objects.get()
    waited = response.answered_at - (now - timedelta(hours=2))
    assert timedelta(seconds=-1) < waited < timedelta(minutes=1)


def test_the_language_is_the_links_else_the_contacts_else_the_browsers(now):
    survey = made(now, languages=["en", "de", "ar"])
    address = link(invited(survey, now, language="de"))
    assert '<html lang="de" dir="ltr">' in shown(address)
    assert '<html lang="ar" dir="rtl">' in shown(address + "?lang=ar", **{"accept-language": "en"})
    assert '<html lang="de" dir="ltr">' in shown(address + "?lang=fr"), "not offered"
    public = f"/a/{survey.public_id}/"
    assert '<html lang="ar" dir="rtl">' in shown(public, **{"accept-language": "fr, ar;q=0.5"})
    assert 'href="?score=9&amp;lang=de"' in shown(public + "?score=9")
    Client().post(address + "score", {"score": "9", "language": "ar"})
    assert '<html lang="ar"' in shown(address), "as it was answered"


def test_ten_megabytes_of_comment_are_refused_and_the_score_stays(now):
    invitation = invited(made(now), now)
    Client().post(link(invitation) + "score", {"score": "3"})
    for comment, kind in (("x" * 10_000_000, "application/json"), ("x" * 30_000, "application/json")):
        answer = Client().post(link(invitation) + "more", {"comment": comment}, content_type=kind)
        assert (answer.status_code, answer.json()["state"]) == (413, "too_long")
    assert (Response.objects.get().score, Response.objects.get().comment) == (3, "")


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_answer_is_refused(now, body):
    address = link(invited(made(now), now))
    for what in ("score", "more"):
        answer = Client().post(address + what, body, content_type="application/json")
        assert answer.status_code == 422
        assert answer.json()["state"] == "wrong"


def test_unsubscribing_asks_first_and_can_be_done_by_the_mail_programs_button(now):
    invitation = invited(made(now), now)
    address, who = link(invitation, "unsubscribe"), invitation.contact.email
    page = shown(address)
    assert who not in page, "the message may have been passed on"
    assert "p…\u2060@example.org" in page
    assert not suppression.is_suppressed(medium="email", address=who)
    strict = Client(enforce_csrf_checks=True)
    done = strict.post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert suppression.is_suppressed(medium="email", address=who)
    assert "Unsubscribed" in shown(address)
    assert strict.post(address).status_code == 200, "again is no mistake"


def test_a_qr_code_leads_to_the_survey(now):
    survey = made(now)
    svg = Client().get(f"/qr/{survey.public_id}.svg")
    png = Client().get(f"/qr/{survey.public_id}.png?branch=Berlin")
    assert svg["Content-Type"] == "image/svg+xml"
    assert b"viewBox" in svg.content
    assert png.content.startswith(b"\x89PNG")
    assert Client().get("/qr/nothing.svg").status_code == 404
    assert Client().get(f"/qr/{survey.public_id}.png?x={'y' * 2000}").status_code == 400


def test_the_whole_page_is_under_twenty_kilobytes(now):
    invitation = invited(made(now, extras=EXTRAS, consent_quote=True), now)
    answer = Client().get(link(invitation), headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 20_000
    page = gzip.decompress(answer.content).decode()
    assert not re.search(r'(src|href)="(?!data:,|/s/|/u/|\?|#)[^"]', page), "nothing else is loaded"


def builders_frame(request):
    content = Content.model_validate({"brand": {"company": EVIL, "colour": "#112233"}, "extras": EXTRAS})
    return preview_page(request, content=content, language="ar", group=request.GET.get("group"))


urlpatterns = [path("frame/", builders_frame), path("", include("nineplus.web.survey.urls"))]


@override_settings(ROOT_URLCONF=__name__)
def test_the_builder_shows_the_page_in_a_frame_and_nothing_can_be_sent_from_it():
    answer = Client().get("/frame/?group=detractor")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    page = answer.text
    assert phase(page) == "more"
    assert 'dir="rtl"' in page
    assert set(re.findall(r'action="([^"]*)"', page)) == {"#"}
    assert "/u/" not in page
    assert not Response.objects.exists()
    assert phase(Client().get("/frame/").text) == "ask"
