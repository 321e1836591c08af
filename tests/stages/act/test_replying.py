"""Letters of cases, over a real SMTP and a real IMAP server: sent once, threaded, and counted for what they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from nineplus.jobs.kinds import HANDLERS
from nineplus.model.cases import CasePolicy
from nineplus.stages.act.cases import escalating, letters, opening, policy, replying, working
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.capture.sending import delivering, inbox, senders
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import sample
from nineplus.store.models import Case, CaseEntry, CaseMail, Contact, Event, Message, Sender
from tests.channels.test_reports import status
from tests.fixtures.imap_server import Mailbox, imap_server
from tests.fixtures.mail_server import MailServer, mail_server
from tests.stages.act.world import HOUR, NOW, agent, case, company, person

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR
LETTER = {"subject": "Your answer", "text": "Hello Bo,\n\nwhat happened?"}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[MailServer, Mailbox]]:
    with mail_server() as smtp, imap_server() as mailbox:
        yield smtp, mailbox


@pytest.fixture
def server(servers) -> MailServer:
    servers[0].taken.clear()
    servers[0].at_rcpt = None
    return servers[0]


@pytest.fixture
def mailbox(servers) -> Mailbox:
    servers[1].letters.clear()
    return servers[1]


@pytest.fixture
def sender(server: MailServer, mailbox: Mailbox) -> Sender:
    delivering._RESTS.clear()
    settings = {**server.settings, **mailbox.settings, "bounces": "care@acme.example"}
    return senders.create(channel="smtp", settings=settings, from_address="care@acme.example", now=NOW)


@pytest.fixture
def made(sender) -> Case:
    return case(by=person("Bo", at=company()))


def deliver(now=LATER):
    delivering.run(clock=lambda: now)
    return replying.settle(now=now)


def comes_back(mailbox: Mailbox, server: MailServer, text: str = "It broke.", **headers: str) -> bytes:
    """What the customer answers to the last letter that they got."""
    ours = server.taken[-1].message
    theirs = EmailMessage()
    theirs["From"], theirs["To"] = "Bo <bo@customer.example>", ours["Reply-To"] or ours["From"]
    theirs["Subject"], theirs["Message-ID"] = "Re: Your answer", f"<{len(mailbox.letters)}@customer.example>"
    theirs["In-Reply-To"], theirs["References"] = ours["Message-ID"], ours["Message-ID"]
    for name, value in headers.items():
        del theirs[name.replace("_", "-")]
        if value:
            theirs[name.replace("_", "-")] = value
    theirs.set_content(text)
    mailbox.put(theirs.as_bytes())
    return theirs.as_bytes()


def take_in(now=LATER):
    counted = inbox.read(now=now)
    for event in Event.objects.filter(kind="case.mail", state="waiting").order_by("pk"):
        for handle in (*HANDLERS["case.mail"], *HANDLERS["case.mail"]):  # at least once
            handle(event.data, now=now, stopping=lambda: False)
    Event.objects.filter(kind="case.mail").update(state="done")
    return counted


def kinds_of(one: Case) -> list[str]:
    told = CaseEntry.objects.filter(case=one).exclude(kind__in=("opened", "owner", "state")).order_by("pk")
    return list(told.values_list("kind", flat=True))


def test_a_letter_counts_when_it_was_sent_and_answers_are_threaded(made, server, mailbox):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, wait=True, now=NOW)
    assert Case.objects.get().contacted_at is None
    assert deliver() == 1
    sent = server.taken[-1].message
    html = sent.get_body(("html",)).get_content()
    assert "what happened?" in sent.get_body(("plain",)).get_content()
    assert "what happened?" in html
    assert "<html" in html
    assert deliver() == 0
    [taken] = server.taken
    assert taken.message["From"].startswith("Ada")
    assert taken.message["Reply-To"] == "care@acme.example"
    assert "Auto-Submitted" not in taken.message
    assert "List-Unsubscribe" not in taken.message
    held = Case.objects.get()
    assert (held.contacted_at, held.state, held.owner) == (LATER, "waiting", ada)
    comes_back(mailbox, server, "It broke.\n\nOn Tuesday Ada wrote:\n> what happened?")
    assert take_in() == {"answered": 1}
    take_in(now=LATER + HOUR)  # the mailbox is read again
    held = Case.objects.get()
    assert held.state == "working"
    assert held.next_at > LATER  # an answer is owed again
    assert CaseMail.objects.exclude(came="").get().text == "It broke."
    replying.reply(made.pk, subject="Re: Your answer", text="We look into it.", by=ada, now=LATER)
    deliver(now=LATER + HOUR)
    second = server.taken[1].message
    assert second["In-Reply-To"] == "<0@customer.example>"
    assert server.taken[0].message["Message-ID"] in second["References"]
    assert kinds_of(made) == ["sent", "came", "sent"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Subject": "Automatische Antwort: Your answer"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@mx.example"},
    ],
)
def test_machines_answer_nothing(made, server, mailbox, headers):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, wait=True, now=NOW)
    deliver()
    comes_back(mailbox, server, "I am away until Monday.", **headers)
    take_in()
    held = Case.objects.get()
    assert (held.state, held.next_at) == ("waiting", None)
    assert kinds_of(made) == ["sent", "machine"]


def test_a_letter_that_comes_back_was_no_contact(made, server, mailbox):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    working.close(made.pk, outcome="explained", root_cause="none", note="Wrote to them", by=ada, now=LATER)
    ours = f"Message-ID: {server.taken[0].message['Message-ID']}\r\n"
    mailbox.put(status("failed", "5.2.2", "552 mailbox full", ours=ours))
    take_in()
    assert replying.settle(now=LATER + HOUR) == 1
    assert replying.settle(now=LATER + HOUR) == 0
    held = Case.objects.get()
    assert (held.contacted_at, held.state) == (None, "open")
    assert held.next_at == held.due_at
    assert "mailbox full" in CaseEntry.objects.get(kind="unsent").text


def test_a_case_closed_while_a_letter_is_on_its_way_keeps_it_as_the_contact(made, server):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    working.close(made.pk, outcome="explained", root_cause="none", note="Wrote to them", by=ada, now=NOW)
    deliver()
    held = Case.objects.get()
    assert (held.state, held.contacted_at, held.next_at) == ("closed", LATER, None)


def test_a_letter_refused_after_closing_opens_the_case_again(made, server):
    ada = agent("Ada")
    server.at_rcpt = lambda *_: "550 5.1.1 no such user"
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    working.close(made.pk, outcome="explained", root_cause="none", note="Wrote to them", by=ada, now=NOW)
    deliver()
    assert Case.objects.get().state == "open"
    assert kinds_of(made) == ["closed", "unsent", "reopened"]


def test_who_writes_into_a_case_closed_meanwhile_is_told(made):
    ada, bob = agent("Ada"), agent("Bob")
    working.close(made.pk, outcome="solved", root_cause="none", note="Done", by=ada, now=NOW)
    with pytest.raises(Conflict, match="closed meanwhile"):
        replying.reply(made.pk, **LETTER, by=bob, now=NOW)
    assert not Message.objects.exists()


def test_an_answer_to_a_closed_case_opens_it_again(made, server, mailbox):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    working.close(made.pk, outcome="solved", root_cause="none", note="Done", by=ada, now=LATER)
    comes_back(mailbox, server, "Still broken!")
    take_in(now=LATER + timedelta(days=1))
    held = Case.objects.get()
    assert held.state == "open"
    assert held.next_at > LATER + timedelta(days=1)


def test_what_is_attached_is_noted_and_html_is_read(made, server, mailbox):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    theirs = EmailMessage()
    theirs["From"], theirs["Subject"] = "bo@customer.example", "Re: Your answer"
    theirs["References"] = f"<x@y> {server.taken[0].message['Message-ID']}"
    theirs.set_content("<p>See the <b>log</b>.</p><blockquote>what happened?</blockquote>", subtype="html")
    theirs.add_attachment(b"x" * 900, maintype="text", subtype="x-log", filename="system.log")
    mailbox.put(theirs.as_bytes())
    assert take_in() == {"answered": 1}
    mail = CaseMail.objects.exclude(came="").get()
    assert mail.text == "See the log."
    assert mail.attachments == [{"name": "system.log", "type": "text/x-log", "bytes": 900}]


def test_answers_are_known_by_the_address_too_and_by_nothing_forged(made, server, mailbox):
    policy.change(CasePolicy(plus_addresses=True))
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    assert "+" in server.taken[0].message["Reply-To"]
    comes_back(mailbox, server, "New thread", In_Reply_To="", References="")
    comes_back(
        mailbox,
        server,
        "Forged",
        In_Reply_To="<reply-case-1-0123456789abcdef@acme.example>",
        References="",
        To="care+AAAAAAAAAAAAAAAAAAAAAAAAAAA@acme.example",
    )
    assert take_in() == {"answered": 1, "other": 1}


def test_an_answer_to_a_case_that_became_another_twice_comes_into_the_last(made, server, mailbox):
    policy.change(CasePolicy(plus_addresses=True))
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    for reason in ("by_hand", "rule"):
        into = opening.open_case(account=made.account, contact=made.contact, reason=reason, now=NOW).case
        made = working.merge(made.pk, into=into.pk, by=ada, now=NOW)
    comes_back(mailbox, server, "New thread", In_Reply_To="", References="")
    assert take_in() == {"answered": 1}
    assert kinds_of(made)[-1] == "came"


def test_whom_nobody_may_write_to(made):
    ada, who = agent("Ada"), Contact.objects.get()
    for reason in ("unsubscribed", "bounced"):
        suppression.suppress(medium="email", address=who.email, reason=reason, now=NOW)
        if reason == "unsubscribed":
            assert not replying.can_write(made)  # a person's letter is no survey
    with pytest.raises(NotPossible, match="come back"):
        replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    suppression.lift(medium="email", address=who.email)
    erase(contact=who.pk, now=NOW)
    assert "No e-mail address" in replying.can_write(made)
    Sender.objects.all().delete()
    assert "no e-mail sender" in replying.can_write(made)


def test_nothing_leaves_for_the_sample_company(made, sender):
    Contact.objects.update(source=sample.SOURCE)
    Sender.objects.update(settings={**sender.settings, "host": "mail.example"})
    assert "sample company" in replying.can_write(made)


def test_an_erased_person_leaves_no_words_in_a_case(made, server, mailbox):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    deliver()
    comes_back(mailbox, server, "My secret")
    take_in()
    working.note(made.pk, text="Bo is ill", by=ada, now=LATER)
    erase(contact=made.contact_id, now=LATER)
    kept = (
        repr(list(CaseMail.objects.values()))
        + repr(list(CaseEntry.objects.values()))
        + repr(list(Message.objects.values()))
    )
    for word in ("secret", "Bo", "customer.example", "what happened"):
        assert word not in kept, word


def test_letters_begin_in_the_customers_language(made):
    ada = agent("Ada")
    Contact.objects.update(language="de-AT", name="")
    made.refresh_from_db()
    found = letters.draft(made, name="We are sorry", by=ada)
    assert found.language == "de"
    assert found.text.startswith("Guten Tag,")
    assert "4 von 10" in found.text
    assert "{" not in found.text
    mine = letters.Template("Short", {"en": letters.Words("Hi", "Hi {name}")})
    letters.change([mine])
    assert letters.every() == [mine]
    assert letters.draft(made, name="Short", by=ada).text == "Hi"
    with pytest.raises(NotPossible, match="own language"):
        letters.change([letters.Template("Bad", {"de": letters.Words("x", "y")})])


def test_the_worker_settles_letters_also_when_no_case_is_open(made, server):
    ada = agent("Ada")
    replying.reply(made.pk, **LETTER, by=ada, now=NOW)
    working.close(made.pk, outcome="explained", root_cause="none", note="Wrote", by=ada, now=NOW)
    assert escalating.wanted(NOW)
    delivering.run(clock=lambda: LATER)
    assert escalating.look(now=LATER)["settled"] == 1
    assert not escalating.wanted(LATER)
