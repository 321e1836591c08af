"""What the providers of django-anymail share: sending one message, and reading their webhooks.

Anymail knows each provider's API and the signature of its webhooks (docs/decisions/0011). It is imported when it is
first used: it brings Django and requests, and a house with its own mail server needs neither here.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from nineplus.channels import (
    Call,
    Delivery,
    GiveUp,
    Outgoing,
    Reconnect,
    Retry,
    Sent,
    Unknown,
    _inbound,
    _mime,
    _webhooks,
)
from nineplus.plugs import Channel, Field

Settings = Mapping[str, str]
HOOK_LOGIN = Field(
    "hook_login",
    "User and password of the webhook",
    "As user:password, the same as in the webhook's address at the provider: https://user:password@…",
    type="secret",
    required=False,
)
CONNECTIONS = Field("connections", "Connections", "Most at once.", type="number", required=False, default="4")

_OURS_TO_MEND = re.compile(
    r"sender|from.?(address|email)?\b.*(not|un)|domain|signature|verif|api.?key|token|account|permission|sandbox", re.I
)
"""Words with which providers say that it is the settings, not the recipient, that they refuse."""
_THEIRS = re.compile(r"recipient|['\"`]to['\"`]|\bto (?:field|address|parameter)", re.I)
"""Words with which they say that it is the recipient after all."""
_FOR_GOOD = ("invalid", "bounced", "spam", "unsubscribed")
_KINDS = {
    "delivered": "delivered",
    "deferred": "deferred",
    "opened": "opened",
    "clicked": "clicked",
    "bounced": "bounced",
    "rejected": "bounced",
    "failed": "bounced",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of anymail.

    `module` is its name there, `view` that of its webhook; `options(settings)` what the backend is made with,
    `hook(settings)` what the webhook is verified with beside its log-in (empty: nothing); `probe(settings)` a
    request that succeeds when the key works, as keywords of requests.get; `soft(event)` tells a bounce that may pass.
    """

    module: str
    view: str
    options: Callable[[Settings], dict[str, Any]]
    probe: Callable[[Settings], dict[str, Any]]
    hook: Callable[[Settings], dict[str, Any]] = lambda settings: {}
    soft: Callable[[Mapping[str, Any]], bool] = lambda event: False
    own_message_id: str = ""
    """The name of the header that makes it keep our Message-ID; `Message-ID` itself when it does so anyway."""
    inbound: _inbound.Inbound | None = None
    """How it hands on mail that it takes in for us; None: it does not."""
    once: str = ""
    """The HTTP header that makes it send a message of that name once only."""


def channel(name: str, title: str, provider: Provider, *fields: Field, help: str = "") -> Channel:
    """The plug of one provider."""
    inbound = provider.inbound
    return Channel(
        name=name,
        title=title,
        medium="email",
        fields=(*fields, HOOK_LOGIN, *((_inbound.ADDRESS,) if inbound else ()), CONNECTIONS),
        open=lambda settings: _Line(title, provider, settings),
        hear=lambda settings, call: hear(title, provider, settings, call),
        receive=(lambda settings, call: _inbound.letters(title, provider.module, inbound, settings, call))
        if inbound
        else None,
        receive_help=inbound.set_up if inbound else "",
        help=help,
    )


# -- sending --------------------------------------------------------------------------------------------------


class _Line:
    """One HTTP session with the provider."""

    def __init__(self, title: str, provider: Provider, settings: Settings) -> None:
        self._title, self._provider, self._settings = title, provider, settings
        self._backend: Any = None

    def send(self, message: Outgoing) -> Sent:
        exceptions = importlib.import_module("anymail.exceptions")
        backend = self._open()
        if self._provider.once:
            backend.session.headers[self._provider.once] = message.key
        built = self._built(message)
        try:
            backend.send_messages([built])
        except exceptions.AnymailRecipientsRefused as problem:
            raise GiveUp(f"{self._title} does not write to this address: {_told(problem)}", suppress=True) from None
        except exceptions.AnymailRequestsAPIError as problem:
            raise _meaning(self._title, problem) from None
        except (exceptions.AnymailError, exceptions.AnymailConfigurationError, ValueError) as problem:
            raise GiveUp(f"It cannot be sent through {self._title}: {_told(problem)}") from None
        status = built.anymail_status.status or set()
        if not status & {"sent", "queued"}:
            raise Unknown(
                f"{self._title} does not say what it did with it ({', '.join(map(str, status)) or 'nothing'})."
            )
        return Sent(provider_id=str(built.anymail_status.message_id or ""))

    def check(self) -> str:
        import requests

        try:
            answer = requests.get(**self._provider.probe(self._settings), timeout=20)
        except requests.RequestException as problem:
            raise Retry(f"{self._title} cannot be reached ({type(problem).__name__}).", away=True) from None
        if answer.status_code in (401, 403):
            raise Reconnect(f"{self._title} refuses the key ({answer.status_code}).")
        if answer.status_code >= 400:
            raise Reconnect(f"{self._title} answers {answer.status_code}: {_mime.one_line(answer.text)[:200]}")
        return f"{self._title} accepts the key."

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _open(self) -> Any:
        if self._backend is None:
            backends = importlib.import_module(f"anymail.backends.{self._provider.module}")
            options = {name: value for name, value in self._provider.options(self._settings).items() if value}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of providers that anymail no longer tries out itself
                self._backend = backends.EmailBackend(ignore_unsupported_features=True, **options)
            self._backend.open()
        return self._backend

    def _built(self, message: Outgoing) -> Any:
        from anymail.message import AnymailMessage

        headers = _mime.headers(message)
        kept = headers.pop("Message-ID")
        if self._provider.own_message_id == "Message-ID":
            headers["Message-ID"] = kept
        elif self._provider.own_message_id:
            headers |= {"Message-ID": kept, self._provider.own_message_id: "true"}
        built = AnymailMessage(
            subject=_mime.one_line(message.subject),
            body=message.text,
            from_email=_mime.mailbox(message.sender_name, message.sender_address),
            to=[_mime.mailbox(message.name, message.address)],
            reply_to=[message.reply_to] if message.reply_to else None,
            headers=headers,
            metadata={"key": message.key},
            track_clicks=False,
        )
        if message.html:
            built.attach_alternative(message.html, "text/html")
        for picture in message.pictures:
            part = importlib.import_module("email.mime.image").MIMEImage(picture.data, picture.kind)
            part.add_header("Content-ID", f"<{picture.name}>")
            part.add_header("Content-Disposition", "inline", filename=f"{picture.name}.{picture.kind}")
            built.attach(part)
        return built


