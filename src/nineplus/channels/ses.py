"""E-mail through Amazon SES: over its SMTP door, so that no AWS package is needed, with notifications by SNS.

Notifications are read by anymail. It does not verify Amazon's signature, so this does: the certificate is fetched
from Amazon's own host, once. Source: Amazon SNS, "Verifying the signatures of Amazon SNS messages".
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nineplus.channels import Call, Delivery, Forged, Retry, _anymail, _inbound
from nineplus.channels._letters import Letter
from nineplus.channels.smtp import CHANNEL as SMTP
from nineplus.plugs import Channel, Field

_AMAZON = re.compile(r"https://sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?/[A-Za-z0-9_?&=:./-]*\Z")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def _open(settings: Mapping[str, str]) -> Any:
    host = settings.get("host") or f"email-smtp.{settings['region']}.amazonaws.com"
    return SMTP.open({"security": "starttls", **settings, "host": host})


def _hear(settings: Mapping[str, str], call: Call) -> Sequence[Delivery]:
    told = _told(settings, call)
    return _read(told) if told else []


def _receive(settings: Mapping[str, str], call: Call) -> Sequence[Letter]:
    told = _told(settings, call)
    return _inbound.given("Amazon SES", lambda: _events("AmazonSESInboundWebhookView", told)) if told else []


def _told(settings: Mapping[str, str], call: Call) -> Mapping[str, Any] | None:
    """The notification in this call, verified; None when it was about the subscription. Raises Forged, Retry."""
    try:
        told = json.loads(call.body)
        fields = _SIGNED[told["Type"]]
        text = "".join(f"{name}\n{told[name]}\n" for name in fields if name in told)
        signature, version = base64.b64decode(told["Signature"]), told.get("SignatureVersion", "1")
        where = told["SigningCertURL"]
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Forged("This is no message of Amazon SNS.") from None
    _verify(text.encode(), signature, version=version, where=where)
    if (topic := settings.get("topic")) and told.get("TopicArn") != topic:
        raise Forged("This is a message of another topic.")
    if told["Type"] == "SubscriptionConfirmation":
        # Only who knows this webhook's secret address can have asked for it.
        _fetch(told["SubscribeURL"])
        return None
    return told if told["Type"] == "Notification" else None


def _read(told: Mapping[str, Any]) -> list[Delivery]:
    events = _events("AmazonSESTrackingWebhookView", told)
    return [heard for one in events if (heard := _anymail.delivery(one, soft=_soft))]


def _events(name: str, told: Mapping[str, Any]) -> Sequence[Any]:
    try:
        event = json.loads(told["Message"])
    except ValueError:
        return []  # "Successfully validated SNS topic …"
    view = getattr(importlib.import_module("anymail.webhooks.amazon_ses"), name)
    # Not made in the usual way: that asks for AWS credentials, which reading an event needs none of.
    events: Sequence[Any] = object.__new__(view).esp_to_anymail_events(event, told)
    return events


def _soft(event: Mapping[str, Any]) -> bool:
    return event.get("bounce", {}).get("bounceType") != "Permanent"


def _verify(text: bytes, signature: bytes, *, version: str, where: str) -> None:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if not isinstance(where, str) or not where.endswith(".pem"):
        raise Forged("The message names no certificate.")
    key: Any = x509.load_pem_x509_certificate(_fetch(where)).public_key()
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303 - Amazon's version 1
    try:
        key.verify(signature, text, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise Forged("The message's signature does not hold.") from None


@lru_cache(maxsize=32)
def _fetch(url: str) -> bytes:
    """A document of Amazon SNS, and of nobody else."""
    import requests

    if not _AMAZON.match(url):
        raise Forged("The message points elsewhere than to Amazon SNS.")
    try:
        answer = requests.get(url, timeout=10, allow_redirects=False)
        answer.raise_for_status()
    except requests.RequestException as problem:
        raise Retry(f"Amazon SNS cannot be reached ({type(problem).__name__}).") from None
    return answer.content


CHANNEL = Channel(
    name="ses",
    title="Amazon SES",
    medium="email",
    help="With SMTP credentials of SES. For bounces and complaints, publish them to an SNS topic that posts here.",
    fields=(
        Field("region", "Region", "eu-central-1"),
        Field("user", "SMTP user name", "SMTP settings at SES; not an access key."),
        Field("password", "SMTP password", type="secret"),
        Field("topic", "SNS topic", "Its ARN. Empty: any topic that Amazon signed.", required=False),
        Field("bounces", "Address for bounces", "Empty: the sender's address.", required=False),
        _inbound.ADDRESS,
        Field("connections", "Connections", "Most at once.", type="number", required=False, default="4"),
        Field("timeout", "Seconds to wait", type="number", required=False, default="30"),
    ),
    open=_open,
    hear=_hear,
    receive=_receive,
    receive_help="Make a receipt rule for that address with the action SNS (encoding Base64; mail up to 150 kB), and "
    "subscribe this address to its topic (HTTPS).",
)
