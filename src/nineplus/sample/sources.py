"""What the sample company hands over: canonical tables, as files or connectors would."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nineplus.mart.schema import SOURCES
from nineplus.sample import names
from nineplus.sample.asking import Asked
from nineplus.sample.comments import comments
from nineplus.sample.customers import People
from nineplus.sample.days import DAY
from nineplus.sample.money import money
from nineplus.sample.service import HOUR, Service, history

RELATIONSHIP, AFTER_TICKET = "Relationship survey", "After support"


@dataclass(frozen=True)
class Answers:
    """One entry per invitation that was sent: was it answered, with what, when, and was an invoice wrong?"""

    answered: np.ndarray
    score: np.ndarray
    invoice: np.ndarray
    at: np.ndarray


@dataclass(frozen=True)
class _Named:
    """Ids and names by position; `ticket[-1]` is no ticket. `facts` are what is known of each contact, as JSON."""

    account: np.ndarray
    account_name: list[str]
    account_facts: list[dict[str, str]]
    contact: np.ndarray
    contact_name: list[str]
    ticket: np.ndarray
    facts: np.ndarray


def hand_over(
    *,
    people: People,
    service: Service,
    asked: Asked,
    skipped: dict[str, np.ndarray],
    answers: Answers,
    zero: int,
    stop: int,
    streams: dict[str, np.random.Generator],
) -> dict[str, pa.Table]:
    """Every canonical table of the company (mart.schema.SOURCES) between the instants `zero` and `stop`."""
    named = _named(people, service, streams["names"])
    channel = streams["answers"].choice(("email", "in-app", "link"), len(asked.contact), p=(0.70, 0.20, 0.10))
    fate = np.where(answers.answered, "answered", _fates(len(answers.answered), streams["answers"]))
    response_id = np.full(len(asked.contact), None, dtype=object)
    said = np.flatnonzero(answers.answered)
    response_id[said] = _ids("R", len(said), 6)
    events = history(service, until=stop, random=streams["history"])
    tables = {
        "accounts": _accounts(people, named, zero),
        "contacts": _contacts(people, named, zero),
        "tickets": _tickets(service, named, stop),
        "ticket_events": events | {"ticket": named.ticket[events["ticket"]]},
        "invitations": _invitations(people, asked, skipped, named, response_id, channel, fate),
        "responses": _responses(people, service, asked, answers, named, response_id, channel, streams["words"]),
        "movements": money(
            account_id=named.account,
            plan=people.plan,
            region=people.region,
            mood=people.account_mood,
            from_day=people.from_day,
            to_day=people.to_day,
            zero=zero,
            stop=stop,
            random=streams["money"],
        ),
    }
    return {name: _table(name, columns) for name, columns in tables.items()}


def _named(people: People, service: Service, random: np.random.Generator) -> _Named:
    account = people.account_of
    account_names = names.companies(len(people.plan), people.industry, random)
    account_facts = [
        {"plan": str(people.plan[a]), "region": str(people.region[a]), "industry": str(people.industry[a])}
        for a in range(len(people.plan))
    ]
    facts = [account_facts[account[c]] | {"role": str(people.role[c])} for c in range(len(account))]
    return _Named(
        account=_ids("A", len(people.plan), 4),
        account_name=account_names,
        account_facts=account_facts,
        contact=_ids("C", len(account), 5),
        contact_name=names.people(len(account), random),
        ticket=np.append(_ids("T", len(service.opened), 6), None),
        facts=np.array([json.dumps(known) for known in facts], dtype=object),
    )


def _accounts(people: People, named: _Named, zero: int) -> dict[str, object]:
    return {
        "account": named.account,
        "name": named.account_name,
        "domain": [names.domain(name) for name in named.account_name],
        "created_at": zero + people.from_day.astype(np.int64) * DAY,
        "attributes": [json.dumps(facts) for facts in named.account_facts],
    }


def _contacts(people: People, named: _Named, zero: int) -> dict[str, object]:
    account = people.account_of
    return {
        "contact": named.contact,
        "account": named.account[account],
        "email": [
            f"{person.lower().replace(' ', '.')}.{number}@{names.domain(named.account_name[account[number]])}"
            for number, person in enumerate(named.contact_name)
        ],
        "name": named.contact_name,
        "created_at": zero + people.from_day[account].astype(np.int64) * DAY,
        "attributes": [json.dumps({"role": str(role)}) for role in people.role],
    }


def _tickets(service: Service, named: _Named, stop: int) -> dict[str, object]:
    return {
        "ticket": named.ticket[:-1],
        "account": named.account[service.account],
        "contact": named.contact[service.contact],
        "opened_at": service.opened,
        "first_response_at": _until(service.opened, service.first_response_hours, stop),
        "resolved_at": _until(service.opened, service.resolution_hours, stop),
        "priority": service.priority,
        "category": service.category,
        "team": service.team,
        "owner": service.owner,
        "channel": service.channel,
        "sla_breached": service.breached,
        "reopens": service.reopened.astype(np.int32),
        "escalated": service.escalated,
        "attributes": np.full(len(service.opened), "{}", dtype=object),
    }


def _invitations(
    people: People,
    asked: Asked,
    skipped: dict[str, np.ndarray],
    named: _Named,
    response_id: np.ndarray,
    channel: np.ndarray,
    fate: np.ndarray,
) -> dict[str, object]:
    """Those sent, then those skipped for a recent one."""
    sent, left_out = len(asked.contact), len(skipped["contact"])
    contact = np.append(asked.contact, skipped["contact"])
    ticket = np.append(asked.ticket, skipped["ticket"])
    return {
        "invitation": _ids("I", sent + left_out, 6),
        "survey": np.where(ticket >= 0, AFTER_TICKET, RELATIONSHIP),
        "account": named.account[people.account_of[contact]],
        "contact": named.contact[contact],
        "ticket": named.ticket[ticket],
        "response": np.append(response_id, np.full(left_out, None)),
        "channel": np.append(channel, np.full(left_out, "email")),
        "sent_at": np.append(asked.sent, skipped["at"]),
        "fate": np.append(fate, np.full(left_out, "skipped")),
        "reason": np.append(np.full(sent, ""), np.full(left_out, "asked_recently")),
        "attributes": named.facts[contact],
    }


def _responses(
    people: People,
    service: Service,
    asked: Asked,
    answers: Answers,
    named: _Named,
    response_id: np.ndarray,
    channel: np.ndarray,
    random: np.random.Generator,
) -> dict[str, object]:
    said = np.flatnonzero(answers.answered)
    who = asked.contact[said]
    after_ticket = asked.ticket[said] >= 0
    waited = np.append((service.first_response_hours > 24) | service.breached, False)[asked.behind[said]]
    return {
        "response": response_id[said],
        "survey": np.where(after_ticket, AFTER_TICKET, RELATIONSHIP),
        "touchpoint": np.where(after_ticket, "post-resolution", "relationship"),
        "account": named.account[people.account_of[who]],
        "contact": named.contact[who],
        "ticket": named.ticket[asked.ticket[said]],
        "score": answers.score[said],
        "comment": comments(
            scores=answers.score[said],
            languages=people.language[who],
            invoice=answers.invoice[said],
            waited=waited,
            random=random,
        ),
        "answered_at": answers.at[said],
        "channel": channel[said],
        "language": people.language[who],
        "attributes": named.facts[who],
    }


def _fates(count: int, random: np.random.Generator) -> np.ndarray:
    return random.choice(
        ("delivered", "opened", "expired", "declined", "bounced"), count, p=(0.30, 0.22, 0.43, 0.035, 0.015)
    )


def _table(name: str, columns: dict[str, object]) -> pa.Table:
    schema = SOURCES[name]
    arrays = [pa.array(columns[field.name], type=field.type, from_pandas=True) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _ids(letter: str, count: int, width: int) -> np.ndarray:
    return np.array([f"{letter}-{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def _until(opened: np.ndarray, hours: np.ndarray, stop: int) -> pa.Array:
    """Instants that many hours later; unknown (null) when that lies at or after `stop`, or hours are NaN."""
    at = opened + (np.nan_to_num(hours, nan=1e6) * HOUR).astype(np.int64)
    return pa.array(at, type=pa.timestamp("us", tz="UTC"), mask=at >= stop)
