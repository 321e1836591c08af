"""The sample company: 24 months of a believable B2B software company, the same for the same seed and day.

Everything is drawn from named random streams, so that changing one part leaves the others as they were.
The truth behind it is in truth.py; what it amounts to in NPS points comes with the company (`Company.truth`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from nineplus.mart.schema import SOURCES
from nineplus.model import Marker
from nineplus.sample import names, truth
from nineplus.sample.comments import BY_REGION, LANGUAGES, comments
from nineplus.sample.money import money
from nineplus.sample.service import HOUR, Service, history, look_up, serve

MONTHS = 24
DAY = 24 * HOUR
RELATIONSHIP, AFTER_TICKET = "Relationship survey", "After support"
LOOK_BACK_DAYS = 30
"""How long the last resolved ticket still colours an answer; the default window of attribution."""

_REGIONS = tuple(BY_REGION)
_ROLES = ("Administrator", "User", "Executive")
PLANS = tuple(truth.PLAN)
_ASKED_AT_START = {"Starter": 0.95, "Growth": 0.70, "Enterprise": 0.40}
_ASKED_AT_END = {"Starter": 0.40, "Growth": 0.70, "Enterprise": 0.95}


@dataclass(frozen=True)
class Company:
    """`sources` are canonical tables (mart.schema.SOURCES); `truth` maps a name to NPS points or a share."""

    sources: dict[str, pa.Table]
    truth: dict[str, float]
    markers: tuple[Marker, ...]


@dataclass(frozen=True)
class _People:
    plan: np.ndarray
    region: np.ndarray
    industry: np.ndarray
    account_mood: np.ndarray
    from_day: np.ndarray  # days since the start at which the account becomes a customer
    to_day: np.ndarray
    account_of: np.ndarray
    contact_mood: np.ndarray
    role: np.ndarray
    language: np.ndarray


@dataclass(frozen=True)
class _Asked:
    """One entry per invitation that was sent."""

    contact: np.ndarray
    ticket: np.ndarray  # position of the ticket that launched it, -1 for the relationship survey
    behind: np.ndarray  # position of the ticket whose service colours the answer, -1 for none
    sent: np.ndarray


def company(*, until: date, seed: int = 9, accounts: int = 400, contacts: int = 3000, tickets: int = 9000) -> Company:
    """A company whose last day is the day before `until`. About 5,000 answers at the default size."""
    streams = dict(
        zip(
            ("people", "names", "tickets", "service", "history", "asked", "answers", "words", "money"),
            np.random.default_rng(seed).spawn(9),
            strict=True,
        )
    )
    end = datetime(until.year, until.month, until.day, tzinfo=UTC)
    first_month = months_before(
        end.date().replace(day=1) if end.day > 1 else (end - timedelta(days=1)).date().replace(day=1), MONTHS - 1
    )
    start = datetime(first_month.year, first_month.month, 1, tzinfo=UTC)
    zero, stop = _micro(start), _micro(end)
    days = (end - start).days

    people = _people(accounts, contacts, days, streams["people"])
    service = _service(people, tickets, zero, stop, days, streams)
    asked, skipped = _asked(people, service, zero, stop, days, streams["asked"])

    invoice = streams["answers"].random(len(asked.contact)) < truth.INVOICE_SHARE
    expected = _expected(people, service, asked, invoice, zero, stop)
    satisfaction = expected + truth.NOISE * streams["answers"].standard_normal(len(expected))
    score = truth.score_of(satisfaction)
    willing = truth.ANSWERS[score] * np.where(asked.ticket >= 0, truth.AFTER_TICKET, 1.0)
    answered = streams["answers"].random(len(score)) < willing
    delay = streams["answers"].exponential(14 * HOUR, len(score)).astype(np.int64) + HOUR // 30
    answered &= asked.sent + delay < stop

    sources = _sources(
        people, service, asked, skipped, answered, score, invoice, asked.sent + delay, zero, stop, streams
    )
    return Company(
        sources=sources,
        truth=_truth(people, service, asked, answered, invoice, expected, zero, stop),
        markers=(
            Marker(_month_start(first_month, truth.CHANGE_MONTH), "Billing: one named contact per case"),
            Marker(_month_start(first_month, MONTHS // 2), "More Enterprise customers asked"),
        ),
    )


def _people(accounts: int, contacts: int, days: int, random: np.random.Generator) -> _People:
    plan = random.choice(PLANS, accounts, p=(0.45, 0.35, 0.20))
    region = random.choice(_REGIONS, accounts, p=(0.42, 0.40, 0.18))
    mood = truth.BETWEEN_ACCOUNTS * random.standard_normal(accounts)
    size = look_up({"Starter": 1.0, "Growth": 2.2, "Enterprise": 5.0}, plan) * random.gamma(4.0, 0.25, accounts)
    account_of = np.sort(random.choice(accounts, contacts, p=size / size.sum()))
    joined = np.where(random.random(accounts) < 0.75, 0, random.integers(0, days - 120, accounts))
    leaves = random.random(accounts) < 0.55 / (1 + np.exp(2.2 * mood))
    gone = np.where(leaves, np.minimum(joined + 365 * random.integers(1, 3, accounts), days), days)
    languages = np.array([random.choice(LANGUAGES, p=BY_REGION[region[a]]) for a in account_of])
    return _People(
        plan=plan,
        region=region,
        industry=random.choice(names.INDUSTRIES, accounts),
        account_mood=mood,
        from_day=joined,
        to_day=gone,
        account_of=account_of,
        contact_mood=truth.BETWEEN_CONTACTS * random.standard_normal(contacts),
        role=random.choice(_ROLES, contacts, p=(0.25, 0.60, 0.15)),
        language=languages,
    )


def _service(
    people: _People, tickets: int, zero: int, stop: int, days: int, streams: dict[str, np.random.Generator]
) -> Service:
    random = streams["tickets"]
    contact = random.integers(0, len(people.account_of), int(tickets * 1.5))
    account = people.account_of[contact]
    day = random.integers(0, days, len(contact))
    weekday = (day + (zero // DAY + 3)) % 7  # 1970-01-01 was a Thursday
    kept = (day >= people.from_day[account]) & (day < people.to_day[account])
    kept &= random.random(len(contact)) < np.where(weekday >= 5, 0.25, 1.0)
    contact, account, day = contact[kept][:tickets], account[kept][:tickets], day[kept][:tickets]
    hour = np.clip(random.normal(12.5, 3.2, len(day)), 0, 23.9)
    opened = zero + day * DAY + (hour * HOUR).astype(np.int64)
    order = np.argsort(opened, kind="stable")
    return serve(
        account=account[order],
        contact=contact[order],
        opened=opened[order],
        month=_month_of(opened[order], zero, stop),
        until=stop,
        random=streams["service"],
    )


def _asked(
    people: _People, service: Service, zero: int, stop: int, days: int, random: np.random.Generator
) -> tuple[_Asked, dict[str, np.ndarray]]:
    """Who was asked and when, and the post-resolution asks that were skipped because of a recent one."""
    solved = service.opened + (np.nan_to_num(service.resolution_hours, nan=1e6) * HOUR).astype(np.int64)
    quarters = range(0, days, 91)
    share_from = look_up(_ASKED_AT_START, people.plan)[people.account_of]
    share_to = look_up(_ASKED_AT_END, people.plan)[people.account_of]
    contact_parts, ticket_parts, sent_parts = [], [], []
    for begin in quarters:
        share = share_from + (share_to - share_from) * begin / days
        chosen = np.flatnonzero(random.random(len(share)) < share * 0.62)
        day = begin + random.integers(0, 91, len(chosen))
        account = people.account_of[chosen]
        alive = (day < people.to_day[account]) & (day >= people.from_day[account]) & (day < days - 1)
        contact_parts.append(chosen[alive])
        ticket_parts.append(np.full(alive.sum(), -1))
        sent_parts.append(zero + day[alive] * DAY + 9 * HOUR + random.integers(0, 4 * HOUR, alive.sum()))
    progress = (service.opened - zero) / (stop - zero)
    sampled = share_from[service.contact] + (share_to - share_from)[service.contact] * progress
    closed = np.flatnonzero((solved + DAY < stop) & (random.random(len(solved)) < 0.4 + 0.6 * sampled))
    contact_parts.append(service.contact[closed])
    ticket_parts.append(closed)
    sent_parts.append(solved[closed] + random.integers(2 * HOUR, 24 * HOUR, len(closed)))
    contact, ticket, sent = map(np.concatenate, (contact_parts, ticket_parts, sent_parts))

    order = np.argsort(sent, kind="stable")
    contact, ticket, sent = contact[order], ticket[order], sent[order]
    last: dict[int, int] = {}
    may = np.ones(len(sent), dtype=bool)
    for number, who in enumerate(contact):
        if sent[number] - last.get(who, -(10**18)) < 30 * DAY:
            may[number] = False
        else:
            last[who] = sent[number]
    skipped = {"contact": contact[~may], "ticket": ticket[~may], "at": sent[~may]}
    contact, ticket, sent = contact[may], ticket[may], sent[may]
    return _Asked(
        contact, ticket, np.where(ticket >= 0, ticket, _last_solved(contact, sent, service, solved)), sent
    ), skipped


def _last_solved(contact: np.ndarray, sent: np.ndarray, service: Service, solved: np.ndarray) -> np.ndarray:
    """For each ask, the contact's ticket resolved last within the look-back, else -1."""
    by_contact: dict[int, list[int]] = {}
    for ticket in np.argsort(solved, kind="stable"):
        by_contact.setdefault(int(service.contact[ticket]), []).append(int(ticket))
    found = np.full(len(contact), -1)
    for number, who in enumerate(contact):
        for ticket in reversed(by_contact.get(int(who), ())):
            if solved[ticket] <= sent[number]:
                if sent[number] - solved[ticket] <= (LOOK_BACK_DAYS - 3) * DAY:
                    found[number] = ticket
                break
    return found


