"""What customers answer to letters of cases comes by the provider's webhook, too: once, and proven."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from nineplus.channels import Call
from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.cases import replying
from nineplus.stages.capture.sending import answered, senders
from nineplus.store.models import Case, CaseEntry, CaseMail, Event, Sender, User
from tests.channels.test_inbound import LOGIN, mail, posted
from tests.stages.act.world import NOW, agent, case, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return agent("Ada")


@pytest.fixture
def sender(ada: User) -> Sender:
    settings = {"server_token": "k", "hook_login": LOGIN, "inbound_address": "care@in.acme.example"}
    return senders.create(channel="postmark", settings=settings, from_address="care@acme.example", now=NOW)


@pytest.fixture
def made(sender: Sender) -> Case:
    return case(by=person("Zoë", at=company()))


def post(sender: Sender, call: Call, *, to: str = "", **more: str) -> int:
    kind, login = call.headers["content-type"], call.headers.get("authorization", "")
    address = to or f"/hooks/{sender.hook_key}/mail/"
    return Client().post(address, call.body, content_type=kind, headers={"authorization": login}, **more).status_code


def to_the_case(made: Case, sender: Sender, ada: User, flavour: str = "postmark", **headers: str) -> Call:
    written = mail(**headers)
    written.replace_header("To", replying._reply_to(made, sender, ada))
    del written["In-Reply-To"]
    return posted(flavour, written)[1]


def told(made: Case) -> list[str]:
    for event in Event.objects.filter(kind="case.mail").order_by("pk"):
        for handle in HANDLERS["case.mail"]:
            handle(event.data, now=NOW, stopping=lambda: False)
    kinds = CaseEntry.objects.filter(case=made).exclude(kind__in=("opened", "owner", "state"))
    return list(kinds.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("flavour", ["postmark", "postmark-raw"])
def test_an_answer_comes_into_its_case_once(made: Case, sender: Sender, ada: User, flavour: str):
    call = to_the_case(made, sender, ada, flavour)
    assert [post(sender, call) for _ in range(3)] == [204, 204, 204]
    assert told(made) == told(made) == ["came"]
    came = CaseMail.objects.get()
    assert (came.case_id, came.address, came.text.strip()) == (made.pk, "zoe@customer.example", "It broke — again.")
    assert [file["name"] for file in came.attachments] == ["bill.pdf"]
    assert Event.objects.filter(kind="case.mail").count() == 1


def test_a_machine_that_answers_is_no_customer(made: Case, sender: Sender, ada: User):
    assert post(sender, to_the_case(made, sender, ada, Auto_Submitted="auto-replied")) == 204
    assert told(made) == ["machine"]
    made.refresh_from_db()
    assert made.contacted_at is None


def test_what_is_forged_unknown_or_no_mail_changes_nothing(made: Case, sender: Sender, ada: User):
    good = to_the_case(made, sender, ada)
    bad = Call(good.url, good.method, {**good.headers, "authorization": "Basic YTpi"}, good.body)
    garbage = Call(good.url, good.method, good.headers, b"{")
    assert post(sender, bad) == 403
    assert post(sender, garbage) == 400
    assert post(sender, good, to="/hooks/nobody/mail/") == 404
    assert post(sender, good, CONTENT_LENGTH="10000001") == 413
    assert Client().head(f"/hooks/{sender.hook_key}/mail/").status_code == 200
    other = senders.create(channel="outbox_folder", settings={}, from_address="a@acme.example", now=NOW)
    assert post(other, good) == 404
    assert not CaseMail.objects.exists()


def test_a_letter_to_nobody_here_is_taken_and_forgotten(made: Case, sender: Sender):
    written = mail()
    written.replace_header("To", "care+AAAAAAAAAAAAAAAAAAAAAAAAAAA@in.acme.example")
    assert post(sender, posted("postmark", written)[1]) == 204
    assert not CaseMail.objects.exists()


def test_what_cannot_be_kept_now_comes_again(made: Case, sender: Sender, ada: User, monkeypatch: pytest.MonkeyPatch):
    call = to_the_case(made, sender, ada)
    with monkeypatch.context() as away:
        away.setattr(answered, "take_in", _away)
        assert post(sender, call) == 503
    assert post(sender, call) == 204
    assert told(made) == ["came"]


def _away(*_: object, **__: object) -> bool:
    raise OperationalError("the database is away")


def test_the_page_of_the_sender_says_where_mail_goes(sender: Sender, client: Client):
    client.force_login(agent("Olga", role="owner"))
    page = client.get(f"/settings/senders/{sender.pk}/").content.decode()
    assert f"/hooks/{sender.hook_key}/mail/" in page
    assert "care@in.acme.example" in page
