"""The sample company grown to any number of answers, straight into mart files: what benchmarks run on.

The same truth as the company of 400 accounts (truth.py, service.py), but without people, comments or surveys'
histories: every answer has a ticket behind it, accounts answer about 25 times each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from nineplus.mart import delta
from nineplus.mart.bins import with_bins
from nineplus.mart.cluster import cluster_key, cluster_text
from nineplus.mart.dataset import Attribute
from nineplus.mart.engines.duckdb import connect
from nineplus.mart.schema import BUCKETS, INSTANT, MART
from nineplus.model import Snapshot
from nineplus.model.attribution import LinkRule
from nineplus.sample import names, truth
from nineplus.sample.comments import BY_REGION
from nineplus.sample.company import DAY, MONTHS, PLANS, months_before
from nineplus.sample.service import CATEGORIES, CHANNELS, PRIORITIES, TEAM_OF, Service, serve

ATTRIBUTES = tuple(Attribute.of(slug) for slug in ("plan", "region", "industry"))
_PER_ACCOUNT = 25
_CHUNK = 500_000
_CHANNELS = ("email", "in-app", "link")
_VALUES = {
    "a_plan": len(PLANS),
    "a_region": len(BY_REGION),
    "a_industry": len(names.INDUSTRIES),
    "channel": len(_CHANNELS),
    "ticket_priority": len(PRIORITIES),
    "ticket_category": len(CATEGORIES),
    "ticket_team": len(set(TEAM_OF.values())),
    "ticket_channel": len(CHANNELS),
}
"""How many different values the columns have by which one can segment."""


def write_mart(
    *, folder: Path, responses: int, now: datetime, seed: int = 9, progress: Callable[[int], None] | None = None
) -> Snapshot:
    """Write a mart of that many answers, spread over 24 months; `progress` is told how many are written.

    Tickets stand only as facts on the answers: the tables of tickets and links are there, empty.
    """
    schema = pa.schema([*MART["responses"], *(pa.field(item.column, pa.string()) for item in ATTRIBUTES)])
    rows = _binned(
        pa.RecordBatchReader.from_batches(
            schema, batches(responses=responses, until=now.date(), seed=seed, progress=progress)
        )
    )
    with delta.writing(folder):
        versions = {"responses": delta.write_whole(folder, "responses", rows)}
        for name in ("tickets", "response_ticket"):
            versions[name] = delta.write_whole(folder, name, pa.RecordBatchReader.from_batches(MART[name], []))
        sequence = delta.next_sequence(folder)
        return delta.publish(
            folder,
            delta.Manifest(
                sequence=sequence,
                id=delta.snapshot_id(folder, sequence, versions, now),
                made_at=now,
                revision=0,
                rule=LinkRule(),
                versions=versions,
                rows={"responses": responses},
                attributes=tuple((item.slug, item.label) for item in ATTRIBUTES),
                values=_VALUES,
            ),
        ).snapshot


def batches(
    *, responses: int, until: date, seed: int = 9, progress: Callable[[int], None] | None = None
) -> Iterator[pa.RecordBatch]:
    """The answers as batches of the mart's `responses`, month by month, their bins not yet filled in."""
    random = np.random.default_rng(seed)
    accounts = _Accounts(max(64, responses // _PER_ACCOUNT), random)
    first = months_before(until.replace(day=1), MONTHS)
    written = 0
    for month in range(MONTHS):
        begin, end = months_before(first, -month), months_before(first, -month - 1)
        left = responses * (month + 1) // MONTHS - responses * month // MONTHS
        while left > 0:
            count = min(left, _CHUNK)
            yield _answers(accounts, month, begin, end, count, written, random)
            left -= count
            written += count
            if progress:
                progress(written)


def _binned(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same rows, one batch after the other, with the bins that the mart gives their facts."""
    engine = connect()
    engine.con.register("answers", rows)
    return with_bins(engine.table("answers")).to_pyarrow_batches(chunk_size=_CHUNK)


class _Accounts:
    """Everyone who may answer: drawn once, looked up by position."""

    def __init__(self, count: int, random: np.random.Generator) -> None:
        self.plan = random.choice(len(PLANS), count, p=(0.35, 0.35, 0.30))
        self.region = random.choice(len(BY_REGION), count, p=(0.42, 0.40, 0.18))
        self.industry = random.integers(0, len(names.INDUSTRIES), count)
        self.mood = truth.BETWEEN_ACCOUNTS * random.standard_normal(count)
        self.id = pa.array([str(number) for number in range(1, count + 1)])
        self.cluster = np.array([cluster_key(cluster_text(account=str(number))) for number in range(1, count + 1)])


def _answers(
    accounts: _Accounts, month: int, begin: date, end: date, count: int, offset: int, random: np.random.Generator
) -> pa.RecordBatch:
    start, stop = (int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) * 1_000_000 for d in (begin, end))
    who = random.integers(0, len(accounts.plan), count)
    at = random.integers(start, stop, count)
    service = _served(who, at, month, random)
    later = _served(who, at, month, random)
    expected = (
        np.array(list(truth.PLAN.values()))[accounts.plan[who]]
        + accounts.mood[who]
        + truth.IMPROVEMENT * month / MONTHS
        + service.effect()
    )
    spread = np.hypot(truth.NOISE, truth.BETWEEN_CONTACTS)
    score = truth.score_of(expected + spread * random.standard_normal(count))
    ids = np.char.add("R-", np.arange(offset, offset + count).astype(str))
    cluster = accounts.cluster[who]
    columns = {
        "response": pa.array(ids),
        "month": pa.array(np.full(count, np.datetime64(begin, "D"))),
        "answered_at": pa.array(at, INSTANT),
        "score": pa.array(score),
        "survey": _same("After support", count),
        "touchpoint": _same("post-resolution", count),
        "channel": _coded(random.integers(0, 3, count), _CHANNELS),
        "language": _same("en", count),
        "account": accounts.id.take(pa.array(who)),
        "contact": pa.array(np.char.add("C-", who.astype(str))),
        "cluster": pa.array(cluster),
        "bucket": pa.array((cluster % BUCKETS).astype(np.int16)),
        "commented": pa.array(random.random(count) < 0.4),
        "tier": _same("T1", count),
        "ticket": pa.array(np.char.replace(ids, "R", "T")),
        "ticket_age_hours": pa.array(random.uniform(2, 24, count)),
        "tickets_in_window": pa.array(np.ones(count, np.int32)),
        "later_ticket": pa.array(np.char.replace(ids, "R", "L")),
        "a_plan": _coded(accounts.plan[who], PLANS),
        "a_region": _coded(accounts.region[who], tuple(BY_REGION)),
        "a_industry": _coded(accounts.industry[who], names.INDUSTRIES),
        **_facts(service, random, ""),
        **_facts(later, random, "later_"),
        **{
            f"ticket_{name}": pa.array(values)
            for name, values in (
                ("priority", service.priority),
                ("category", service.category),
                ("team", service.team),
                ("owner", service.owner),
                ("channel", service.channel),
            )
        },
    }
    schema = pa.schema([*MART["responses"], *(pa.field(item.column, pa.string()) for item in ATTRIBUTES)])
    return pa.RecordBatch.from_arrays(
        [
            columns[field.name].cast(field.type) if field.name in columns else pa.nulls(count, field.type)
            for field in schema
        ],
        schema=schema,
    )


def _served(who: np.ndarray, at: np.ndarray, month: int, random: np.random.Generator) -> Service:
    return serve(
        account=who, contact=who, opened=at - 3 * DAY, month=np.full(len(who), month), until=2**62, random=random
    )


def _facts(service: Service, random: np.random.Generator, prefix: str) -> dict[str, pa.Array]:
    facts = {
        "first_response_hours": service.first_response_hours,
        "resolution_hours": service.resolution_hours,
        "sla_breached": service.breached,
        "reopens": service.reopened.astype(np.int32),
        "escalations": service.escalated.astype(np.int32),
        "reassignments": service.reassigned.astype(np.int32),
        "replies": random.poisson(1.6, len(service.opened)).astype(np.int32) + 1,
    }
    return {prefix + name: pa.array(values) for name, values in facts.items()}


def _same(text: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array([text])).cast(pa.string())


def _coded(codes: np.ndarray, labels: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(list(labels))).cast(pa.string())