def _expected(
    people: _People, service: Service, asked: _Asked, invoice: np.ndarray, zero: int, stop: int
) -> np.ndarray:
    """Expected satisfaction of each one asked: everything but the noise of the one answer."""
    account = people.account_of[asked.contact]
    effect = np.append(service.effect(), 0.0)  # position -1: no ticket
    return (
        look_up(truth.PLAN, people.plan[account])
        + people.account_mood[account]
        + people.contact_mood[asked.contact]
        + truth.IMPROVEMENT * (asked.sent - zero) / (stop - zero)
        + truth.INVOICE_TROUBLE * invoice
        + effect[asked.behind]
    )


def _truth(
    people: _People,
    service: Service,
    asked: _Asked,
    answered: np.ndarray,
    invoice: np.ndarray,
    expected: np.ndarray,
    zero: int,
    stop: int,
) -> dict[str, float]:
    linked = answered & (asked.behind >= 0)
    behind = asked.behind[linked]
    fact = lambda values: values[behind]  # noqa: E731
    here = expected[linked]
    first = fact(service.first_response_hours)
    effects = {
        "breach": truth.effect(here, fact(service.breached), truth.BREACH),
        "reopened": truth.effect(here, fact(service.reopened), truth.REOPENED),
        "escalated": truth.effect(here, fact(service.escalated), truth.ESCALATED),
        "billing change": truth.effect(
            here[fact(service.team) == truth.CHANGED_TEAM],
            fact(service.month)[fact(service.team) == truth.CHANGED_TEAM] >= truth.CHANGE_MONTH,
            truth.CHANGE,
        ),
        "invoice trouble": truth.effect(expected[answered], invoice[answered], truth.INVOICE_TROUBLE),
    }
    bare = here - truth.first_response_effect(first)
    for bin, size in truth.FIRST_RESPONSE.items():
        effects[f"first response {bin}"] = truth.among_answers(bare + size) - truth.among_answers(bare)
    everyone, answers = truth.among_everyone(expected), truth.among_answers(expected[answered])
    half = (stop - zero) / 4
    early, late = asked.sent < zero + half, asked.sent >= stop - half
    plan = people.plan[people.account_of[asked.contact]]
    return effects | {
        "NPS if everyone answered": everyone,
        "NPS expected among answers": answers,
        "response rate": float(answered.mean()),
        "NPS of the first six months": truth.among_answers(expected[answered & early]),
        "NPS of the last six months": truth.among_answers(expected[answered & late]),
        **{
            f"change within {name}": truth.among_answers(expected[answered & late & (plan == name)])
            - truth.among_answers(expected[answered & early & (plan == name)])
            for name in PLANS
        },
    }


