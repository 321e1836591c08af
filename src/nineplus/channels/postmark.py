"""E-mail through Postmark. It does not sign webhooks: they carry a user and password."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound
from nineplus.plugs import Field

_SOFT = frozenset(("SoftBounce", "Transient", "DnsError", "Blocked", "DMARCPolicy", "Unknown"))

CHANNEL = channel(
    "postmark",
    "Postmark",
    Provider(
        module="postmark",
        view="PostmarkTrackingWebhookView",
        options=lambda s: {
            "server_token": s["server_token"],
            "message_stream": s.get("stream"),
            "api_url": s.get("api_url"),
        },
        probe=lambda s: {
            "url": f"{(s.get('api_url') or 'https://api.postmarkapp.com').rstrip('/')}/server",
            "headers": {"X-Postmark-Server-Token": s["server_token"], "Accept": "application/json"},
        },
        soft=lambda event: event.get("Type") in _SOFT,
        own_message_id="X-PM-KeepID",
        inbound=Inbound(
            view="PostmarkInboundWebhookView",
            set_up="In the server’s inbound stream, Settings, enter this address as the webhook, with the "
            "webhook’s user and password (https://user:password@…).",
        ),
    ),
    Field("server_token", "Server token", "API Tokens of the server at Postmark.", type="secret"),
    Field("stream", "Message stream", "Empty: outbound. For many, a broadcast stream.", required=False),
    Field("api_url", "API address", "Empty: Postmark's.", required=False),
)
