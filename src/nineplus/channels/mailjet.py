"""E-mail through Mailjet. It does not sign webhooks: they carry a user and password."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound
from nineplus.plugs import Field

CHANNEL = channel(
    "mailjet",
    "Mailjet",
    Provider(
        module="mailjet",
        view="MailjetTrackingWebhookView",
        options=lambda s: {"api_key": s["api_key"], "secret_key": s["secret_key"], "api_url": s.get("api_url")},
        probe=lambda s: {
            "url": "https://api.mailjet.com/v3/REST/apikey",
            "auth": (s["api_key"], s["secret_key"]),
        },
        soft=lambda event: not event.get("hard_bounce", False),
        inbound=Inbound(
            view="MailjetInboundWebhookView",
            set_up="Through Mailjet’s API make a parseroute with this address as its Url, with the webhook’s user "
            "and password (https://user:password@…).",
        ),
    ),
    Field("api_key", "API key", type="secret"),
    Field("secret_key", "Secret key", type="secret"),
    Field("api_url", "API address", "Empty: Mailjet's.", required=False),
)
