"""Senders: made, changed, checked; their secrets are kept so that nobody reads them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import senders, testing, waiting
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import secrets
from nineplus.store.models import Message, Sender
from tests.fixtures.mail_server import MailServer, mail_server
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a very secret password"


def create(**more: object) -> Sender:
    settings = {"host": "mail.acme.example", "user": "cs", "password": SECRET}
    return senders.create(
        **{"channel": "smtp", "settings": settings, "from_address": "CS@Acme.example", "now": NOW, **more}
    )


def test_a_secret_is_kept_encrypted_and_only_the_channel_gets_it():
    sender = create()
    row = json.dumps(Sender.objects.values().get(), default=str)
    assert SECRET not in row
    assert "mail.acme.example" in row
    assert senders.opened(sender)[1]["password"] == SECRET
    assert sender.from_address == "cs@acme.example"
    assert sender.is_default


def test_a_secret_left_empty_stays(settings):
    sender = senders.change(create(), settings={"host": "new.acme.example", "password": ""}, now=NOW)
    opened = senders.opened(sender)[1]
    assert (opened["host"], opened["password"], opened["user"]) == ("new.acme.example", SECRET, "cs")
    settings.SECRET_KEY = "another installation's"
    with pytest.raises(NotPossible, match="Type them in again"):
        senders.opened(sender)
    mended = senders.change(sender, settings={"password": "typed again"}, now=NOW)
    assert senders.opened(mended)[1]["password"] == "typed again"


def test_locked_twice_is_not_the_same_text():
    assert secrets.lock({"a": "b"}) != secrets.lock({"a": "b"})
    assert secrets.unlock(secrets.lock({"a": "b", "c": ""})) == {"a": "b"}
    assert secrets.lock({}) == ""


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"channel": "pigeon"}, "no channel 'pigeon'"),
        ({"settings": {}}, r"Server \(host\) is missing"),
        ({"settings": {"host": "x", "wings": "2"}}, "no setting 'wings'"),
        ({"settings": {"host": "x", "security": "hope"}}, "one of starttls, tls, none"),
        ({"settings": {"host": "x", "port": "many"}}, "whole number"),
        ({"from_address": "nobody"}, "no e-mail address"),
        ({"from_address": ""}, "from which address"),
        ({"from_address": "cs@acme.example\r\nBcc: x@evil.example"}, "no e-mail address"),
    ],
)
def test_what_will_not_do_is_said(wrong: dict, says: str):
    with pytest.raises(NotPossible, match=says):
        create(**wrong)
    assert Sender.objects.count() == 0


def test_the_first_is_the_default_until_another_is_chosen():
    first, second = create(), create()
    assert [sender.is_default for sender in senders.every()] == [True, False]
    senders.make_default(second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    assert len({first.hook_key, second.hook_key}) == 2
    senders.remove(second)
    first.refresh_from_db()
    assert first.is_default
    senders.remove(first)
    with pytest.raises(NotFound):
        senders.find(first.pk)


def test_a_check_says_in_words_how_it_is(server: MailServer):
    sender = create(settings=server.settings)
    said = senders.check(sender, to="me@acme.example", now=NOW)
    assert said.startswith(f"127.0.0.1 answers on port {server.port}, not encrypted.")
    assert server.taken[0].recipients == ["me@acme.example"]
    strict = senders.change(sender, settings={"security": "starttls"}, now=NOW)
    with pytest.raises(NotPossible, match="does not offer encryption"):
        senders.check(strict, now=NOW)
    strict.refresh_from_db()
    assert "does not offer encryption" in strict.error
    assert strict.checked_at == NOW


def test_every_channel_tells_what_it_needs_and_checks_nothing_at_import():
    for name, plug in senders.channels().items():
        names = [field.name for field in plug.fields]
        assert len(set(names)) == len(names), name
        assert all(field.title for field in plug.fields), name
        assert plug.medium in ("email", "sms")


# -- where links lead -----------------------------------------------------------------------------------------


def test_links_need_an_address_that_customers_reach(settings):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"public_url": "https://nps.acme.example/"})
    assert addresses.answer_address(7, key=b"k").startswith("https://nps.acme.example/s/")
    assert not addresses.only_here()
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"public_url": "", "host": "0.0.0.0"})
    with pytest.raises(NotPossible, match="NINEPLUS_PUBLIC_URL"):
        addresses.base()


def test_no_customer_gets_a_link_to_localhost(survey, server: MailServer):
    create()  # a mail server elsewhere, while links lead here only
    with pytest.raises(NotPossible, match="NINEPLUS_PUBLIC_URL"):
        testing.send_test(survey, to="me@acme.example", now=NOW)
    folder = create(channel="outbox_folder", settings={})
    senders.make_default(folder)
    assert testing.send_test(survey, to="me@acme.example", now=NOW).state == "waiting"


@pytest.mark.parametrize(
    ("host", "port", "stays"),
    [
        ("127.0.0.1", "1025", True),
        ("localhost", "8025", True),
        ("localhost", "25", False),  # Postfix beside us: it delivers
        ("localhost", "", False),
        ("::1", "587", False),
        ("mail.example", "1025", False),
    ],
)
def test_a_mail_server_of_this_machine_at_a_usual_port_hands_mail_on(host: str, port: str, stays: bool):
    sender = create(settings={"host": host, "port": port})
    assert senders.stays_here(sender) is stays


def test_what_waits_says_why(invite, server: MailServer):
    invite()
    assert waiting.queue_now(now=NOW).why == ("There is no e-mail sender yet. Add one in Settings, Senders.",)
    create()
    Sender.objects.update(error="wrong password")
    queue = waiting.queue_now(now=NOW + timedelta(hours=1))
    assert (queue.waiting, queue.late, queue.since) == (1, 1, NOW)
    assert queue.why == ("“SMTP server” does not work: wrong password",)


def test_only_a_person_sends_an_unsure_message_again(invite):
    message = invite()
    with pytest.raises(NotPossible):
        waiting.send_again(messages=[message.pk], now=NOW)
    Message.objects.update(state="unsure", attempts=1)
    assert waiting.send_again(messages=[message.pk], now=NOW) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)


def test_a_folder_keeps_messages_as_files(tmp_path, survey):
    sender = create(channel="outbox_folder", settings={"folder": str(tmp_path / "out")})
    assert "written to" in senders.check(sender, to="me@acme.example", now=NOW)
    (file,) = (tmp_path / "out").iterdir()
    assert b"me@acme.example" in file.read_bytes()


def test_a_server_that_refuses_a_trial_is_told(server: MailServer):
    sender = create(settings=server.settings)
    server.at_rcpt = lambda *_: "550 5.1.1 No such user"
    with pytest.raises(NotPossible, match="No such user"):
        senders.check(sender, to="me@acme.example", now=NOW)
    sender.refresh_from_db()
    assert sender.error == ""  # the sender works; that address does not
    with mail_server() as _other, pytest.raises(NotPossible, match="no e-mail address"):
        senders.check(sender, to="nobody", now=NOW)


def test_a_setting_that_a_channel_no_longer_has_is_forgotten(db: None):
    settings = {"url": "https://gateway.example.com/"}
    sender = senders.create(channel="http_sms", settings=settings, from_address="+4930123456", now=NOW)
    Sender.objects.update(settings={**sender.settings, "private": "yes", "inside": "yes"})
    sender.refresh_from_db()
    assert senders.opened(sender)[1]["inside"] == "no"  # only who runs the house may say so
    assert "private" not in senders.change(sender, settings={"format": "form"}, now=NOW).settings
