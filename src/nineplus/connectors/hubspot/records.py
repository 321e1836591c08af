"""From HubSpot's objects to records in our words, by a mapping from their properties to our columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from nineplus.connectors import Item, Kind, Merged, Record, Unusable
from nineplus.connectors.hubspot import history
from nineplus.connectors.hubspot.history import Stage
from nineplus.connectors.hubspot.values import (
    country,
    flag,
    instant,
    language,
    lasting,
    minor,
    sla_breached,
    time_zone,
)

Links = Mapping[str, Sequence[tuple[str, frozenset[int]]]]
Made = Callable[["Shape", Mapping[str, Any], Mapping[str, str], "Around"], Iterator[Item]]

_SKEW = timedelta(minutes=5)
"""So far may HubSpot's own clocks contradict each other; an instant that is too early by no more is drawn level."""
_ATTRIBUTE = "attribute:"
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "firstname": ("lastname",),
    "hs_time_to_close_sla_status": ("hs_time_to_first_response_sla_status",),
}
"""Properties that say one thing together: where the first is mapped to a column, the others are read with it."""


@dataclass(frozen=True, slots=True)
class Around:
    """What one needs to know beside the object itself."""

    linked: Mapping[str, Links] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    companies_of_contacts: Links = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """One stream that is made of HubSpot objects. `primary`: the association types that mark the main one."""

    kind: Kind
    object: str
    make: Made
    mapping: Mapping[str, str]
    needs: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    modified: str = "hs_lastmodifieddate"
    merged: tuple[str, ...] = ("hs_merged_object_ids",)


PRIMARY = {"contacts": 1, "tickets": 26, "deals": 5}
"""Association types of the primary company, by what it is the company of."""


def company(links: Links, key: str, of: str) -> str | None:
    """The primary company, else the first that is told."""
    found = links.get(key) or ()
    return next((one for one, kinds in found if PRIMARY[of] in kinds), None) or (found[0][0] if found else None)


def _first(links: Links, key: str) -> str | None:
    found = links.get(key) or ()
    return found[0][0] if found else None


def mapped(
    told: Mapping[str, Any], mapping: Mapping[str, str], currency: str = ""
) -> tuple[dict[str, Any], dict[str, str]]:
    """Columns and attributes. A property that was not given (it is no longer known) leaves its column alone."""
    gathered: dict[str, dict[str, str]] = {}
    for theirs, ours in mapping.items():
        for name in (theirs, *(() if ours.startswith(_ATTRIBUTE) else TOGETHER.get(theirs, ()))):
            gathered.setdefault(ours, {})[name] = str(told.get(name) or "").strip()
    fields: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    for ours, values in gathered.items():
        if ours.startswith(_ATTRIBUTE):
            attributes[ours.removeprefix(_ATTRIBUTE)] = " ".join(filter(None, values.values()))
        else:
            fields[ours] = _column(ours, values, currency)
    return fields, attributes


def _column(ours: str, values: Mapping[str, str], currency: str) -> Any:
    first = next(filter(None, values.values()), "")
    if ours == "name":
        return " ".join(filter(None, values.values())) or None
    if ours == "sla_breached":
        return sla_breached(values)
    if ours.endswith("_at"):
        return instant(first)
    if ours.endswith("_minor"):
        return minor(first, currency)
    if ours in ("is_closed", "is_won", "escalated"):
        return flag(first)
    if ours == "reopens":
        return int(first) if first.isdigit() else None
    if ours == "language":
        return language(first) or None
    if ours == "time_zone":
        return time_zone(first) or None
    if ours == "country":
        return country(first) or None
    if ours in ("currency", "domain"):
        return (first.upper() if ours == "currency" else first.lower()) or None
    return first or None


def merges(shape: Shape, told: Mapping[str, Any]) -> Iterator[Merged]:
    """The records that this one has swallowed."""
    seen = {str(told["id"])}
    for name in shape.merged:
        for part in str(told["properties"].get(name) or "").split(";"):
            key = part.partition(":")[0].strip()
            if key and key not in seen:
                seen.add(key)
                yield Merged(shape.kind, key, into=str(told["id"]))


