"""The language model that an owner may set up for naming topics and for summaries: where it is, and one question to it.

Off until somebody switches it on, and never asked but by the press of a button. What is asked is `text.endpoint`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from nineplus.connectors import Reconnect, Retry
from nineplus.connectors.assistant import Assistant, Heard
from nineplus.plugs import Field
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import plug_settings
from nineplus.store.models import Preference
from nineplus.text.endpoint import ask_name, read_answer

log = logging.getLogger(__name__)

_KEY = "assistant"
_TITLE = "The assistant"
_LANGUAGES = {
    "English": "en",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Portuguese": "pt",
    "Italian": "it",
    "Dutch": "nl",
}
FIELDS = (
    Field("on", "Switched on", type="flag", required=False, help="Even then nothing is sent but what somebody sends."),
    Field("address", "Address", help="Of an OpenAI-compatible service, up to /v1: https://models.example.com/v1"),
    Field("model", "Model", help="As the service calls it."),
    Field("key", "Key", type="secret", required=False),
    Field(
        "inside",
        "It is inside our network",
        type="flag",
        required=False,
        help="Allows http:// and addresses that only your network knows, as of a model on a machine of your own.",
    ),
    Field("language", "Language of names and summaries", type="choice", choices=tuple(_LANGUAGES), default="English"),
)
_EXAMPLE = ("The parking is full every morning.", "No parking again!", "Parking costs too much.")


@dataclass(frozen=True, slots=True)
class Held:
    """What is set; `shown` are the settings without the key. `language` is an ISO 639-1 code."""

    shown: Mapping[str, str]
    has_key: bool

    @property
    def on(self) -> bool:
        return self.shown.get("on") == "yes" and bool(self.shown.get("address"))

    @property
    def address(self) -> str:
        return self.shown.get("address", "")

    @property
    def model(self) -> str:
        return self.shown.get("model", "")

    @property
    def host(self) -> str:
        """Where things are sent, for people."""
        return urlsplit(self.address).netloc

    @property
    def inside(self) -> bool:
        return self.shown.get("inside") == "yes"

    @property
    def language(self) -> str:
        return _LANGUAGES.get(self.shown.get("language", ""), "en")


def held() -> Held:
    """What is set now; off when nobody set anything."""
    kept = _kept()
    return Held(kept.get("settings", {}), bool(kept.get("locked")))


def change(given: Mapping[str, str]) -> Held:
    """Set it from a form; a key left empty stays. Raises NotPossible, naming the setting that will not do."""
    kept = _kept()
    before, locked = kept.get("settings", {}), kept.get("locked", "")
    address = str(given.get("address", "")).strip()
    if locked and address != before.get("address") and not given.get("key"):
        raise NotPossible("Key must be typed in again: it was for another address.")
    shown, hidden = plug_settings.changed(_TITLE, FIELDS, shown=before, locked=locked, given=given)
    _usable(address, inside=shown.get("inside") == "yes")
    with transaction.atomic():
        value = {"settings": shown, "locked": plug_settings.secrets.lock(hidden)}
        Preference.objects.update_or_create(key=_KEY, defaults={"value": value})
    return held()


def forget() -> None:
    """Switch it off and forget address and key."""
    Preference.objects.filter(key=_KEY).delete()


def ask(body: Mapping[str, Any]) -> Heard:
    """Send exactly this body, once. Raises NotPossible when it is switched off or its key cannot be read."""
    if not held().on:
        raise NotPossible("No assistant is switched on. An owner can do that in Settings.")
    return _asked(body)


def test() -> str:
    """Have it name three made-up comments; what came of it, a sentence. Raises NotPossible: what is wrong."""
    one = held()
    if not one.address:
        raise NotPossible("Save an address and a model first.")
    request = ask_name(phrases=["parking"], comments=_EXAMPLE, language=one.language, model=one.model)
    heard = _asked(request.body)
    if heard.text is None:
        raise NotPossible(heard.reason)
    answered = read_answer(request, heard.text)
    if answered.text is None:
        raise NotPossible(f"It answers, but not as asked. {answered.reason} Another model may do better.")
    return f"It works: three made-up comments about parking were named “{answered.text}”."


def _kept() -> dict[str, Any]:
    return Preference.objects.filter(key=_KEY).values_list("value", flat=True).first() or {}


def _asked(body: Mapping[str, Any]) -> Heard:
    kept = _kept()
    whole = plug_settings.whole(FIELDS, shown=kept.get("settings", {}), locked=kept.get("locked", ""))
    try:
        with Assistant(whole["address"], key=whole.get("key", ""), private=whole.get("inside") == "yes") as assistant:
            heard = assistant.ask(body)
    except (Reconnect, Retry) as problem:
        heard = Heard(None, str(problem))
    log.info("assistant_asked", extra={"answered": heard.text is not None})
    return heard


def _usable(address: str, *, inside: bool) -> None:
    """What can be told without calling it; a name that cannot be found now may be found later."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise NotPossible("Address is no web address.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise NotPossible("Address ends with /v1 and holds no user, key or question mark.")
    try:
        with Assistant(address, private=inside):
            pass
    except Reconnect as problem:
        raise NotPossible(f"Address will not do. {problem}") from None
    except Retry:
        pass
