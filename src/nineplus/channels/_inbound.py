"""Mail that a provider takes in and hands on by webhook: verified and parsed by anymail, then as a mailbox gives it.

What comes out are letters like those read over IMAP, cut at the same length, so that one owner says what they mean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from nineplus.channels import Call, Forged, Retry, _webhooks
from nineplus.channels._letters import Letter, letter
from nineplus.channels._mime import one_line
from nineplus.plugs import Field

Settings = Mapping[str, str]
_LONGEST_HEADER, _ALL_HEADERS = 10_000, 100_000
_NEEDED = frozenset(
    (
        *("from", "to", "subject", "message-id", "in-reply-to", "references", "auto-submitted", "return-path"),
        *("content-type", "content-transfer-encoding", "mime-version", "envelope-to", "delivered-to"),
    )
)
ADDRESS = Field(
    "inbound_address",
    "Address for answers",
    "One whose mail the provider takes in and hands on to nineplus, with anything after a + too. Empty: none.",
    required=False,
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """How one provider hands mail on: anymail's `view`, the options that `prove` a call, `more` options it needs.

    `instead` are methods in the place of the view's own; no proof: calls are proven by the webhook's log-in.
    """

    view: str
    prove: Callable[[Settings], dict[str, Any]] = lambda settings: {}
    more: Callable[[Settings], dict[str, Any]] = lambda settings: {}
    instead: Mapping[str, Callable[..., Any]] | None = None
    set_up: str = ""
    """In a sentence: what to enter over there."""


def letters(title: str, module: str, how: Inbound, settings: Settings, call: Call) -> Sequence[Letter]:
    """The mail in this call. Raises Forged, Retry (it could not be fetched), ValueError for what is no mail."""

    def read() -> list[Any]:
        with closing(_webhooks.form(call)) as request:  # with the files that came along
            return _events(request)

    def _events(request: Any) -> list[Any]:
        view = _webhooks.verified(
            title,
            module,
            how.view,
            request,
            login=settings.get("hook_login", ""),
            proof=how.prove(settings),
            more=how.more(settings),
            instead=how.instead,
        )
        if _size_of_headers(request) > _ALL_HEADERS:  # to parse a long one takes time by its square
            raise ValueError("too many headers")
        return list(view.parse_events(request))

    return given(title, read)


def given(title: str, read: Callable[[], Sequence[Any]]) -> Sequence[Letter]:
    """The letters of the events that `read` gives. Raises as `letters`: whatever a stranger wrote, and no other."""
    try:
        return [_as_letter(event.message) for event in read() if event.message is not None]
    except (Forged, Retry):
        raise
    except OSError as problem:  # those of HTTP are
        raise Retry(f"{title} does not give the mail out ({type(problem).__name__}).") from None
    except Exception as problem:
        raise ValueError(f"This is no mail that {title} hands on ({type(problem).__name__}).") from None


def noted(view: Any, attachment: Mapping[str, Any]) -> EmailMessage:
    """An attachment by its name and type: nobody fetches what would only be noted."""
    from anymail.inbound import AnymailInboundMessage

    named = {name.lower().replace("_", ""): value for name, value in attachment.items()}
    return AnymailInboundMessage.construct_attachment(
        content_type=str(named.get("contenttype") or "application/octet-stream"),
        content="",
        filename=str(named.get("filename") or named.get("name") or "without a name"),
    )


def _as_letter(message: Any) -> Letter:
    """With what the provider knows from the envelope, and a name that is the same when it comes again."""
    if message.envelope_recipient:
        message["Envelope-To"] = one_line(str(message.envelope_recipient))
    if message.envelope_sender is not None:
        del message["Return-Path"]
        message["Return-Path"] = f"<{one_line(str(message.envelope_sender))}>"
    if not str(message.get("Message-ID") or "").strip():
        del message["Message-ID"]
        message["Message-ID"] = f"<{_name(message)}@without-a-name.invalid>"
    _cut(message)
    # Some providers decode headers before they hand them on: they are encoded again.
    return letter(message.as_bytes(policy=message.policy.clone(refold_source="all")))


def _size_of_headers(request: Any) -> int:
    """Characters of those that come apart from the mail; in a whole mail they are cut (_cut)."""
    if request.content_type != "application/json":
        return sum(len(request.POST.get(name, "")) for name in ("headers", "message-headers"))
    told = json.loads(request.body)
    mails = [told, *told.get("items", ())] if isinstance(told, dict) else []
    return sum(len(json.dumps(one.get("Headers", ""))) for one in mails if isinstance(one, dict))


def _cut(message: Any) -> None:
    """No header longer than anybody needs, nor more of them: writing a long one takes time by its square."""
    kept, total = [], 0
    for name, value in message.raw_items():
        text = str(value)[:_LONGEST_HEADER]
        total += len(text)
        if total <= _ALL_HEADERS or name.lower() in _NEEDED:
            kept.append((name, text))
    message._headers = kept  # there is no other way past the parser of each


def _name(message: Any) -> str:
    said = [str(message.get(name) or "") for name in ("From", "To", "Date", "Subject", "In-Reply-To")]
    whole = "\0".join((*said, message.text or "", message.html or ""))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
