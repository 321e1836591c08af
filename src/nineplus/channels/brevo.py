"""E-mail through Brevo. It does not sign webhooks: they carry a user and password."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound, noted
from nineplus.plugs import Field

CHANNEL = channel(
    "brevo",
    "Brevo",
    Provider(
        module="brevo",
        view="BrevoTrackingWebhookView",
        options=lambda s: {"api_key": s["api_key"], "api_url": s.get("api_url")},
        probe=lambda s: {
            "url": f"{(s.get('api_url') or 'https://api.brevo.com/v3').rstrip('/')}/account",
            "headers": {"api-key": s["api_key"], "accept": "application/json"},
        },
        soft=lambda event: event.get("event") == "soft_bounce",
        inbound=Inbound(
            view="BrevoInboundWebhookView",
            set_up="Through Brevo’s API make a webhook of type inbound, event inboundEmailProcessed, for the "
            "domain of that address.",
            more=lambda s: {"api_key": s["api_key"], "api_url": s.get("api_url")},
            instead={"_fetch_attachment": noted},
        ),
    ),
    Field("api_key", "API key", "SMTP & API at Brevo.", type="secret"),
    Field("api_url", "API address", "Empty: Brevo's.", required=False),
)
