"""Slack's API, as far as nineplus needs it: post, change, write to one person, open a window, who is this?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from nineplus.connectors import GiveUp, Reconnect, Retry

TIMEOUT = 8
_REFUSED = {
    "invalid_auth": "Slack does not know this token.",
    "not_authed": "Slack does not know this token.",
    "token_revoked": "The token was revoked in Slack.",
    "token_expired": "The token has run out.",
    "account_inactive": "The app was removed from the workspace, or the workspace is gone.",
    "missing_scope": "The app lacks a right: make it again from the manifest.",
}
_CHANNEL = {
    "channel_not_found": "The channel is gone, or the app was not invited: write /invite @nineplus there.",
    "is_archived": "The channel is archived.",
    "not_in_channel": "The app is not in the channel: write /invite @nineplus there.",
    "restricted_action": "The workspace does not let the app post there.",
}
_NOBODY = {"users_not_found", "user_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot"}
_LATER = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_MARK = "nineplus_post"
_PAGES = 20
"""So far a channel is looked through for one message, 200 a page."""


class ChannelGone(GiveUp):
    """Nothing can be posted in this channel until a person mends that; the message says what."""


class Nobody(GiveUp):
    """There is no such person, or none that can be written to."""


class Unsure(Exception):
    """It may have been taken: the line broke after it was sent."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Which workspace a token belongs to."""

    team: str
    name: str
    bot: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody over there. `email` is empty unless Slack has confirmed it."""

    id: str
    email: str


class Slack:
    """One workspace, by its bot token. Methods raise Retry, Reconnect, ChannelGone, GiveUp or Unsure."""

    def __init__(self, token: str, *, base: str) -> None:
        self._client = WebClient(token=token, base_url=base, timeout=TIMEOUT, retry_handlers=[])

    def check(self) -> Workspace:
        found = self._call(self._client.auth_test)
        return Workspace(str(found["team_id"]), str(found.get("team", "")), str(found.get("user_id", "")))

    def post(self, channel: str, *, text: str, blocks: Sequence[Any], key: str, thread: str = "") -> str:
        """Post it; its name there. `key` marks it, so that `find` can say whether it is there."""
        told = self._call(
            self._client.chat_postMessage,
            channel=channel,
            text=text,
            blocks=list(blocks),
            metadata={"event_type": _MARK, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
            **({"thread_ts": thread} if thread else {}),
        )
        return str(told["ts"])

    def change(self, channel: str, ts: str, *, text: str, blocks: Sequence[Any]) -> None:
        self._call(self._client.chat_update, channel=channel, ts=ts, text=text, blocks=list(blocks))

    def whisper(self, channel: str, user: str, *, text: str) -> None:
        """Say it so that only that person sees it."""
        self._call(self._client.chat_postEphemeral, channel=channel, user=user, text=text)

    def open(self, trigger: str, view: dict[str, Any]) -> None:
        self._call(self._client.views_open, trigger_id=trigger, view=view)

    def person(self, user: str, *, team: str) -> Person:
        """Bots, people of other workspaces in shared channels and people who left have no address here: what address
        somebody of another workspace has, their administrator says.
        """
        return _person(self._call(self._client.users_info, user=user)["user"], user, team)

    def called(self, email: str, *, team: str) -> Person:
        """Who has that address over there. Raises Nobody, also for whom `person` gives no address."""
        told = self._call(self._client.users_lookupByEmail, email=email)["user"]
        found = _person(told, str(told["id"]), team)
        if not found.email:
            raise Nobody("Slack has not confirmed that address.")
        return found

    def direct(self, user: str) -> str:
        """The channel of direct messages with that person. Raises Nobody; ChannelGone when the app may not."""
        try:
            return str(self._call(self._client.conversations_open, users=user)["channel"]["id"])
        except Reconnect as problem:
            if str(problem) != _REFUSED["missing_scope"]:
                raise
            # an app made before there were direct messages: all else works as it did
            raise ChannelGone("The app may not write to people: make it again in Settings, Slack.") from None

    def find(self, channel: str, *, key: str, since: float, thread: str = "") -> str:
        """The name of the message marked with that key, posted since then (Unix time); empty: it is not there.

        What stands in a thread is not among the channel's messages.
        """
        method = self._client.conversations_replies if thread else self._client.conversations_history
        where = {"channel": channel, "oldest": f"{since:.6f}", "limit": 200, "include_all_metadata": True}
        if thread:
            where["ts"] = thread
        cursor = ""
        for _ in range(_PAGES):
            told = self._call(method, **where, **({"cursor": cursor} if cursor else {}))
            for one in told.get("messages", ()):
                mark = one.get("metadata") or {}
                if mark.get("event_type") == _MARK and mark.get("event_payload", {}).get("key") == key:
                    return str(one["ts"])
            cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return ""
        raise Unsure("More was said in the channel meanwhile than was looked through.")

    def _call(self, method: Callable[..., SlackResponse], **values: Any) -> dict[str, Any]:
        try:
            return method(**values).data  # type: ignore[return-value]
        except SlackApiError as problem:
            raise _meant(problem) from None
        except (SlackClientError, OSError, ValueError) as problem:
            reason = getattr(problem, "reason", problem)
            if isinstance(reason, ConnectionRefusedError) or "resolution" in str(reason) or "not known" in str(reason):
                raise Retry("Slack cannot be reached.") from None
            raise Unsure(f"Slack did not answer ({type(reason).__name__}).") from None


def _person(found: dict[str, Any], user: str, team: str) -> Person:
    teams = {found.get("team_id") or team, *(found.get("enterprise_user") or {}).get("teams", ())}
    odd = found.get("is_bot") or found.get("deleted") or found.get("is_stranger") or team not in teams
    confirmed = found.get("is_email_confirmed", True) and not odd
    return Person(user, str(found.get("profile", {}).get("email") or "").lower() if confirmed else "")


def _meant(problem: SlackApiError) -> Exception:
    answer = problem.response
    code = str(answer.get("error") or "") if isinstance(answer.data, dict) else ""
    if answer.status_code == 429 or code in _LATER or answer.status_code >= 500:
        after = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "")
        return (
            Retry("Slack wants us to wait.", after=float(after)) if after.isdecimal() else Retry("Slack is not well.")
        )
    if code in _REFUSED:
        return Reconnect(_REFUSED[code])
    if code in _CHANNEL:
        return ChannelGone(_CHANNEL[code])
    if code in _NOBODY:
        return Nobody("Slack does not know them, or nobody can write to them.")
    return GiveUp(f"Slack refused it: {code or answer.status_code}.")
