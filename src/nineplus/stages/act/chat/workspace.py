"""The Slack app of this installation: its token and signing secret, kept encrypted, and which workspace they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings as house

from nineplus.connectors import GiveUp, Reconnect, Retry
from nineplus.connectors.slack.client import Slack, Unsure
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.secrets import lock, unlock
from nineplus.store.models import ChatPerson, ChatPlace, Preference
from nineplus.store.models.chat import PlaceKind

_KEY = "slack"


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of it, without secrets. `error`: why it does not work; a person must mend that."""

    team: str = ""
    name: str = ""
    error: str = ""

    @property
    def connected(self) -> bool:
        return bool(self.team)


def held() -> Held:
    """What is set now."""
    kept = _kept()
    return Held(kept.get("team", ""), kept.get("name", ""), kept.get("error", ""))


def connect(*, token: str, signing: str) -> Held:
    """Use this app from now on, after asking Slack whether it knows it. Empty ones stay as they were.

    Raises NotPossible.
    """
    before = unlock(_kept().get("locked", ""))
    token, signing = token.strip() or before.get("token", ""), signing.strip() or before.get("signing", "")
    if not token.startswith("xoxb-"):
        raise NotPossible("The bot token begins with xoxb-. It is on the app's page, under OAuth & Permissions.")
    if not (20 <= len(signing) <= 200 and signing.isascii()):
        raise NotPossible("The signing secret is on the app's page, under Basic Information.")
    try:
        found = Slack(token, base=house.NINEPLUS.slack_url).check()
    except (Reconnect, Retry, GiveUp, Unsure) as problem:
        raise NotPossible(str(problem)) from None
    if before and _kept().get("team") != found.team:
        _forget_people()
    ChatPlace.objects.filter(user__isnull=False).update(error="")
    value = {"locked": lock({"token": token, "signing": signing}), "team": found.team, "name": found.name}
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": value})
    return held()


def forget() -> None:
    """Forget the app. Channels that it posted in stay listed, and wait."""
    Preference.objects.filter(pk=_KEY).delete()
    _forget_people()


def slack() -> Slack:
    """Its API. Raises NotPossible without an app, or when the secrets cannot be read."""
    token = unlock(_kept().get("locked", "")).get("token", "")
    if not token:
        raise NotPossible("No Slack app is connected. An owner can do that in Settings, Slack.")
    return Slack(token, base=house.NINEPLUS.slack_url)


def signing_secret() -> str:
    """With what calls must be signed; empty: nobody's are taken."""
    return unlock(_kept().get("locked", "")).get("signing", "")


def in_use() -> str:
    """Names the keys that are in use now, without telling them: others have another name."""
    return str(_kept().get("locked", ""))


def broke(why: str, *, of: str) -> None:
    """Slack refuses the keys `of` that name: what is for the app waits until somebody mends it.

    Nothing happens when other keys were put in meanwhile.
    """
    kept = _kept()
    if kept and kept.get("locked") == of:
        Preference.objects.filter(pk=_KEY, value__locked=of).update(value={**kept, "error": why})


def works() -> bool:
    """May anything be posted by the app now?"""
    found = held()
    return found.connected and not found.error


def posting_places() -> list[int]:
    """Places (ids) where something can be posted now: an app that works, a channel that is there."""
    places = ChatPlace.objects.filter(error="")
    if not works():
        places = places.exclude(kind=PlaceKind.SLACK)
    return list(places.values_list("pk", flat=True))


def _forget_people() -> None:
    """Who they are over there, and where they are written to, is of one workspace."""
    ChatPerson.objects.all().delete()
    ChatPlace.objects.filter(user__isnull=False).update(channel="")


def _kept() -> dict[str, Any]:
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}
