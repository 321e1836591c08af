"""Who was asked and who answered: what counts, what does not, and how sure we are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import ibis
import pyarrow as pa
import pytest

from nineplus.analyses.response_rate import response_rate
from nineplus.mart.memory import dataset
from nineplus.mart.schema import MART
from nineplus.model import Filter, Window
from nineplus.sample.company import company

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LONG_AGO = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample():
    made = company(until=date(2026, 7, 1), accounts=120, contacts=600, tickets=1500)
    return made, dataset(made.sources, now=NOW)


def asks(sample, rows):
    """The sample's Dataset with these invitations instead."""
    full = [
        {
            "invitation": str(number),
            "survey": "S",
            "contact": f"c{number}",
            "account": f"a{number}",
            "cluster": number,
            "bucket": number % 64,
            "sent_at": LONG_AGO,
            "month": date(2026, 5, 1),
            "fate": "delivered",
            "score": None,
            **row,
        }
        for number, row in enumerate(rows)
    ]
    table = pa.Table.from_pylist(full, schema=MART["invitations"])
    return replace(sample[1], invitations=ibis.memtable(table))


def test_only_what_arrived_and_had_time_counts(sample):
    answered = [{"fate": "answered", "score": 9}] * 6
    silent = [{"fate": fate} for fate in ("sent", "delivered", "opened", "declined", "expired")] * 2
    not_asked = [{"fate": fate} for fate in ("planned", "skipped", "bounced")] * 4
    too_soon = [{"sent_at": datetime(2026, 6, 25, tzinfo=UTC), "month": date(2026, 6, 1)}] * 5
    result = response_rate(asks(sample, [*answered, *silent, *not_asked, *too_soon]))
    assert result.figures["n"] == 16
    assert result.figures["rate"] == pytest.approx(6 / 16)
    assert sum(row["n"] for row in result.table("fates").rows) == 33


def test_a_contact_counts_once_per_survey_and_month(sample):
    rows = [{"contact": "same", "account": "one", "cluster": 1, "bucket": 1, "fate": "delivered"}] * 3
    rows += [{"contact": "same", "account": "one", "cluster": 1, "bucket": 1, "fate": "answered", "score": 3}]
    rows += [{}] * 9
    result = response_rate(asks(sample, rows))
    assert result.figures["n"] == 10
    assert result.figures["rate"] == pytest.approx(0.1)


def test_the_sample_companys_rate_is_found(sample):
    made, data = sample
    found = response_rate(data)
    asked = made.sources["invitations"].to_pylist()
    arrived = [a for a in asked if a["fate"] not in ("skipped", "bounced") and (NOW - a["sent_at"]).days >= 14]
    assert found.figures["rate"] == pytest.approx(
        sum(a["fate"] == "answered" for a in arrived) / len(arrived), abs=0.01
    )
    assert found.estimate.low < 100 * made.truth["response rate"] < found.estimate.high + 2


def test_the_filter_narrows_who_was_asked(sample):
    _, data = sample
    one = response_rate(data.narrowed(Filter(touchpoints=("relationship",))))
    assert [row["survey"] for row in one.table("by_survey").rows] == ["Relationship survey"]
    starter = response_rate(data.narrowed(Filter(attributes=(("plan", ("Starter",)),))))
    assert 0 < starter.figures["n"] < response_rate(data).figures["n"]
    old = response_rate(data.narrowed(Filter(window=Window(None, date(2025, 1, 1)))))
    assert max(row["month"] for row in old.table("by_month").rows) < date(2025, 1, 1)


def test_by_adds_a_table(sample):
    rows = response_rate(sample[1], by="plan").table("by_value").rows
    assert {row["value"] for row in rows} == {"Starter", "Growth", "Enterprise"}


def test_it_refuses_without_invitations(sample):
    assert response_rate(replace(sample[1], invitations=None)).refused
    assert response_rate(asks(sample, [])).refused
    assert response_rate(asks(sample, [{"sent_at": datetime(2026, 6, 30, tzinfo=UTC)}])).refused
    silence_has_no_ticket = sample[1].narrowed(Filter(attributes=(("ticket_team", ("Billing",)),)))
    assert response_rate(silence_has_no_ticket).refused
