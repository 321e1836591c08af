"""Providers: what is sent to their APIs, what their answers mean, and their webhooks with good and bad signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from nineplus import plugs
from nineplus.channels import Call, Forged, GiveUp, Outgoing, Picture, Reconnect, Retry, Unknown, ses
from nineplus.plugs import Channel
from tests.fixtures.web_server import WebServer, web_server

LOGIN = "nineplus:a long shared password"
BY_LOGIN = {"authorization": "Basic " + base64.b64encode(LOGIN.encode()).decode()}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_PUBLIC = "".join(
    EC_KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
    .splitlines()[1:-1]
)
SECRETS: Mapping[str, Mapping[str, str]] = {
    "mailgun": {"api_key": "k", "domain": "mg.acme.example", "signing_key": "signing"},
    "postmark": {"server_token": "k", "hook_login": LOGIN},
    "sendgrid": {"api_key": "k", "verification_key": EC_PUBLIC},
    "resend": {"api_key": "k", "signing_secret": "whsec_" + base64.b64encode(b"secret").decode()},
    "brevo": {"api_key": "k", "hook_login": LOGIN},
    "sparkpost": {"api_key": "k", "hook_login": LOGIN},
    "mailjet": {"api_key": "k", "secret_key": "s", "hook_login": LOGIN},
}
ACCEPTED: Mapping[str, tuple[object, str]] = {
    "mailgun": ({"id": "<1@mg.acme.example>", "message": "Queued"}, "<1@mg.acme.example>"),
    "postmark": ({"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "ada@customer.example"}, "pm-1"),
    "sendgrid": ({}, ""),
    "resend": ({"id": "re-1"}, "re-1"),
    "brevo": ({"messageId": "<br-1@smtp>"}, "<br-1@smtp>"),
    "sparkpost": (
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "sp-1"}},
        "sp-1",
    ),
    "mailjet": (
        {
            "Messages": [
                {
                    "Status": "success",
                    "To": [{"Email": "ada@customer.example", "MessageID": 71, "MessageUUID": "u", "MessageHref": ""}],
                    "Cc": [],
                    "Bcc": [],
                }
            ]
        },
        "71",
    ),
}
OUTGOING = Outgoing(
    key="invitation-7-0",
    address="ada@customer.example",
    name="Ada, Countess",
    subject="Wie läuft es?",
    text="Hello",
    html='<img src="cid:logo">',
    sender_name="Acme",
    sender_address="cs@acme.example",
    headers={"List-Unsubscribe": "<https://nps.acme.example/u/x/>"},
    pictures=(Picture("logo", "png", b"png"),),
)


@pytest.fixture
def api() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def channel(name: str) -> Channel:
    return plugs.find("nineplus.channels", Channel)[name]


def send(name: str, api: WebServer):
    line = channel(name).open({**SECRETS[name], "api_url": api.url})
    try:
        return line.send(OUTGOING)
    finally:
        line.close()


@pytest.mark.parametrize("name", SECRETS)
def test_a_message_is_handed_over(name: str, api: WebServer):
    api.answer, provider_id = ACCEPTED[name]
    api.status = 202 if name == "sendgrid" else 200
    sent = send(name, api)
    assert sent.provider_id == provider_id or name == "sendgrid"
    (request,) = api.came
    said = request.body.decode("utf-8", "replace")
    for part in ("ada@customer.example", "cs@acme.example", "cid:logo", "https://nps.acme.example/u/x/"):
        assert part in said.replace("\\u003c", "<").replace("\\/", "/"), part
    assert "k" in request.headers.get("authorization", "") or "k" in json.dumps(request.headers)
    if name == "resend":
        assert request.headers["idempotency-key"] == OUTGOING.key


MEANINGS = [
    (401, {}, {}, Reconnect),
    (403, {"message": "The from address does not match a verified Sender Identity"}, {}, Reconnect),
    (429, {}, {"Retry-After": "17"}, Retry),
    (503, {}, {}, Retry),
    (500, {}, {}, Unknown),
    (400, {"message": "The sender domain is not verified"}, {}, Reconnect),
    (400, {"message": "'to' parameter is not a valid address"}, {}, GiveUp),
    (400, {"message": "The recipient's domain does not exist"}, {}, GiveUp),
]


@pytest.mark.parametrize(("status", "answer", "headers", "means"), MEANINGS)
@pytest.mark.parametrize("name", ["mailgun", "resend"])
def test_what_an_answer_means(name: str, status: int, answer: object, headers, means: type[Exception], api: WebServer):
    api.status, api.answer, api.headers = status, answer, headers
    with pytest.raises(means) as failure:
        send(name, api)
    if headers:
        assert failure.value.after == 17


def test_a_recipient_that_the_provider_has_suppressed(api: WebServer):
    api.status = 422
    said = "Found inactive addresses: ada@customer.example. Inactive recipients are ones that have generated a bounce."
    api.answer = {"ErrorCode": 406, "Message": said}
    with pytest.raises(GiveUp) as failure:
        send("postmark", api)
    assert failure.value.suppress


def test_no_answer_is_unknown_and_no_connection_is_not(api: WebServer):
    api.hang_up = True
    with pytest.raises(Unknown):
        send("resend", api)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        api.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(Retry) as failure:
        send("resend", api)
    assert failure.value.away


def test_a_check_asks_with_the_key(api: WebServer):
    line = channel("postmark").open({**SECRETS["postmark"], "api_url": api.url})
    assert line.check() == "Postmark accepts the key."
    assert api.came[0].headers["x-postmark-server-token"] == "k"
    api.status = 401
    with pytest.raises(Reconnect):
        line.check()


# -- webhooks -------------------------------------------------------------------------------------------------

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
STAMP = int(AT.timestamp())
WHO = "ada@customer.example"
EVENTS: Mapping[str, list[tuple[object, str, bool]]] = {
    "mailgun": [
        ({"event": "delivered"}, "delivered", True),
        ({"event": "failed", "severity": "permanent", "reason": "bounce"}, "bounced", True),
        ({"event": "failed", "severity": "temporary"}, "deferred", True),
        ({"event": "complained"}, "complained", True),
        ({"event": "opened"}, "opened", True),
        ({"event": "clicked"}, "clicked", True),
        ({"event": "unsubscribed"}, "unsubscribed", True),
    ],
    "postmark": [
        ({"RecordType": "Delivery", "Recipient": WHO, "DeliveredAt": "2026-03-02T10:00:00Z"}, "delivered", True),
        ({"RecordType": "Bounce", "Type": "HardBounce", "Email": WHO, "ID": 4}, "bounced", True),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Email": WHO, "ID": 5}, "bounced", False),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": WHO, "ID": 6}, "complained", True),
        ({"RecordType": "Open", "Recipient": WHO, "ReceivedAt": "2026-03-02T10:00:00Z"}, "opened", True),
    ],
    "sendgrid": [
        ({"event": "delivered"}, "delivered", True),
        ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, "bounced", True),
        ({"event": "bounce", "type": "blocked"}, "bounced", False),
        ({"event": "spamreport"}, "complained", True),
        ({"event": "group_unsubscribe"}, "unsubscribed", True),
        ({"event": "open"}, "opened", True),
    ],
    "resend": [
        ({"type": "email.delivered"}, "delivered", True),
        ({"type": "email.bounced"}, "bounced", True),
        ({"type": "email.complained"}, "complained", True),
        ({"type": "email.clicked"}, "clicked", True),
    ],
    "brevo": [
        ({"event": "delivered"}, "delivered", True),
        ({"event": "hard_bounce"}, "bounced", True),
        ({"event": "soft_bounce"}, "bounced", False),
        ({"event": "spam"}, "complained", True),
        ({"event": "unsubscribe"}, "unsubscribed", True),
    ],
    "sparkpost": [
        ({"type": "delivery"}, "delivered", True),
        ({"type": "bounce", "bounce_class": "10"}, "bounced", True),
        ({"type": "bounce", "bounce_class": "22"}, "bounced", False),
        ({"type": "spam_complaint"}, "complained", True),
        ({"type": "link_unsubscribe"}, "unsubscribed", True),
    ],
    "mailjet": [
        ({"event": "sent"}, "delivered", True),
        ({"event": "bounce", "error": "user unknown", "hard_bounce": True}, "bounced", True),
        ({"event": "bounce", "error": "quota exceeded", "hard_bounce": False}, "bounced", False),
        ({"event": "spam"}, "complained", True),
        ({"event": "unsub"}, "unsubscribed", True),
    ],
}


def call(name: str, event: dict, *, good: bool = True) -> Call:
    """The provider's call for that event, with what proves it or with a bad proof."""
    headers = {"content-type": "application/json"}
    if name == "mailgun":
        proof = hmac.new(b"signing" if good else b"guess", f"{STAMP}token".encode(), hashlib.sha256).hexdigest()
        data = {"timestamp": STAMP, "recipient": WHO, "message": {"headers": {"message-id": "id-1"}}, **event}
        body: object = {
            "signature": {"token": "token", "timestamp": str(STAMP), "signature": proof},
            "event-data": data,
        }
    elif name == "postmark":
        body = {"MessageID": "id-1", "Metadata": {"key": "k-1"}, **event}
    elif name == "sendgrid":
        body = [{"email": WHO, "timestamp": STAMP, "anymail_id": "id-1", "sg_event_id": "e1", "key": "k-1", **event}]
    elif name == "resend":
        bounce = {"bounce": {"message": "a hard bounce message", "type": "Permanent"}}
        data = {"email_id": "id-1", "to": [WHO], **(bounce if "bounced" in event["type"] else {})}
        body = {"created_at": "2026-03-02T10:00:00Z", "data": data, **event}
    elif name == "brevo":
        body = {"email": WHO, "ts_epoch": STAMP * 1000, "message-id": "id-1", "id": 3, **event}
    elif name == "sparkpost":
        data = {"raw_rcpt_to": WHO, "transmission_id": "id-1", "timestamp": str(STAMP), "event_id": "9", **event}
        body = [{"msys": {"message_event": data}}]
    else:
        body = [{"email": WHO, "time": STAMP, "MessageID": "id-1", "Payload": '{"key": "k-1"}', **event}]
    raw = json.dumps(body).encode()
    if "hook_login" in SECRETS[name]:
        headers |= BY_LOGIN if good else {"authorization": "Basic " + base64.b64encode(b"a:b").decode()}
    if name == "sendgrid":
        signature = EC_KEY.sign(b"123" + (raw if good else raw + b" "), ec.ECDSA(hashes.SHA256()))
        headers["x-twilio-email-event-webhook-timestamp"] = "123"
        headers["x-twilio-email-event-webhook-signature"] = base64.b64encode(signature).decode()
    if name == "resend":
        headers |= svix(raw, at=int(time.time()), key=b"secret" if good else b"guess")
    return Call(url="https://nps.acme.example/hooks/x/", method="POST", headers=headers, body=raw)