def _meaning(title: str, problem: Any) -> Exception:
    """What the caller must do about a failed call of the provider's API."""
    import requests

    code, said = problem.status_code, _told(problem)
    if code is None:  # no answer at all
        cause = problem.__cause__
        if isinstance(cause, requests.ConnectTimeout) or _never_left(cause):
            return Retry(f"{title} cannot be reached ({type(cause).__name__}).", away=True)
        return Unknown(f"{title} did not answer ({type(cause).__name__}).")
    if code in (401, 402, 403):
        return Reconnect(f"{title} does not let this account send: {said}")
    if code in (408, 425, 429, 503):
        after = problem.response.headers.get("Retry-After", "")
        return Retry(f"{title} is busy ({code}).", after=float(after) if after.isdigit() else None, away=True)
    if code >= 500:
        return Unknown(f"{title} failed in the middle of it ({code}).")
    if _OURS_TO_MEND.search(said) and not _THEIRS.search(said):
        return Reconnect(f"{title} refuses the sender: {said}")
    return GiveUp(f"{title} refuses it: {said}")


def _never_left(cause: object) -> bool:
    """Did the connection not come about at all? Then nothing was handed over."""
    reason = getattr(next(iter(getattr(cause, "args", ())), None), "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "SSLError")


def _told(problem: Any) -> str:
    """The provider's own words, in one line and without what we had sent."""
    response = getattr(problem, "response", None)
    words = getattr(response, "text", "") if response is not None else " ".join(map(str, problem.args[:1]))
    return _mime.one_line(str(words))[:300]


# -- hearing --------------------------------------------------------------------------------------------------


def hear(title: str, provider: Provider, settings: Settings, call: Call) -> Sequence[Delivery]:
    """The provider's webhook, verified and read. Raises Forged, ValueError for what cannot be read."""
    exceptions = importlib.import_module("anymail.exceptions")
    request = _webhooks.Request(call)
    login, proof = settings.get("hook_login", ""), provider.hook(settings)
    view = _webhooks.verified(title, provider.module, provider.view, request, login=login, proof=proof)
    try:
        events = view.parse_events(request)
    except (KeyError, TypeError, AttributeError, IndexError, exceptions.AnymailConfigurationError) as problem:
        raise ValueError(f"This is no event of {title} ({type(problem).__name__}).") from None
    return [heard for event in events if (heard := delivery(event, soft=provider.soft))]


def delivery(event: Any, *, soft: Callable[[Mapping[str, Any]], bool]) -> Delivery | None:
    """One of anymail's events as ours; None for what nobody needs to know (queued, subscribed …)."""
    kind = _KINDS.get(event.event_type)
    if kind is None:
        return None
    at = event.timestamp.astimezone(UTC) if event.timestamp and event.timestamp.tzinfo else None
    named = "|".join(map(str, (event.event_type, event.message_id, event.recipient, event.timestamp)))
    reason = event.reject_reason or ""
    permanent = not soft(event.esp_event) if event.event_type == "bounced" else reason in _FOR_GOOD
    return Delivery(
        kind=kind,  # type: ignore[arg-type]
        # An id of the provider names its call; one call may tell of several people.
        id=f"{event.event_id or ''}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"[-255:],
        provider_id=event.message_id or "",
        key=str((event.metadata or {}).get("key", "")),
        address=event.recipient or "",
        at=at,
        permanent=permanent,
        detail=_mime.one_line(" ".join(filter(None, (reason, event.description, event.mta_response))))[:500],
    )