def _record(
    shape: Shape, told: Mapping[str, Any], fields: Mapping[str, Any], attributes: Mapping[str, str], raw: Any = None
) -> Record:
    at = instant(told["properties"].get(shape.modified)) or instant(told.get("updatedAt"))
    return Record(shape.kind, str(told["id"]), fields, attributes, modified_at=at, raw=raw)


def _account(shape: Shape, told: Mapping[str, Any], mapping: Mapping[str, str], _: Around) -> Iterator[Item]:
    yield _record(shape, told, *mapped(told["properties"], mapping))


def _contact(shape: Shape, told: Mapping[str, Any], mapping: Mapping[str, str], around: Around) -> Iterator[Item]:
    fields, attributes = mapped(told["properties"], mapping)
    fields["account"] = company(around.linked["companies"], str(told["id"]), "contacts")
    yield _record(shape, told, fields, attributes)


def _ticket(shape: Shape, told: Mapping[str, Any], mapping: Mapping[str, str], around: Around) -> Iterator[Item]:
    key, properties = str(told["id"]), told["properties"]
    fields, attributes = mapped(properties, mapping)
    opened = fields.get("opened_at") or instant(told.get("createdAt"))
    if opened is None:
        yield Unusable("tickets", key, "no_opened_at", "HubSpot gives no instant at which the ticket was opened.")
        return
    past = {n: history.moves(v) for n, v in (told.get("propertiesWithHistory") or {}).items()}
    stage = str(properties.get("hs_pipeline_stage") or "")
    went = history.course(stages=past.get("hs_pipeline_stage") or (), known=around.stages)
    fields["opened_at"] = opened
    fields["reopens"] = went.reopens
    fields["resolved_at"] = went.resolved_at
    # Without history, and of a stage of an archived pipeline, only the closing date tells.
    if not went.resolved_at and (stage not in around.stages or around.stages[stage].closed):
        fields["resolved_at"] = instant(properties.get("closed_date"))
    if fields.get("first_response_at") is None and (taken := properties.get("time_to_first_agent_reply")):
        lasted = lasting("time_to_first_agent_reply", taken)
        fields["first_response_at"] = opened + lasted if lasted is not None else None
    for name in ("first_response_at", "resolved_at"):
        if (at := fields.get(name)) is not None and timedelta(0) < opened - at <= _SKEW:
            fields[name] = opened
    if fields.get("team"):
        fields["team"] = around.teams.get(fields["team"], fields["team"])
    contact = _first(around.linked["contacts"], key)
    fields["contact"] = contact
    fields["account"] = company(around.linked["companies"], key, "tickets") or (
        company(around.companies_of_contacts, contact, "contacts") if contact else None
    )
    yield _record(shape, told, fields, attributes)
    yield from history.events(
        ticket=key,
        history=past,
        known=around.stages,
        teams=around.teams,
        first_reply=fields.get("first_response_at"),
    )


def _deal(shape: Shape, told: Mapping[str, Any], mapping: Mapping[str, str], around: Around) -> Iterator[Item]:
    key, properties = str(told["id"]), told["properties"]
    currency = str(properties.get("deal_currency_code") or around.currency).upper()
    fields, attributes = mapped(properties, mapping, currency)
    stage = str(properties.get("dealstage") or "")
    if stage in around.stages:
        fields["stage"] = around.stages[stage].label
        for name, said in (("is_closed", around.stages[stage].closed), ("is_won", around.stages[stage].won)):
            if fields.get(name) is None:
                fields[name] = said
    if any(fields.get(name) is not None for name in ("amount_minor", "mrr_minor")):
        fields["currency"] = currency or None
    if not currency and fields.get("currency") is None:
        for name in ("amount_minor", "mrr_minor"):
            if fields.pop(name, None) is not None:
                yield Unusable("deals", key, "no_currency", f"{name} has no currency and is left out.")
    fields["account"] = company(around.linked["companies"], key, "deals")
    fields["contact"] = _first(around.linked["contacts"], key)
    yield _record(shape, told, fields, attributes)


_GROUPS = {"DETRACTOR": range(0, 7), "PASSIVE": range(7, 9), "PROMOTER": range(9, 11)}