def svix(body: bytes, *, at: int, key: bytes) -> dict[str, str]:
    proof = base64.b64encode(hmac.digest(key, f"msg_1.{at}.".encode() + body, "sha256")).decode()
    return {"svix-id": "msg_1", "svix-timestamp": str(at), "svix-signature": f"v1,{proof}"}


CASES = [(name, *case) for name, cases in EVENTS.items() for case in cases]


@pytest.mark.parametrize(("name", "event", "kind", "permanent"), CASES)
def test_a_webhook_is_read(name: str, event: dict, kind: str, permanent: bool):
    first, again = (channel(name).hear(SECRETS[name], call(name, event)) for _ in range(2))
    assert first == again
    (heard,) = first
    assert (heard.kind, heard.address, heard.provider_id.strip("<>")) == (kind, WHO, "id-1")
    assert heard.at in (AT, None)
    assert heard.permanent == permanent or kind != "bounced"


@pytest.mark.parametrize("name", EVENTS)
def test_a_forged_webhook_is_refused(name: str):
    event = EVENTS[name][0][0]
    with pytest.raises(Forged):
        channel(name).hear(SECRETS[name], call(name, event, good=False))
    bare = Call("https://nps.acme.example/", "POST", {"content-type": "application/json"}, call(name, event).body)
    if name != "mailgun":  # whose proof is within
        with pytest.raises(Forged):
            channel(name).hear(SECRETS[name], bare)


