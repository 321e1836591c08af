"""E-mail through Mailgun. Webhooks are signed with the account's HTTP webhook signing key."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound
from nineplus.plugs import Field

_API = "https://api.mailgun.net/v3"

CHANNEL = channel(
    "mailgun",
    "Mailgun",
    Provider(
        module="mailgun",
        view="MailgunTrackingWebhookView",
        options=lambda s: {
            "api_key": s["api_key"],
            "sender_domain": s["domain"],
            "api_url": s.get("api_url"),
        },
        probe=lambda s: {
            "url": f"{(s.get('api_url') or _API).rstrip('/')}/domains/{s['domain']}",
            "auth": ("api", s["api_key"]),
        },
        hook=lambda s: {"webhook_signing_key": s.get("signing_key", "")},
        own_message_id="Message-ID",
        inbound=Inbound(
            view="MailgunInboundWebhookView",
            set_up="Under Receiving, Create route: match that address and what begins with it and a +, action "
            "forward() to this one.",
            prove=lambda s: {"webhook_signing_key": s.get("signing_key", "")},
        ),
    ),
    Field("api_key", "API key", "A sending key of the domain.", type="secret"),
    Field("domain", "Domain", "As it is verified at Mailgun: mg.example.com"),
    Field("signing_key", "Webhook signing key", "API security at Mailgun.", type="secret", required=False),
    Field("api_url", "API address", "In the EU: https://api.eu.mailgun.net/v3", required=False),
)
