"""How templates write what render writes elsewhere. Named in the template settings; nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django import template

from nineplus.languages import languages
from nineplus.mart.schema import TIERS
from nineplus.model import Estimate, Kind
from nineplus.render import Html, escape, join, numbers, tag
from nineplus.render.html import score_chip as drawn_chip
from nineplus.store.models import Response
from nineplus.text.masking import mask

register = template.Library()

_MACHINE = {
    "trap": "a field that people cannot see was filled in.",
    "scanner": "a program that checks links opened the page.",
    "program": "a program opened the page, not a browser.",
    "hidden_link": "a link that people cannot see was followed.",
    "all_links": "nearly all links of the message were followed.",
    "too_quick": "it came quicker than anybody can read.",
    "heads_only": "the page was never looked at.",
}

_ALIKE = {
    "email": "same address",
    "email_other_name": "same address, other name",
    "shared_mailbox": "shared mailbox",
    "spelling": "spelling of the address",
    "phone": "same telephone",
    "name_and_account": "same name and account",
    "name_and_mailbox": "same name and mailbox",
    "domain": "same domain",
    "domain_other_name": "same domain, other name",
    "public_domain": "public domain",
    "company_name": "same name",
    "company_name_other_domain": "same name, other domain",
}


@register.filter
def score_chip(score: int | None) -> Html:
    return drawn_chip(score)


@register.filter
def masked(text: str) -> str:
    """A comment with personal data covered, for people who need not see it."""
    return mask(text)


_CLOCK: ContextVar[tzinfo] = ContextVar("clock", default=UTC)


@contextmanager
def by_clock_of(zone: tzinfo) -> Iterator[None]:
    """Until the end, times are written by the clock of that zone."""
    before = _CLOCK.set(zone)
    try:
        yield
    finally:
        _CLOCK.reset(before)


@register.filter
def instant(value: datetime | None) -> str:
    return numbers.instant(value and value.astimezone(_CLOCK.get()))


@register.filter
def ago(value: timedelta | None) -> str:
    """How long ago, in words: “2 minutes ago”."""
    return numbers.ago(value)


@register.filter
def day(value: date | None) -> str:
    return numbers.day(value)


@register.filter
def count(value: float | None) -> str:
    return numbers.number(value)


@register.filter
def share(value: float | None) -> str:
    return numbers.share(value)


@register.filter
def typographic(text: str) -> str:
    return numbers.typographic(text or "")


@register.filter
def estimate(value: Estimate) -> str:
    return numbers.estimate(value)


@register.filter
def signed(value: Estimate) -> str:
    return numbers.value(value, signed=True)


@register.filter
def interval(value: Estimate) -> str:
    return numbers.interval(value)


@register.filter
def plain(value: Estimate) -> str:
    """The number alone, where what it rests on stands beside it."""
    return numbers.value(value)


@register.filter
def money(minor: int, currency: str) -> str:
    return numbers.money(minor, currency)


@register.filter
def reason_short(reason: str) -> str:
    """Why two may be one, as a tab says it."""
    return _ALIKE.get(reason, reason.replace("_", " "))


@register.filter
def cell(value: object, kind: Kind) -> str:
    return numbers.cell(value, kind)


@register.filter
def medium(name: str) -> str:
    """What a customer calls it."""
    return {"email": "e-mail", "sms": "SMS"}.get(name, name)


@register.filter
def way(channel: str) -> str:
    """How an answer came."""
    return {
        "email": "by e-mail",
        "sms": "by SMS",
        "link": "by link",
        "kiosk": "at a kiosk",
        "widget": "in a web page",
        "api": "through your own program",
    }.get(channel, channel)


@register.filter
def came(response: Response) -> str:
    """How an answer came, as far as it is known: an imported one may not say."""
    return way(response.channel) if response.channel else way("api") if response.source == "api" else ""


@register.filter
def language(code: str) -> str:
    """The language by its own name, as far as it is known."""
    return languages()[code].name if code in languages() else code


@register.filter
def machine(reason: str) -> str:
    """Why an answer looks like a machine's (rules.signals)."""
    return _MACHINE.get(reason, "")


@register.filter
def size(bytes_: int) -> str:
    """1536000 is "1.5 MB"."""
    value, unit = float(bytes_), "bytes"
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    return f"{numbers.number(value, decimals=1 if unit != 'bytes' and value < 100 else 0)}{numbers.NBSP}{unit}"


@register.filter
def span(value: timedelta) -> str:
    """A length of time as a person says it: "3 hours", "12 days"."""
    minutes = value.total_seconds() / 60
    for per, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= per:
            whole = round(minutes / per)
            return f"{numbers.number(whole)}{numbers.NBSP}{name}{'' if whole == 1 else 's'}"
    return "less than a minute"


@register.filter
def tier(value: str) -> str:
    return TIERS.get(value, value)


@register.filter
def who(response: Any) -> str:
    """Whose answer it is: the account, else the person, else unknown."""
    if response.anonymous:
        return "Anonymous"
    if response.account:
        return response.account.name or response.account.external_id
    if response.contact:
        return response.contact.name or response.contact.email or response.contact.external_id
    return "Unknown customer"


@register.filter
def first_response(ticket: Any) -> str:
    return f"after {span(ticket.first_response_at - ticket.opened_at)}" if ticket.first_response_at else "not recorded"


@register.filter
def resolution(ticket: Any) -> str:
    return f"after {span(ticket.resolved_at - ticket.opened_at)}" if ticket.resolved_at else "not yet"


@register.filter
def highlight(text: str, search: str) -> Html:
    """The text with what was searched for marked."""
    if not search:
        return escape(text)
    parts = re.split(f"({re.escape(search)})", text, flags=re.IGNORECASE)
    return join(tag("mark", part) if place % 2 else part for place, part in enumerate(parts))


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.filter
def cut_up(text: str) -> list[str]:
    return text.split(",")


@register.filter
def coded(text: str) -> Html:
    """A sentence whose `pieces to be written so` stand out."""
    parts = text.split("`")
    return join(tag("code", part) if place % 2 else part for place, part in enumerate(parts))


@register.filter
def type_words(words: Any) -> Html:
    """A type of the API, with the names of shapes leading there."""
    return join(
        tag("a", word.text, href=f"#shape-{word.text}")
        if word.shape
        else (tag("code", word.text) if word.literal else word.text)
        for word in words
    )
