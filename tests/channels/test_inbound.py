"""Mail that providers take in and hand on: the same letter from each of them, with good and bad proofs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest
from urllib3.filepost import encode_multipart_formdata

from nineplus.channels import Call, Forged, Retry, _letters
from nineplus.channels._letters import Letter
from tests.channels.test_providers import BY_LOGIN, LOGIN, SECRETS, amazon, channel, notice, svix
from tests.fixtures.web_server import WebServer, web_server

__all__ = ["amazon"]

TO = "care+token@in.acme.example"
RAW = ("postmark-raw", "mailgun-raw", "sendgrid-raw", "sparkpost", "sparkpost-base64")
FLAVOURS = ("postmark", "mailgun", "sendgrid", "mailjet", "brevo", *RAW)
WRONG = {"authorization": "Basic " + base64.b64encode(b"a:b").decode()}


def mail(**headers: str) -> EmailMessage:
    written = EmailMessage()
    written["From"], written["To"] = "Zoë <zoe@customer.example>", TO
    written["Subject"], written["Message-ID"] = "Re: Your answer", "<a1@customer.example>"
    written["In-Reply-To"] = "<reply-case-7-0123456789abcdef@acme.example>"
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content("It broke — again.\n")
    written.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    return written


def settings(name: str) -> dict[str, str]:
    return {
        **SECRETS[name],
        "hook_login": "" if name == "mailgun" else LOGIN,
        "inbound_address": "care@in.acme.example",
    }


def posted(flavour: str, written: EmailMessage, *, good: bool = True) -> tuple[str, Call]:
    """The channel and the call with which its provider hands the mail on."""
    name, _, kind = flavour.partition("-")
    to = str(written["To"])
    text, raw = written.get_body().get_content(), written.as_bytes(policy=policy.SMTP)  # type: ignore[union-attr]
    headers = [
        (key, str(value)) for key, value in written.items() if key.lower() not in ("content-type", "mime-version")
    ]
    fields: dict[str, object] = {}
    body: object = None
    pdf = base64.b64encode(b"%PDF").decode()
    if name == "postmark":
        body = {"OriginalRecipient": to, "MessageID": "uuid", "Subject": written["Subject"], "TextBody": text}
        body |= {"FromFull": {"Name": "Zoë", "Email": "zoe@customer.example"}, "ToFull": [{"Name": "", "Email": to}]}
        body |= {
            "Headers": [{"Name": key, "Value": value} for key, value in headers if key not in ("From", "To", "Subject")]
        }
        body |= {"Attachments": [{"Name": "bill.pdf", "ContentType": "application/pdf", "Content": pdf}]}
        if kind:
            body = {"RecordType": "Inbound", "RawEmail": raw.decode(), "OriginalRecipient": to, "MessageID": "uuid"}
    elif name == "mailgun":
        proof = hmac.new(b"signing" if good else b"guess", b"1772445600token", hashlib.sha256).hexdigest()
        fields = {"token": "token", "timestamp": "1772445600", "signature": proof, "recipient": to}
        fields |= {"sender": "zoe@customer.example"}
        if kind:
            fields["body-mime"] = raw.decode()
        else:
            fields |= {"message-headers": json.dumps(headers), "body-plain": text, "attachment-count": "1"}
            fields["attachment-1"] = ("bill.pdf", b"%PDF", "application/pdf")
    elif name == "sendgrid":
        fields = {"envelope": json.dumps({"to": [to], "from": "zoe@customer.example"})}
        if kind:
            fields["email"] = raw.decode()
        else:
            fields |= {"headers": "\n".join(f"{key}: {value}" for key, value in headers), "text": text}
            fields |= {"attachment-info": json.dumps({"attachment1": {"type": "application/pdf"}})}
            fields["attachment1"] = ("bill.pdf", b"%PDF", "application/pdf")
    elif name == "mailjet":
        body = {"Sender": "zoe@customer.example", "Recipient": to, "Headers": dict(headers), "Text-part": text}
        part = {"Content-Type": "application/pdf", "Content-Disposition": 'attachment; filename="bill.pdf"'}
        body |= {"Parts": [{"ContentRef": "Attachment1", "Headers": part}], "Attachment1": pdf}
    elif name == "brevo":
        file = {"Name": "bill.pdf", "ContentType": "application/pdf", "DownloadToken": "never fetched"}
        body = {"items": [{"Uuid": ["u"], "Headers": {**dict(headers), "Delivered-To": to}, "RawTextBody": text}]}
        body["items"][0]["Attachments"] = [file]
    else:
        sent = base64.b64encode(raw).decode() if kind else raw.decode()
        content = {"email_rfc822": sent, "email_rfc822_is_base64": bool(kind)}
        told = {"protocol": "smtp", "content": content, "rcpt_to": to, "msg_from": "zoe@customer.example"}
        body = [{"msys": {"relay_message": told}}, {"msys": {}}]
    if fields:
        sent_body, content_type = encode_multipart_formdata(fields)
    else:
        sent_body, content_type = json.dumps(body).encode(), "application/json"
    proof_headers = {} if name == "mailgun" else BY_LOGIN if good else WRONG
    call_headers = {"content-type": content_type, **proof_headers}
    return name, Call("https://nps.acme.example/hooks/x/mail/", "POST", call_headers, sent_body)


def taken(flavour: str, written: EmailMessage) -> list[Letter]:
    name, call = posted(flavour, written)
    receive = channel(name).receive
    assert receive
    return list(receive(settings(name), call))


def is_the_letter(one: Letter) -> None:
    read = _letters.read(one.message, one.raw)
    assert read.id.strip("<>") == "a1@customer.example"
    assert (read.address, read.subject) == ("zoe@customer.example", "Re: Your answer")
    assert read.text.strip() == "It broke — again."
    assert any("reply-case-7-0123456789abcdef" in name for name in read.answers_to)
    assert [file.name for file in read.files] == ["bill.pdf"]
    assert not read.machine


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_same_letter_comes_from_every_provider(flavour: str):
    (one,) = taken(flavour, mail())
    is_the_letter(one)
    assert one.message["Envelope-To"] == TO or TO in str(one.message["Delivered-To"])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_call_that_is_not_proven_is_refused(flavour: str):
    name, call = posted(flavour, mail(), good=False)
    receive = channel(name).receive
    assert receive
    with pytest.raises(Forged):
        receive(settings(name), call)
    unset = {**settings(name), "hook_login": "", "signing_key": ""}
    with pytest.raises(Forged):
        receive(unset, posted(flavour, mail())[1])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_machines_write_is_known_from_every_provider(flavour: str):
    (one,) = taken(flavour, mail(Auto_Submitted="auto-replied"))
    assert _letters.read(one.message, one.raw).machine


@pytest.mark.parametrize("name", ["postmark", "mailjet", "brevo", "sparkpost", "mailgun", "sendgrid"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b'[{"msys": 1}]', b"null", b"7"])
def test_what_is_no_mail_is_told_as_such(name: str, body: bytes):
    receive = channel(name).receive
    assert receive
    call = Call("https://x.example/", "POST", {"content-type": "application/json", **BY_LOGIN}, body)
    with pytest.raises((ValueError, Forged)):
        receive(settings(name), call)


def test_a_letter_without_a_name_has_the_same_one_when_it_comes_again():
    first, again, other = mail(), mail(), mail()
    for one in (first, again, other):
        del one["Message-ID"]
    other.replace_header("Subject", "Another")
    ids = [_letters.read(one.message, one.raw).id for kept in (first, again, other) for one in taken("mailjet", kept)]
    assert ids[0] == ids[1] != ids[2]


def test_headers_cannot_be_smuggled_in_through_the_envelope():
    name, call = posted("mailjet", mail())
    told = json.loads(call.body) | {"Recipient": "care@in.acme.example\r\nAuto-Submitted: auto-replied"}
    receive = channel(name).receive
    assert receive
    (one,) = receive(settings(name), Call(call.url, call.method, call.headers, json.dumps(told).encode()))
    assert one.message["Auto-Submitted"] is None


@pytest.fixture
def api() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def by_resend(api: WebServer, *, key: bytes = b"inbound") -> list[Letter]:
    given = {
        **SECRETS["resend"],
        "api_url": api.url,
        "inbound_secret": "whsec_" + base64.b64encode(b"inbound").decode(),
    }
    body = json.dumps({"type": "email.received", "created_at": "2026-03-02T10:00:00Z", "data": {"email_id": "e/1"}})
    headers = {"content-type": "application/json", **svix(body.encode(), at=int(time.time()), key=key)}
    receive = channel("resend").receive
    assert receive
    return list(receive(given, Call("https://x.example/", "POST", headers, body.encode())))


def test_resend_says_that_there_is_mail_and_it_is_fetched(api: WebServer):
    written = mail()
    headers = {key: str(value) for key, value in written.items() if key not in ("Content-Type", "MIME-Version")}
    file = {"filename": "bill.pdf", "content_type": "application/pdf", "id": "f"}
    text = written.get_body().get_content()  # type: ignore[union-attr]
    api.answer = {"headers": headers, "from": "x", "to": [TO], "text": text, "attachments": [file]}
    (one,) = by_resend(api)
    is_the_letter(one)
    (asked,) = api.came
    assert (asked.path, asked.headers["authorization"]) == ("/emails/receiving/e%2F1", "Bearer k")
    with pytest.raises(Forged):
        by_resend(api, key=b"secret")  # that of the other webhook
    api.status = 503
    with pytest.raises(Retry):
        by_resend(api)


def test_amazon_hands_on_what_it_publishes(amazon: list[str]):
    raw = mail().as_bytes(policy=policy.SMTP)
    action = {"type": "SNS", "encoding": "BASE64"}
    event = {"notificationType": "Received", "mail": {"source": "zoe@customer.example", "messageId": "m"}}
    event |= {"receipt": {"recipients": [TO], "action": action}, "content": base64.b64encode(raw).decode()}
    receive = channel("ses").receive
    assert receive
    given = {"region": "eu-west-1", "username": "u", "password": "p"}
    (one,) = receive(given, notice(event))
    is_the_letter(one)
    with pytest.raises(ValueError, match="no mail"):
        receive(given, notice({"notificationType": "Bounce"}))
    changed = json.loads(notice(event).body) | {"Message": "{}"}
    with pytest.raises(Forged):
        receive(given, Call("https://x.example/", "POST", {}, json.dumps(changed).encode()))


@pytest.mark.parametrize("flavour", ["mailjet", "brevo", "postmark", "mailgun", "sendgrid"])
def test_more_headers_than_a_mail_has_are_refused_before_they_are_parsed(flavour: str):
    written = mail(**{f"X-{n}": "x" * 900 for n in range(120)})
    name, call = posted(flavour, written)
    receive = channel(name).receive
    assert receive
    with pytest.raises(ValueError, match="no mail"):
        receive(settings(name), call)


def test_headers_of_a_whole_mail_are_cut():
    (one,) = taken("mailgun-raw", mail(**{f"X-{n}": "x" * 900 for n in range(300)}))
    assert len(one.raw) < 120_000
    assert _letters.read(one.message, one.raw).id.strip("<>") == "a1@customer.example"
