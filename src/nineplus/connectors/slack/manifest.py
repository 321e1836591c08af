"""The description from which Slack makes the app: copied by a person, so that nobody sets a dozen switches by hand."""

from __future__ import annotations

import json
from typing import Any

SCOPES = (
    "channels:history",  # was that message posted before the worker died? (the same in private channels)
    "chat:write",
    "commands",
    "groups:history",
    "im:history",  # the same in direct messages
    "im:write",  # colleagues who want it are written to directly
    "users:read",
    "users:read.email",  # who presses a button, and whom to write to, is known by their address
)


def manifest(base: str) -> str:
    """As JSON, for “Create an app” → “From a manifest”. `base`: the public address of this installation."""
    described: dict[str, Any] = {
        "display_information": {
            "name": "nineplus",
            "description": "Customers who need an answer, and how loyal they are",
            "background_color": "#3730a3",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "nineplus", "always_online": True},
            "slash_commands": [
                {
                    "command": "/nineplus",
                    "url": f"{base}/hooks/slack/command/",
                    "description": "The score, or how a customer is",
                    "usage_hint": "score [segment] | account NAME",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": f"{base}/hooks/slack/act/"},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
    return json.dumps(described, indent=2)