@pytest.mark.parametrize("name", EVENTS)
def test_without_a_secret_no_webhook_is_taken(name: str):
    unset = {field: "" if field in ("hook_login", "signing_key", "verification_key", "signing_secret") else value
             for field, value in SECRETS[name].items()}  # fmt: skip
    with pytest.raises(Forged):
        channel(name).hear(unset, call(name, EVENTS[name][0][0]))


@pytest.mark.parametrize("name", ["postmark", "brevo", "sparkpost", "mailjet"])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"[1]", b"{}", b"\xff", b'"x"'])
def test_what_is_no_event_is_told_or_nothing(name: str, body: bytes):
    bad = Call("https://nps.acme.example/", "POST", {"content-type": "application/json", **BY_LOGIN}, body)
    with suppress(ValueError):
        assert not channel(name).hear(SECRETS[name], bad)


def test_an_old_call_is_not_taken_again_by_resend():
    old = call("resend", {"type": "email.delivered"})
    headers = {**old.headers, **svix(old.body, at=int(time.time()) - 400, key=b"secret")}
    with pytest.raises(Forged):
        channel("resend").hear(SECRETS["resend"], Call(old.url, "POST", headers, old.body))


# -- Amazon SES -----------------------------------------------------------------------------------------------

TOPIC = "arn:aws:sns:eu-central-1:1:nps"
CERTIFICATE_AT = "https://sns.eu-central-1.amazonaws.com/cert.pem"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Amazon's documents; which of them were asked for."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(RSA_KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(RSA_KEY, hashes.SHA256())
    )
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        if not ses._AMAZON.match(url):
            raise Forged("elsewhere")
        asked.append(url)
        return made.public_bytes(serialization.Encoding.PEM)

    monkeypatch.setattr(ses, "_fetch", fetch)
    return asked