def _response(shape: Shape, told: Mapping[str, Any], mapping: Mapping[str, str], around: Around) -> Iterator[Item]:
    key, properties = str(told["id"]), told["properties"]
    kind = str(properties.get("hs_survey_type") or "").upper()
    asked = str(properties.get("hs_industry_standard_question_type") or "").upper()
    group = str(properties.get("hs_response_group") or "").strip().upper()
    score = _score(properties.get("hs_value"))
    if kind != "NPS" and asked != "NPS" and not (kind == "CUSTOM" and not asked and group in _GROUPS):
        yield Unusable("responses", key, "not_nps", f"The survey is of type {kind.lower() or 'unknown'}, not NPS.")
        return
    if score is None:
        yield Unusable("responses", key, "no_score", "hs_value holds no whole number from 0 to 10.")
        return
    if group in _GROUPS and score not in _GROUPS[group]:
        yield Unusable("responses", key, "group_differs", f"HubSpot's group does not fit {score}: recomputed.")
    fields, attributes = mapped(properties, mapping)
    if fields.get("answered_at") is None:
        fields["answered_at"] = instant(properties.get("hs_createdate")) or instant(told.get("createdAt"))
    if fields.get("channel"):
        fields["channel"] = fields["channel"].lower()
    contact = _first(around.linked["contacts"], key) or str(properties.get("hs_contact_id") or "").strip() or None
    fields |= {
        "score": score,
        "contact": contact,
        "account": _first(around.linked["companies"], key),
        "ticket": _first(around.linked["tickets"], key),
    }
    yield _record(shape, told, fields, attributes, raw=dict(properties))


def _score(text: object) -> int | None:
    written = str(text or "").strip().removesuffix(".0")
    return int(written) if written.isascii() and written.isdigit() and int(written) <= 10 else None


_FEEDBACK = (
    "hs_createdate hs_survey_id hs_survey_name hs_survey_type hs_survey_channel hs_value hs_response_group "
    "hs_sentiment hs_content hs_submission_timestamp hs_submission_name hs_submission_url hs_ingestion_id "
    "hs_contact_id hs_contact_email_rollup hs_engagement_id hs_form_guid hs_industry_standard_question_type"
)

SHAPES: Mapping[str, Shape] = {
    "accounts": Shape(
        "accounts",
        "companies",
        _account,
        {"name": "name", "domain": "domain", "createdate": "created_at", "hubspot_owner_id": "owner"},
    ),
    "contacts": Shape(
        "contacts",
        "contacts",
        _contact,
        {
            "email": "email",
            "firstname": "name",
            "phone": "phone",
            "hs_language": "language",
            "hs_timezone": "time_zone",
            "hs_country_region_code": "country",
            "createdate": "created_at",
        },
        linked=("companies",),
        modified="lastmodifieddate",
        merged=("hs_merged_object_ids", "hs_calculated_merged_vids"),
    ),
    "tickets": Shape(
        "tickets",
        "tickets",
        _ticket,
        {
            "createdate": "opened_at",
            "first_agent_reply_date": "first_response_at",
            "hs_ticket_priority": "priority",
            "hs_ticket_category": "category",
            "hubspot_team_id": "team",
            "hubspot_owner_id": "owner",
            "source_type": "channel",
            "hs_time_to_close_sla_status": "sla_breached",
        },
        needs=("hs_pipeline", "hs_pipeline_stage", "closed_date", "time_to_first_agent_reply"),
        history=tuple(history.KINDS),
        linked=("contacts", "companies"),
    ),
    "deals": Shape(
        "deals",
        "deals",
        _deal,
        {
            "dealname": "name",
            "dealstage": "stage",
            "pipeline": "pipeline",
            "dealtype": "type",
            "amount": "amount_minor",
            "deal_currency_code": "currency",
            "closedate": "closed_at",
            "hs_is_closed": "is_closed",
            "hs_is_closed_won": "is_won",
            "createdate": "created_at",
            "hs_mrr": "mrr_minor",
        },
        needs=("dealstage", "deal_currency_code"),
        linked=("companies", "contacts"),
    ),
    "responses": Shape(
        "responses",
        "feedback_submissions",
        _response,
        {
            "hs_content": "comment",
            "hs_submission_timestamp": "answered_at",
            "hs_survey_channel": "channel",
            "hs_survey_id": "survey",
            "hs_survey_name": "survey_name",
            "hs_contact_email_rollup": "email",
        },
        needs=tuple(_FEEDBACK.split()),
        linked=("contacts", "tickets", "companies"),
    ),
}
