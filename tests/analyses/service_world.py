"""A small service company whose truth is known: accounts with moods, tickets with facts, scores made from both."""

from __future__ import annotations

from datetime import UTC, datetime

import ibis
import numpy as np
import pyarrow as pa

from nineplus.mart.bins import with_bins
from nineplus.mart.cluster import bucket_of
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.mart.schema import MART


def company(
    engine,
    *,
    seed: int,
    answers: int = 4000,
    accounts: int = 400,
    breach: float = 0.0,
    slow: float = 0.0,
    linked: float = 0.7,
    confounded: bool = False,
) -> tuple[Dataset, np.ndarray]:
    """A Dataset, and the NPS-like value (-100, 0, 100) each answer would have had without a breach.

    `breach`, `slow`: effects on satisfaction. `confounded`: unhappy accounts also get bad service, unseen.
    """
    rng = np.random.default_rng(seed)
    account = rng.integers(0, accounts, answers)
    mood = rng.normal(0, 0.4, accounts)[account]
    plan = rng.integers(0, 3, accounts)[account]
    ticket = rng.random(answers) < linked
    strain = rng.normal(size=answers) - (1.5 * mood if confounded else 0) + 0.3 * plan
    hours = np.exp(0.8 + strain)
    broke = strain + rng.normal(size=answers) > 1.2
    reopened = rng.random(answers) < 0.12
    after = rng.normal(size=answers) - (1.5 * mood if confounded else 0) > 1.0
    has_after = rng.random(answers) < 0.4
    base = 1.0 + mood - 0.3 * plan + rng.normal(0, 0.9, answers) + slow * (ticket & (hours >= 4))
    score = lambda feeling: np.clip(np.round(7 + 1.6 * feeling), 0, 10).astype("int8")  # noqa: E731
    given = score(base + breach * (ticket & broke))
    month = rng.integers(0, 6, answers)
    columns = {
        "response": [f"r{i}" for i in range(answers)],
        "month": (np.datetime64("2024-01") + month).astype("datetime64[D]"),
        "score": given,
        "cluster": account.astype("int64"),
        "survey": np.where(rng.random(answers) < 0.5, "support", "quarterly"),
        "tier": np.where(ticket, np.where(rng.random(answers) < 0.5, "T1", "T2"), "T0"),
        "miss": pa.array(np.where(rng.random(answers) < 0.5, "no_ticket", "outside_window"), mask=ticket),
        "ticket_age_hours": pa.array(rng.uniform(1, 700, answers), mask=~ticket),
        "tickets_in_window": ticket.astype("int32"),
        "first_response_hours": pa.array(hours, mask=~ticket),
        "resolution_hours": pa.array(hours + rng.exponential(30, answers), mask=~ticket),
        "sla_breached": pa.array(broke, mask=~ticket),
        "reopens": pa.array(reopened.astype("int32"), mask=~ticket),
        "escalations": pa.array((rng.random(answers) < 0.05).astype("int32"), mask=~ticket),
        "reassignments": pa.array(rng.integers(0, 4, answers).astype("int32"), mask=~ticket),
        "ticket_team": pa.array(np.array(["north", "south", "west"])[rng.integers(0, 3, answers)], mask=~ticket),
        "ticket_owner": pa.array(np.array(["ann", "bob"])[rng.integers(0, 2, answers)], mask=~ticket),
        "later_sla_breached": pa.array(after, mask=~has_after),
        "later_ticket": pa.array(np.full(answers, "t"), mask=~has_after),
    }
    table = pa.table(columns | {"a_plan": np.array(["starter", "growth", "large"])[plan]})
    rows = engine.create_table(f"world_{seed}_{answers}_{datetime.now(UTC).timestamp()}".replace(".", "_"), table)
    rows = rows.mutate(bucket=bucket_of(rows.cluster).cast("int16"))
    missing = {
        field.name: ibis.null(ibis.dtype(ibis.Schema.from_pyarrow(pa.schema([field]))[field.name]))
        for field in MART["responses"]
        if field.name not in rows.columns
    }
    data = Dataset(
        responses=with_bins(rows.mutate(**missing)),
        tickets=rows.filter(rows.tier != "T0").select("ticket_team"),
        attributes=(
            Attribute.of("plan"),
            Attribute("survey", "Survey", "survey"),
            Attribute("ticket_team", "Team", "ticket_team"),
            Attribute("ticket_owner", "Owner", "ticket_owner"),
        ),
    )
    points = 100.0 * ((score(base) >= 9).astype(float) - (score(base) <= 6))
    return data, points
