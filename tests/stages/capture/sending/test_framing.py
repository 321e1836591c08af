"""Letters that are no survey look as the survey does that their reader knows: its logo, its colour."""

from __future__ import annotations

import pytest

from nineplus.model.survey import Brand, Content, Plan
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.sending import delivering, framing, personal, testing
from nineplus.store.models import Contact, Response, Sender, Survey, SurveyVersion
from tests.fixtures.mail_server import MailServer
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
LOGO = "data:image/png;base64,iVBORw0KGgo="
NEWS = personal.Words(subject="News", text="Hello <Ada>,\nall is well.", links=(("Look", "http://127.0.0.1/"),))


def drawn(name: str, **brand: str) -> Survey:
    content = Content(brand=Brand(company="Acme", **brand))
    made = surveys.create(name=name, touchpoint="relationship", content=content, plan=Plan(), now=NOW)
    surveys.publish(made, now=NOW)
    return surveys.switch(made, state="active", now=NOW)


def person(answered: Survey | None = None) -> Contact:
    made = Contact.objects.create(external_id="p", email="ada@customer.example", name="Ada", revision=0)
    if answered:
        said = {"source": "nineplus", "external_id": "r", "score": 9, "answered_at": NOW, "revision": 1}
        Response.objects.create(survey=answered, contact=made, **said)
    return made


def test_it_is_the_look_of_the_survey_they_answered_else_of_the_newest():
    answered, newest = drawn("First", logo=LOGO, colour="#008800"), drawn("Second", colour="#aa0000")
    assert framing.look_for(person(answered)) == framing.Look("#008800", answered.current_id)
    assert framing.look_for(None) == framing.Look("#aa0000", None)
    surveys.switch(newest, state="closed", now=NOW)
    surveys.switch(answered, state="paused", now=NOW)
    assert framing.look_for(None) == framing.PLAIN


def test_the_logo_travels_with_the_letter_and_is_kept_once(mail_sender: Sender, server: MailServer):
    survey = drawn("One", logo=LOGO, colour="#008800")
    message = personal.write(person(survey), NEWS, key="one", now=NOW)
    testing.send_words(NEWS, to="me@us.example", key="two", now=NOW)
    assert LOGO not in str(message.body)
    assert delivering.run(clock=lambda: NOW)["sent"] == 2
    for taken in server.taken:
        html = taken.message.get_body(("html",)).get_content()
        assert 'src="cid:logo" alt=' in html
        assert "border:1.5px solid #008800" in html
        assert "Hello &lt;Ada&gt;,<br>all is well." in html
        [picture] = [part for part in taken.message.walk() if part.get_content_maintype() == "image"]
        assert (picture["Content-ID"], picture.get_content()) == ("<logo>", b"\x89PNG\r\n\x1a\n")


def test_without_a_brand_and_when_the_survey_is_gone_the_letter_goes_all_the_same(
    mail_sender: Sender, server: MailServer
):
    survey = drawn("One", logo=LOGO)
    personal.write(ada := person(survey), NEWS, key="one", now=NOW)
    Survey.objects.update(current=None)
    Response.objects.all().delete()
    SurveyVersion.objects.all().delete()
    plain = personal.write(ada, NEWS, key="two", now=NOW)
    assert "<img" not in plain.body["html"]
    assert delivering.run(clock=lambda: NOW)["sent"] == 2


def test_what_it_says_can_be_read_in_the_dark():
    html = str(personal.to_one(NEWS, contact=None)["html"])
    assert '<meta name="color-scheme" content="light dark">' in html
    dark = html.split("prefers-color-scheme:dark")[1].split("</style>")[0]
    assert ".page{background:#131416!important}" in dark
    assert ".ink{color:#ededeb!important}" in dark
