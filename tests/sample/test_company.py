"""The sample company is deterministic, fits the canonical shapes, and its truth follows from what is planted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from nineplus.mart.schema import SOURCES
from nineplus.sample import truth
from nineplus.sample.company import company
from nineplus.sample.export import KINDS, export

UNTIL = date(2026, 7, 1)


@pytest.fixture(scope="module")
def made():
    return company(until=UNTIL)


def test_same_seed_and_day_give_the_same_company(made):
    again = company(until=UNTIL)
    read_later = {"readings", "mentions"}  # by the reader, out of the comments
    read_later |= {"cases", "nudges"}  # out of what came of them, `loop`
    assert made.loop == again.loop
    assert made.renewals == again.renewals
    assert {name: table.equals(again.sources[name]) for name, table in made.sources.items()} == dict.fromkeys(
        set(SOURCES) - read_later, True
    )
    other = company(until=UNTIL, seed=10)
    assert not made.sources["responses"].equals(other.sources["responses"])


def test_every_source_has_its_canonical_shape_and_unique_ids(made):
    for name, table in made.sources.items():
        assert table.schema == SOURCES[name]
        assert table.num_rows > 0
    for name, key in (
        ("accounts", "account"),
        ("contacts", "contact"),
        ("tickets", "ticket"),
        ("responses", "response"),
    ):
        assert len(pc.unique(made.sources[name][key])) == made.sources[name].num_rows


def test_it_is_as_large_as_promised(made):
    sizes = {name: table.num_rows for name, table in made.sources.items()}
    assert sizes["accounts"] == 400
    assert sizes["contacts"] == 3000
    assert 8000 < sizes["tickets"] <= 9000
    assert sizes["responses"] > 4000


def test_nothing_happens_outside_the_24_months_or_before_it_can(made):
    end = np.datetime64("2026-07-01")
    for name, column in (("responses", "answered_at"), ("tickets", "opened_at"), ("ticket_events", "at")):
        at = made.sources[name][column].to_numpy()
        assert at.min() >= np.datetime64("2024-07-01")
        assert at.max() <= end
    tickets = made.sources["tickets"]
    for later in ("first_response_at", "resolved_at"):
        known = pc.drop_null(pc.subtract(tickets[later], tickets["opened_at"]))
        assert pc.min(known.cast("int64")).as_py() >= 0


def test_every_answer_follows_its_ask(made):
    answers = made.sources["responses"].select(["response", "answered_at"])
    asks = made.sources["invitations"].filter(pc.is_valid(made.sources["invitations"]["response"]))
    joined = answers.join(asks.select(["response", "sent_at"]), "response", join_type="inner")
    assert joined.num_rows == answers.num_rows
    assert pc.min(pc.subtract(joined["answered_at"], joined["sent_at"]).cast("int64")).as_py() > 0


def test_nobody_is_asked_twice_within_30_days(made):
    asked = made.sources["invitations"]
    asked = asked.filter(pc.not_equal(asked["fate"], "skipped")).sort_by(
        [("contact", "ascending"), ("sent_at", "ascending")]
    )
    who, at = asked["contact"].to_numpy(), asked["sent_at"].to_numpy()
    same = who[1:] == who[:-1]
    assert ((at[1:] - at[:-1])[same] >= np.timedelta64(30, "D")).all()


def test_chances_add_up_and_agree_with_drawing():
    random = np.random.default_rng(1)
    expected = np.array([-0.4, 0.0, 0.7])
    chances = truth.chances(expected)
    assert chances.sum(axis=-1) == pytest.approx(1)
    drawn = truth.score_of(expected[:, None] + truth.NOISE * random.standard_normal((3, 200_000)))
    for row in range(3):
        shares = np.bincount(drawn[row], minlength=11) / 200_000
        assert shares == pytest.approx(chances[row], abs=0.005)


def test_the_effect_among_answers_is_what_drawing_many_customers_gives():
    random = np.random.default_rng(2)
    size, count = truth.BREACH, 400_000
    present = random.random(count) < 0.5
    expected = np.where(present, size, 0.0)
    score = truth.score_of(expected + truth.NOISE * random.standard_normal(count))
    answered = random.random(count) < truth.ANSWERS[score]
    points = 100.0 * ((score >= 9).astype(float) - (score <= 6))
    drawn = points[answered & present].mean() - points[answered & ~present].mean()
    assert truth.effect(expected[:1000], present[:1000], size) == pytest.approx(drawn, abs=1.0)


def test_the_mix_shift_hides_the_improvement(made):
    total = made.truth["NPS of the last six months"] - made.truth["NPS of the first six months"]
    within = [value for name, value in made.truth.items() if name.startswith("change within")]
    assert min(within) > total + 3


def test_the_happy_answer_more(made):
    assert made.truth["NPS expected among answers"] > made.truth["NPS if everyone answered"] + 8


def test_export_writes_one_file_per_kind(made, tmp_path):
    paths = export(made, folder=tmp_path)
    assert [path.stem for path in paths] == list(KINDS)
    with pa.input_stream(str(paths[4])) as file:
        head = file.read(400).decode().splitlines()[0]
    assert "score" in head
    assert "plan" in head
