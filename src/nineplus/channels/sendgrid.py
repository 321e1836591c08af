"""E-mail through SendGrid. Webhooks are signed with the key that its Event Webhook settings show."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound
from nineplus.plugs import Field

CHANNEL = channel(
    "sendgrid",
    "SendGrid",
    Provider(
        module="sendgrid",
        view="SendGridTrackingWebhookView",
        options=lambda s: {"api_key": s["api_key"], "api_url": s.get("api_url")},
        probe=lambda s: {
            "url": f"{(s.get('api_url') or 'https://api.sendgrid.com/v3').rstrip('/')}/scopes",
            "headers": {"Authorization": f"Bearer {s['api_key']}"},
        },
        hook=lambda s: {"tracking_webhook_verification_key": s.get("verification_key", "")},
        soft=lambda event: event.get("type") == "blocked",
        own_message_id="Message-ID",
        inbound=Inbound(
            view="SendGridInboundWebhookView",
            set_up="Under Settings, Inbound Parse, add the domain and this address, with the webhook’s user and "
            "password (https://user:password@…).",
        ),
    ),
    Field("api_key", "API key", "With the right to send mail.", type="secret"),
    Field("verification_key", "Webhook verification key", "Signed Event Webhook at SendGrid.", required=False),
    Field("api_url", "API address", "In the EU: https://api.eu.sendgrid.com/v3/", required=False),
)
