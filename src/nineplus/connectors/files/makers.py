"""The canonical columns of each kind, made from the fields of a file."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import comments, numbers
from nineplus.connectors.files.attributes import attributes
from nineplus.connectors.files.reaching import reaching
from nineplus.connectors.files.reader import Reader, clean
from nineplus.mart.schema import INSTANT


def _responses(rows: Reader) -> dict[str, pa.Array]:
    column = rows.mapping.column("score") or ""
    said = rows.score()
    rows.leave_out(said)
    score, refusals = numbers.scores(said, bands=rows.mapping.bands)
    for code, where in sorted(refusals.items()):
        rows.refuse(where, code, column)
    if rows.mapping.column("excluded"):
        rows.refuse(rows.flag("excluded"), "excluded", rows.mapping.column("excluded") or "")
    comment, set_aside = comments.split(rows.raw_text("comment"))
    return {
        "response": rows.id("response"),
        "survey": pc.fill_null(rows.text("survey"), rows.mapping.survey or None)
        if rows.mapping.survey
        else rows.text("survey"),
        "touchpoint": rows.touchpoint(),
        "ticket": rows.id("ticket"),
        "score": score,
        "comment": comment,
        "comment_raw": set_aside,
        "answered_at": _answered(rows),
        "channel": rows.text("channel"),
        "language": rows.text("language"),
        "attributes": attributes(rows),
        **rows.people(),
    }


def _answered(rows: Reader) -> pa.Array:
    """When it was answered, else when it was begun; one of them must be there when the file has such columns."""
    if not rows.mapping.column("begun_at"):
        return rows.instant("answered_at", required=True)
    stamps = pc.coalesce(rows.instant("answered_at"), rows.instant("begun_at"))
    rows.refuse(stamps.is_null(), "date_missing", rows.mapping.column("answered_at") or "")
    return stamps


def _invitations(rows: Reader) -> dict[str, pa.Array]:
    fate, reason = rows.word("fate", "fate", required=True), rows.text("reason")
    unsaid = pc.and_(pc.fill_null(pc.equal(fate, "skipped"), False), reason.is_null())
    return {
        "invitation": rows.id("invitation"),
        "survey": rows.text("survey"),
        "ticket": rows.id("ticket"),
        "response": rows.id("response"),
        "channel": rows.text("channel"),
        "sent_at": rows.instant("sent_at"),
        "fate": fate,
        "reason": pc.if_else(unsaid, "unknown", reason),  # every skip has its reason
        "attributes": attributes(rows),
        **rows.people(),
    }


def _tickets(rows: Reader) -> dict[str, pa.Array]:
    opened = rows.instant("opened_at", required=True)
    answered, resolved = rows.instant("first_response_at"), rows.instant("resolved_at")
    answered = pc.coalesce(
        answered, _after(opened, rows.number("first_response_after"), rows.unit("first_response_after"))
    )
    by_length = _after(opened, rows.number("resolved_after"), rows.unit("resolved_after"))
    dated_only = pc.fill_null(pc.less_equal(pc.utf8_length(clean(rows.raw_text("resolved_at"))), 10), False)
    resolved = pc.if_else(dated_only, pc.coalesce(by_length, resolved), pc.coalesce(resolved, by_length))
    early = pc.fill_null(pc.less(resolved, opened), False)
    same_day = pc.and_(early, pc.and_(dated_only, pc.equal(pc.floor_temporal(opened, unit="day"), resolved)))
    same_day = pc.fill_null(same_day, False)
    rows.notes["same_day"] += pc.sum(same_day).as_py() or 0
    resolved = pc.if_else(same_day, opened, resolved)
    rows.refuse(pc.less(resolved, opened), "resolved_before_opened", rows.mapping.column("resolved_at") or "")
    rows.refuse(pc.less(answered, opened), "answered_before_opened", rows.mapping.column("first_response_at") or "")
    breached = rows.flag("sla_breached")
    if rows.mapping.column("sla_met"):
        breached = pc.coalesce(breached, rows.sla_met())
    reopens = rows.number("reopens")
    rows.refuse(pc.less(reopens, 0), "number_bad", rows.mapping.column("reopens") or "")
    return {
        "ticket": rows.id("ticket"),
        "opened_at": opened,
        "first_response_at": answered,
        "resolved_at": resolved,
        **{name: rows.text(name) for name in ("priority", "category", "team", "owner", "channel")},
        "sla_breached": breached,
        "reopens": pc.cast(pc.round(reopens), pa.int32()),
        "escalated": rows.flag("escalated"),
        "attributes": attributes(rows),
        **rows.people(),
    }


def _ticket_events(rows: Reader) -> dict[str, pa.Array]:
    ticket = rows.id("ticket")
    rows.refuse(ticket.is_null(), "id_missing", rows.mapping.column("ticket") or "")
    return {
        "ticket": ticket,
        "at": rows.instant("at", required=True),
        "kind": rows.word("kind", "event", required=True),
        "from_value": rows.text("from_value"),
        "to_value": rows.text("to_value"),
        "by_customer": rows.flag("by_customer"),
    }


def _accounts(rows: Reader) -> dict[str, pa.Array]:
    name, domain = rows.text("name"), pc.utf8_lower(rows.text("domain"))
    domain = pc.replace_substring_regex(domain, r"^https?://(www\.)?|/.*$", "")
    account = pc.coalesce(rows.id("account"), pc.utf8_slice_codeunits(pc.coalesce(domain, name), 0, 200))
    rows.refuse(account.is_null(), "id_missing", rows.mapping.column("account") or "account")
    return {
        "account": account,
        "name": name,
        "domain": domain,
        "created_at": rows.instant("created_at"),
        "renews_at": rows.instant("renews_at"),
        "attributes": attributes(rows),
    }


def _contacts(rows: Reader) -> dict[str, pa.Array]:
    people = rows.people()
    contact = people["contact"]
    rows.refuse(contact.is_null(), "id_missing", rows.mapping.column("contact") or "contact")
    name = pc.coalesce(rows.text("name"), rows.full_name())
    return people | {
        "name": name,
        "created_at": rows.instant("created_at"),
        "attributes": attributes(rows),
        **reaching(rows),
    }


def _movements(rows: Reader) -> dict[str, pa.Array]:
    spans = rows.mapping.column("kind") is None
    kind = pa.array(["new"] * rows.size, pa.string()) if spans else rows.word("kind", "movement", required=True)
    currency = pc.utf8_upper(pc.coalesce(rows.text("currency"), pa.scalar(rows.mapping.currency or "USD")))
    wrong = pc.invert(pc.match_substring_regex(currency, "^[A-Z]{3}$"))
    rows.refuse(wrong, "currency_bad", rows.mapping.column("currency") or "")
    minor = pc.cast(pc.round(rows.number("amount_minor")), pa.int64())
    minor = pc.coalesce(minor, numbers.minor_units(rows.number("amount"), currency))
    amount_column = rows.mapping.column("amount") or rows.mapping.column("amount_minor") or ""
    rows.refuse(minor.is_null(), "number_bad", amount_column)
    down = pc.fill_null(pc.is_in(kind, value_set=pa.array(["churn", "contraction"])), False)
    rows.notes["sign_turned"] += pc.sum(pc.and_(down, pc.greater(pc.fill_null(minor, 0), 0))).as_py() or 0
    minor = pc.if_else(down, pc.negate(pc.abs(minor)), minor)
    rows.refuse(pc.and_(pc.invert(down), pc.less(minor, 0)), "number_bad", amount_column)
    people = rows.people()
    rows.refuse(people["account"].is_null(), "account_missing", rows.mapping.column("account") or "")
    return people | {
        "movement": rows.id("movement") if not spans else pc.coalesce(rows.id("movement"), rows.id("subscription")),
        "subscription": rows.id("subscription"),
        "at": rows.instant("started_at" if spans and rows.mapping.column("started_at") else "at", required=True),
        "kind": kind,
        "amount_minor": minor,
        "currency": currency,
        "renews_at": rows.instant("renews_at"),
        **({"ended_at": rows.instant("ended_at")} if spans else {}),
    }


def _after(start: pa.Array, length: pa.Array, seconds: float) -> pa.Array:
    """The instant that lies this long after another."""
    micros = pc.cast(pc.round(pc.multiply(length, seconds * 1_000_000)), pa.int64())
    return pc.add(pc.cast(start, pa.int64()), micros).cast(INSTANT)


MAKERS: dict[str, Callable[[Reader], dict[str, pa.Array]]] = {
    "responses": _responses,
    "invitations": _invitations,
    "tickets": _tickets,
    "ticket_events": _ticket_events,
    "accounts": _accounts,
    "contacts": _contacts,
    "movements": _movements,
}
