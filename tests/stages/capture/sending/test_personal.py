"""Letters that are no survey: once, personally, and to nobody who wants no more."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nineplus.stages import capture
from nineplus.stages.capture.people import erasing, suppression
from nineplus.stages.capture.sending import delivering, personal, queue
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import preferences
from nineplus.store.models import Case, CaseEntry, Contact, Message, PersonalLetter, Sender, Suppression
from tests.fixtures.mail_server import MailServer
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

NEWS = personal.Words(
    subject="What <changed>\r\nBcc: all@acme.example",
    text="Hello Ada,\n\nyou asked for <b>faster</b> answers.\nNow they are.",
    links=(("It helped", "http://127.0.0.1:8000/n/yes/"),),
    why="You get this because you asked for it.",
)


def person(email: str = "ada@customer.example", **fields: object) -> Contact:
    number = Contact.objects.count()
    return Contact.objects.create(external_id=f"p{number}", email=email, name="Ada", revision=0, **fields)


def send(at=NOW) -> dict[str, int]:
    return delivering.run(clock=lambda: at)


def test_a_letter_goes_once_with_a_way_to_want_no_more(mail_sender: Sender, server: MailServer):
    ada = person(language="de")
    first = personal.write(ada, NEWS, key="news-1", now=NOW)
    assert personal.write(ada, NEWS, key="news-1", now=NOW).pk == first.pk
    assert send()["sent"] == 1
    (taken,) = server.taken
    assert taken.recipients == ["ada@customer.example"]
    assert taken.message["Bcc"] is None
    assert taken.message["Subject"] == "What <changed> Bcc: all@acme.example"
    html = taken.message.get_body(("html",)).get_content()
    assert "&lt;b&gt;faster&lt;/b&gt; answers.<br>Now they are." in html
    assert 'href="http://127.0.0.1:8000/n/yes/"' in html
    text = taken.message.get_body(("plain",)).get_content()
    assert "It helped: http://127.0.0.1:8000/n/yes/" in text
    (token,) = set(re.findall(r"/u/([\w-]{27})/", html + text + taken.message["List-Unsubscribe"]))
    left = capture.leaving(token=token)
    assert left is not None
    assert (left.address, left.left) == ("ada@customer.example", False)
    assert capture.leave(token=token, now=NOW) is not None
    assert capture.leaving(token=token).left
    assert Suppression.objects.get().reason == "unsubscribed"
    with pytest.raises(NotPossible, match="want no more"):
        personal.write(ada, NEWS, key="news-2", now=NOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": ""}, "no_address"),
        ({"consent": False}, "no_consent"),
        ({"erased_at": NOW}, "erased"),
        ("complained", "complained"),
    ],
)
def test_who_may_no_longer_be_written_to_is_left_alone(
    change: dict[str, object] | str, reason: str, mail_sender: Sender, server: MailServer
):
    ada = person()
    message = personal.write(ada, NEWS, key="news-1", now=NOW)
    if isinstance(change, str):
        suppression.suppress(medium="email", address=ada.email, reason=change, now=NOW)
    else:
        Contact.objects.filter(pk=ada.pk).update(**change)
    send(NOW + timedelta(minutes=1))
    message.refresh_from_db()
    assert (message.state, message.error) == ("dropped", reason)
    assert server.taken == []


def test_an_erased_person_leaves_no_words_behind(mail_sender: Sender):
    ada = person()
    message = personal.write(ada, NEWS, key="news-1", now=NOW)
    erasing.erase(contact=ada.pk, now=NOW)
    message.refresh_from_db()
    assert (message.state, message.address, message.body) == ("dropped", "", {})
    assert PersonalLetter.objects.count() == 1


def test_words_of_a_letter_go_in_time_and_those_that_wait_stay(mail_sender: Sender, server: MailServer):
    sent = personal.write(person(), NEWS, key="news-1", now=NOW)
    send()
    waits = personal.write(person("b@customer.example"), NEWS, key="news-2", now=NOW)
    assert queue.forget_words(now=NOW + timedelta(days=90)) == 0
    assert queue.forget_words(now=NOW + timedelta(days=91)) == 1
    sent.refresh_from_db()
    waits.refresh_from_db()
    assert (sent.state, sent.body, sent.address) == ("sent", {}, "ada@customer.example")
    assert waits.body["subject"]


def test_nobody_of_the_sample_company_is_written_to_from_here(mail_sender: Sender):
    Sender.objects.update(settings={"host": "mail.example.com"})
    made_up = person(source="sample")
    assert personal.refused([made_up, person("b@customer.example")], sender=Sender.objects.get()) == {
        made_up.pk: "made_up"
    }
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("company", "why", "end"),
    [
        ("Carla Software GmbH", "", "Carla Software GmbH</td>"),
        ("Acme Inc.", "You asked for it.", "Acme Inc. You asked for it.</td>"),
        ("", "You asked for it.", "You asked for it.</td>"),
        ("", "", "</td>"),
    ],
)
def test_a_letter_ends_without_a_stray_stop(company: str, why: str, end: str):
    preferences.change(company=company)
    html = str(personal.to_one(personal.Words("S", "Hello", why=why), contact=None)["html"])
    assert html.split("color:#5d6068")[-1].split(">", 1)[1].startswith(end)


def test_a_letter_to_many_waits_for_a_working_day_where_they_live(mail_sender: Sender):
    saturday = datetime(2026, 3, 7, 23, 0, tzinfo=UTC)
    here = personal.write(person(time_zone="Europe/Berlin"), NEWS, key="one", now=saturday)
    there = personal.write(person("b@c.example", time_zone="Asia/Tokyo"), NEWS, key="two", now=saturday)
    for letter, zone in ((here, "Europe/Berlin"), (there, "Asia/Tokyo")):
        local = letter.due_at.astimezone(ZoneInfo(zone))
        assert local.weekday() == 0, zone
        assert 7 <= local.hour < 20, zone
    assert there.due_at < here.due_at


def test_what_is_sent_late_waits_again_for_an_hour_that_suits(mail_sender: Sender, server: MailServer):
    """The worker was stopped in the afternoon and started again at night."""
    ada = person(time_zone="America/New_York")
    letter = personal.write(ada, NEWS, key="one", now=NOW + timedelta(hours=6))  # eleven in the morning there
    reply = Message.objects.create(
        kind="reply", sender=mail_sender, medium="email", address="b@c.example", key="r", due_at=NOW, created_at=NOW,
        body={"subject": "Re", "text": "Of course."},
    )  # fmt: skip
    night = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # midnight there
    send(night)
    letter.refresh_from_db()
    reply.refresh_from_db()
    assert reply.state == "sent", "from one person to one: it waits for no hour"
    assert (letter.state, letter.error, letter.attempts, letter.claimed_by) == ("waiting", "", 0, "")
    assert letter.due_at.astimezone(ZoneInfo("America/New_York")).date().isoformat() == "2026-03-03"
    assert letter.due_at.astimezone(ZoneInfo("America/New_York")).hour >= 7
    send(letter.due_at)
    letter.refresh_from_db()
    assert letter.state == "sent"


def test_who_has_a_case_meanwhile_gets_no_letter_to_many(mail_sender: Sender, server: MailServer):
    def opened(whom: Contact, at: datetime) -> Case:
        number = Case.objects.count()
        return Case.objects.create(
            contact=whom, reason="detractor", slot=f"s{number}", opened_at=at, due_at=at, minutes=1
        )

    people = [person(f"{name}@c.example") for name in ("before", "meanwhile", "again", "over")]
    again, over = opened(people[2], NOW - timedelta(days=9)), opened(people[3], NOW + timedelta(minutes=1))
    opened(people[0], NOW)  # the rule that writes the letter opened it
    letters = [personal.write(one, NEWS, key=one.email, now=NOW) for one in people]
    opened(people[1], NOW + timedelta(minutes=1))
    CaseEntry.objects.create(case=again, at=NOW + timedelta(minutes=2), kind="reopened")
    Case.objects.filter(pk=over.pk).update(state="closed", slot="", outcome="solved", closed_at=over.opened_at)
    send(NOW + timedelta(minutes=5))
    for letter in letters:
        letter.refresh_from_db()
    assert [(one.state, one.error) for one in letters] == [
        ("sent", ""), ("dropped", "open_case"), ("dropped", "open_case"), ("sent", "")
    ]  # fmt: skip