def _sources(
    people: _People,
    service: Service,
    asked: _Asked,
    skipped: dict[str, np.ndarray],
    answered: np.ndarray,
    score: np.ndarray,
    invoice: np.ndarray,
    at: np.ndarray,
    zero: int,
    stop: int,
    streams: dict[str, np.random.Generator],
) -> dict[str, pa.Table]:
    account_names = names.companies(len(people.plan), people.industry, streams["names"])
    person_names = names.people(len(people.account_of), streams["names"])
    account_id = _ids("A", len(people.plan), 4)
    contact_id = _ids("C", len(people.account_of), 5)
    ticket_id = np.append(_ids("T", len(service.opened), 6), None)
    account = people.account_of
    account_facts = [
        {"plan": str(people.plan[a]), "region": str(people.region[a]), "industry": str(people.industry[a])}
        for a in range(len(people.plan))
    ]
    contact_facts = [account_facts[account[c]] | {"role": str(people.role[c])} for c in range(len(account))]
    frozen = np.array([json.dumps(facts) for facts in contact_facts], dtype=object)

    said = np.flatnonzero(answered)
    who = asked.contact[said]
    behind = asked.behind[said]
    waited = np.append((service.first_response_hours > 24) | service.breached, False)[behind]
    channel = streams["answers"].choice(("email", "in-app", "link"), len(asked.contact), p=(0.70, 0.20, 0.10))
    fate = np.where(answered, "answered", _fates(len(answered), streams["answers"]))
    survey = np.where(asked.ticket >= 0, AFTER_TICKET, RELATIONSHIP)
    response_id = np.full(len(asked.contact), None, dtype=object)
    response_id[said] = _ids("R", len(said), 6)
    events = history(service, until=stop, random=streams["history"])
    skipped_count = len(skipped["contact"])
    invited, left_out = asked.contact, skipped["contact"]

    return {
        "accounts": _table(
            "accounts",
            {
                "account": account_id,
                "name": account_names,
                "domain": [names.domain(name) for name in account_names],
                "created_at": zero + people.from_day.astype(np.int64) * DAY,
                "attributes": [json.dumps(facts) for facts in account_facts],
            },
        ),
        "contacts": _table(
            "contacts",
            {
                "contact": contact_id,
                "account": account_id[account],
                "email": [
                    f"{person.lower().replace(' ', '.')}.{number}@{names.domain(account_names[account[number]])}"
                    for number, person in enumerate(person_names)
                ],
                "name": person_names,
                "created_at": zero + people.from_day[account].astype(np.int64) * DAY,
                "attributes": [json.dumps({"role": str(role)}) for role in people.role],
            },
        ),
        "tickets": _table(
            "tickets",
            {
                "ticket": ticket_id[:-1],
                "account": account_id[service.account],
                "contact": contact_id[service.contact],
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
            },
        ),
        "ticket_events": _table("ticket_events", events | {"ticket": ticket_id[events["ticket"]]}),
        "invitations": _table(
            "invitations",
            {
                "invitation": _ids("I", len(invited) + skipped_count, 6),
                "survey": np.append(survey, np.where(skipped["ticket"] >= 0, AFTER_TICKET, RELATIONSHIP)),
                "account": account_id[account[np.append(invited, left_out)]],
                "contact": contact_id[np.append(invited, left_out)],
                "ticket": ticket_id[np.append(asked.ticket, skipped["ticket"])],
                "response": np.append(response_id, np.full(skipped_count, None)),
                "channel": np.append(channel, np.full(skipped_count, "email")),
                "sent_at": np.append(asked.sent, skipped["at"]),
                "fate": np.append(fate, np.full(skipped_count, "skipped")),
                "reason": np.append(np.full(len(invited), ""), np.full(skipped_count, "asked_recently")),
                "attributes": frozen[np.append(invited, left_out)],
            },
        ),
        "responses": _table(
            "responses",
            {
                "response": response_id[said],
                "survey": survey[said],
                "touchpoint": np.where(asked.ticket[said] >= 0, "post-resolution", "relationship"),
                "account": account_id[account[who]],
                "contact": contact_id[who],
                "ticket": ticket_id[asked.ticket[said]],
                "score": score[said],
                "comment": comments(
                    scores=score[said],
                    languages=people.language[who],
                    invoice=invoice[said],
                    waited=waited,
                    random=streams["words"],
                ),
                "answered_at": at[said],
                "channel": channel[said],
                "language": people.language[who],
                "attributes": frozen[who],
            },
        ),
        "movements": _table(
            "movements",
            money(
                account_id=account_id,
                plan=people.plan,
                region=people.region,
                mood=people.account_mood,
                from_day=people.from_day,
                to_day=people.to_day,
                zero=zero,
                stop=stop,
                random=streams["money"],
            ),
        ),
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


def _micro(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def months_before(day: date, count: int) -> date:
    """The first day of the month that many months before that of `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(years, month + 1, 1)


def _month_start(first: date, count: int) -> date:
    return months_before(first, -count)


def _month_of(instants: np.ndarray, zero: int, stop: int) -> np.ndarray:
    """Calendar months since the month of `zero`."""
    months = instants.astype("datetime64[us]").astype("datetime64[M]").astype(int)
    return months - np.array(zero, dtype="datetime64[us]").astype("datetime64[M]").astype(int)
