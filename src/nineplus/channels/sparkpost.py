"""E-mail through SparkPost. It does not sign webhooks: they carry a user and password."""

from __future__ import annotations

from nineplus.channels._anymail import Provider, channel
from nineplus.channels._inbound import Inbound
from nineplus.plugs import Field

_SOFT = frozenset(("1", "20", "21", "22", "23", "24", "25", "40", "50", "51", "52", "53", "54", "70"))
"""Bounce classes that speak of the moment or the message, not of the address."""

CHANNEL = channel(
    "sparkpost",
    "SparkPost",
    Provider(
        module="sparkpost",
        view="SparkPostTrackingWebhookView",
        options=lambda s: {"api_key": s["api_key"], "subaccount": s.get("subaccount"), "api_url": s.get("api_url")},
        probe=lambda s: {
            "url": f"{(s.get('api_url') or 'https://api.sparkpost.com/api/v1').rstrip('/')}/account",
            "headers": {"Authorization": s["api_key"]},
        },
        soft=lambda event: str(_event(event).get("bounce_class", "")) in _SOFT,
        inbound=Inbound(
            view="SparkPostInboundWebhookView",
            set_up="Add the domain under Inbound domains and make a relay webhook to this address with basic "
            "authentication.",
        ),
    ),
    Field("api_key", "API key", "With transmissions: read/write.", type="secret"),
    Field("subaccount", "Subaccount", required=False),
    Field("api_url", "API address", "In the EU: https://api.eu.sparkpost.com/api/v1", required=False),
)


def _event(raw):  # type: ignore[no-untyped-def]
    """What is inside {"msys": {"message_event": …}}."""
    return next(iter(raw.get("msys", {}).values()), {})