def notice(event: dict | None = None, *, certificate: str = CERTIFICATE_AT, topic: str = TOPIC, **more: str) -> Call:
    told = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": topic,
        "Message": json.dumps(event or {}),
        "Timestamp": "2026-03-02T10:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": certificate,
        **more,
    }
    text = "".join(f"{name}\n{told[name]}\n" for name in ses._SIGNED[told["Type"]] if name in told)
    told["Signature"] = base64.b64encode(RSA_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return Call("https://nps.acme.example/hooks/x/", "POST", {}, json.dumps(told).encode())


def test_ses_tells_of_bounces_and_complaints(amazon: list[str]):
    mail = {"messageId": "0102-1", "destination": [WHO], "headers": []}
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": WHO}]}
    (heard,) = ses.CHANNEL.hear({"region": "x"}, notice({"eventType": "Bounce", "mail": mail, "bounce": bounce}))
    assert (heard.kind, heard.provider_id, heard.address, heard.permanent) == ("bounced", "0102-1", WHO, True)
    bounce["bounceType"] = "Transient"
    (heard,) = ses.CHANNEL.hear({"region": "x"}, notice({"eventType": "Bounce", "mail": mail, "bounce": bounce}))
    assert not heard.permanent
    complaint = {"complainedRecipients": [{"emailAddress": WHO}]}
    (heard,) = ses.CHANNEL.hear({"region": "x"}, notice({"notificationType": "Complaint", "mail": mail, "complaint": complaint}))  # fmt: skip  # noqa: E501
    assert heard.kind == "complained"


def test_ses_confirms_a_subscription_that_amazon_signed(amazon: list[str]):
    visit = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    asks = notice(Type="SubscriptionConfirmation", Token="t", SubscribeURL=visit)
    assert ses.CHANNEL.hear({"topic": TOPIC}, asks) == []
    assert amazon[-1] == visit


@pytest.mark.parametrize(
    "certificate",
    [
        "https://sns.eu-central-1.amazonaws.com.evil.example/cert.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/cert.pem",
        "http://sns.eu-central-1.amazonaws.com/cert.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/cert.pem",
    ],
)
def test_ses_believes_only_amazons_certificates(certificate: str):
    with pytest.raises(Forged):
        ses.CHANNEL.hear({}, notice(certificate=certificate))


def test_ses_refuses_other_topics_and_changed_messages(amazon: list[str]):
    with pytest.raises(Forged):
        ses.CHANNEL.hear({"topic": TOPIC}, notice(topic=TOPIC + "2"))
    told = json.loads(notice().body) | {"Message": "{}x"}
    with pytest.raises(Forged):
        ses.CHANNEL.hear({}, Call("https://x/", "POST", {}, json.dumps(told).encode()))
    for nonsense in (b"", b"[]", b"{}", b"\xff"):
        with pytest.raises(Forged):
            ses.CHANNEL.hear({}, Call("https://x/", "POST", {}, nonsense))
