"""The sample company: 24 months of a believable B2B software company, the same for the same seed and day.

Everything is drawn from named random streams, so that changing one part leaves the others as they were.
The truth behind it is in truth.py; what it amounts to in NPS points comes with the company (`Company.truth`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from nineplus.model import Marker
from nineplus.sample import truth
from nineplus.sample.asking import Asked, ask
from nineplus.sample.customers import PLANS, People, win
from nineplus.sample.days import DAY, MONTHS, micro, month_of, month_start, months_before
from nineplus.sample.following import Said, follow_up
from nineplus.sample.loop import Loop, loop
from nineplus.sample.money import account_ids, renewals
from nineplus.sample.service import HOUR, Service, look_up, serve
from nineplus.sample.sources import Answers, hand_over


@dataclass(frozen=True)
class Company:
    """`sources` are canonical tables (mart.schema.SOURCES); `truth` maps a name to NPS points or a share."""

    sources: dict[str, pa.Table]
    truth: dict[str, float]
    markers: tuple[Marker, ...]
    renewals: dict[str, datetime] = field(default_factory=dict)
    """When each subscription that goes on renews next."""
    loop: Loop = field(default_factory=Loop)


def company(*, until: date, seed: int = 9, accounts: int = 400, contacts: int = 3000, tickets: int = 9000) -> Company:
    """A company whose last day is the day before `until`. About 5,000 answers at the default size."""
    streams = dict(
        zip(
            (
                *("people", "names", "tickets", "service", "history", "asked", "answers", "words", "money"),
                *("following", "advocates"),
            ),
            np.random.default_rng(seed).spawn(11),
            strict=True,
        )
    )
    end = datetime(until.year, until.month, until.day, tzinfo=UTC)
    first_month = months_before(
        end.date().replace(day=1) if end.day > 1 else (end - timedelta(days=1)).date().replace(day=1), MONTHS - 1
    )
    start = datetime(first_month.year, first_month.month, 1, tzinfo=UTC)
    zero, stop = micro(start), micro(end)
    days = (end - start).days

    people = win(accounts, contacts, days, streams["people"])
    service = _service(people, tickets, zero, stop, days, streams)
    asked, skipped = ask(people, service, zero, stop, days, streams["asked"])

    invoice = streams["answers"].random(len(asked.contact)) < truth.INVOICE_SHARE
    expected = _expected(people, service, asked, invoice, zero, stop)
    noise = truth.NOISE * streams["answers"].standard_normal(len(expected))
    score = truth.score_of(expected + noise)
    willing = truth.ANSWERS[score] * np.where(asked.ticket >= 0, truth.AFTER_TICKET, 1.0)
    draw = streams["answers"].random(len(score))
    delay = streams["answers"].exponential(14 * HOUR, len(score)).astype(np.int64) + HOUR // 30
    at = asked.sent + delay
    said = Said(expected, noise, score, willing, draw, at < stop, (draw < willing) & (at < stop))
    followed, nudged = follow_up(
        contact=asked.contact,
        account=people.account_of[asked.contact],
        sent=asked.sent,
        at=at,
        said=said,
        stop=stop,
        random=streams["following"],
    )
    answers = Answers(said.answered, said.score, invoice, at)
    service = _unsolved(service, asked, stop)

    return Company(
        sources=hand_over(
            people=people,
            service=service,
            asked=asked,
            skipped=skipped,
            answers=answers,
            zero=zero,
            stop=stop,
            streams=streams,
        ),
        truth=_truth(people, service, asked, said, invoice, zero, stop),
        markers=(
            Marker(month_start(first_month, truth.CHANGE_MONTH), "Billing: one named contact per case"),
            Marker(month_start(first_month, MONTHS // 2), "More Enterprise customers asked"),
        ),
        renewals=renewals(
            account_id=account_ids(len(people.plan)),
            from_day=people.from_day,
            to_day=people.to_day,
            zero=zero,
            stop=stop,
        ),
        loop=loop(followed, nudged, answers=answers, asked=asked, stop=stop, random=streams["advocates"]),
    )


def _service(
    people: People, tickets: int, zero: int, stop: int, days: int, streams: dict[str, np.random.Generator]
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
        month=month_of(opened[order], zero),
        until=stop,
        random=streams["service"],
    )


def _unsolved(service: Service, asked: Asked, stop: int) -> Service:
    """Some of the newest tickets are not solved yet: every third of those whose service coloured no answer."""
    free = np.ones(len(service.opened), dtype=bool)
    free[asked.behind[asked.behind >= 0]] = False
    open_ = np.flatnonzero(free & (service.opened > stop - 30 * DAY))[::3]
    first, last = service.first_resolution_hours.copy(), service.resolution_hours.copy()
    reopened = service.reopened.copy()
    first[open_], last[open_], reopened[open_] = 1e5, 1e5, False
    return replace(service, first_resolution_hours=first, resolution_hours=last, reopened=reopened)


def _expected(people: People, service: Service, asked: Asked, invoice: np.ndarray, zero: int, stop: int) -> np.ndarray:
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
    people: People,
    service: Service,
    asked: Asked,
    said: Said,
    invoice: np.ndarray,
    zero: int,
    stop: int,
) -> dict[str, float]:
    answered, expected = said.answered, said.expected
    lifted = answered & (said.lifted > 0)
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
        "reached or nudged before": truth.among_answers(expected[lifted])
        - truth.among_answers((expected - said.lifted)[lifted]),
        "response rate": float(answered.mean()),
        "NPS of the first six months": truth.among_answers(expected[answered & early]),
        "NPS of the last six months": truth.among_answers(expected[answered & late]),
        **{
            f"change within {name}": truth.among_answers(expected[answered & late & (plan == name)])
            - truth.among_answers(expected[answered & early & (plan == name)])
            for name in PLANS
        },
    }
