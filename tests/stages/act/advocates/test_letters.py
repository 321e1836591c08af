"""A programme's letter: in the language it is written in, and ours of it in its reader's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from nineplus.jobs.handlers import act as handlers
from nineplus.stages.act.advocates import asking, ledger, programmes, words
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import delivering
from nineplus.store.models import Act, ActEntry, Message, Programme
from tests.stages.act.advocates.world import programme, sender
from tests.stages.act.world import NOW, company, person

pytestmark = pytest.mark.django_db(transaction=True)
GERMAN = "Guten Tag {name}, würden Sie uns jemandem empfehlen, der uns noch nicht kennt?"


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path) -> None:
    settings.HOME = tmp_path
    delivering._RESTS.clear()
    sender(tmp_path)


@pytest.mark.parametrize(
    ("text", "reads", "language", "button", "unsubscribe"),
    [
        ("Would you tell a friend of us, {name}?", "de-AT", "en", "Hier antworten", "Abmelden"),
        ("Would you tell a friend of us, {name}?", "", "en", "Answer here", "Unsubscribe"),
        (GERMAN, "fr", "de", "Répondre ici", "Se désabonner"),
        (GERMAN, "", "de", "Hier antworten", "Abmelden"),
        (GERMAN, "ta", "de", "Hier antworten", "Abmelden"),
        ("你能把我们推荐给朋友吗?", "", "zh-Hans", "Answer here", "退订"),
    ],
)
def test_what_we_add_is_in_the_readers_language(text, reads, language, button, unsubscribe):
    made = programme("referral", text=text)
    act = asking.ask(made, person("Ada", at=company(), language=reads), by=None, now=NOW)
    body = act.message.body
    assert (made.language, body["language"], body["headers"]["Content-Language"]) == (language,) * 3
    assert f'<html lang="{language}"' in body["html"]
    assert f"{button}: http" in body["text"]
    assert f"{unsubscribe}: http" in body["text"]


def test_a_letter_written_anew_in_another_language_is_of_that():
    made = programme("referral", text=GERMAN)
    anew = replace(programmes.drawn(made), text="Would you tell a friend?")
    programmes.save(anew, pk=made.pk, by=None, now=NOW)
    assert Programme.objects.get().language == "en"
    assert set(Programme.objects.get().words) == {"en"}


@pytest.mark.parametrize(("reads", "called"), [("de", "Empfehlungskreis"), ("en", "Advocate"), ("ta", "Advocate")])
def test_levels_are_called_by_the_readers_language(reads, called):
    advocate = asking.advocate_of(person("Ada", at=company(), language=reads), now=NOW)
    ledger.give(advocate, points=120, why="Thanks", key="gift", by=None, now=NOW)
    page = asking.page_link(advocate).split("8000")[1]
    assert f"· {called}</h2>" in Client().get(page).content.decode()
    assert {name.lower() for name, _ in ledger.LEVELS} <= words.said(reads).keys()


def test_who_got_no_letter_was_not_asked():
    made = programme("referral")
    ada, bo, cy = (person(name, at=company(name)) for name in ("Ada", "Bo", "Cy"))
    acts = {one: asking.ask(made, one, by=None, now=NOW) for one in (ada, bo, cy)}
    suppression.suppress(medium="email", address=ada.email, reason="unsubscribed", now=NOW)
    assert not handlers.advocates_to_follow(NOW)
    Message.objects.filter(pk=acts[bo].message_id).update(state="failed", error="550 no such user")
    assert delivering.run(clock=lambda: NOW) == {"sent": 1, "dropped": 1}
    assert handlers.advocates_to_follow(NOW)
    for _ in range(2):
        handlers.settle_referrals({}, now=NOW, stopping=lambda: False)
    assert not handlers.advocates_to_follow(NOW)
    found = {act.contact: (act.stage, act.why, act.slot) for act in Act.objects.select_related("contact")}
    assert found[ada] == ("skipped", "unsubscribed", "")
    assert found[bo] == ("skipped", "not_sent", "")
    assert found[cy][0] == "asked"
    assert ActEntry.objects.get(act=acts[bo], stage="skipped").text == "The letter to them could not be sent."
    again = asking.ask(made, bo, by=None, now=NOW)
    assert again is not None
    assert again.message.state == "waiting", "their mailbox may work by now"
