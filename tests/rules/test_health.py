"""Health of an account: signs with weights, and what level they make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.health import Facts, Level, Scores, health

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def scores(*values: int) -> Scores:
    return Scores(len(values), sum(values), sum(value * value for value in values))


@pytest.mark.parametrize(
    ("facts", "level", "points", "kinds"),
    [
        (Facts(), Level.UNKNOWN, 0, []),
        (Facts(answers_year=4), Level.WELL, 0, []),
        (Facts(answers_year=1, answers_lately=1, unhappy=1), Level.AT_RISK, 3, ["score"]),
        (Facts(answers_year=3, answers_lately=3, unhappy=1, happy=1), Level.WATCH, 1, ["score"]),
        (Facts(answers_year=3, answers_lately=3, unhappy=1, happy=2), Level.WELL, 0, []),
        (Facts(answers_year=3, answers_lately=3, happy=2, open_cases=1), Level.WELL, 0, ["cases", "score"]),
        (Facts(pays=True, asked_year=3), Level.WATCH, 1, ["silence"]),
        (Facts(asked_year=3), Level.UNKNOWN, 0, []),
        (Facts(pays=True, asked_year=1, renews_at=NOW + 30 * DAY), Level.WATCH, 2, ["silence", "money"]),
        (Facts(answers_year=1, renews_at=NOW + 30 * DAY), Level.WELL, 0, []),
        (Facts(open_tickets=1, oldest_ticket=NOW - 15 * DAY), Level.WATCH, 1, ["tickets"]),
        (Facts(open_tickets=1, oldest_ticket=NOW - 14 * DAY), Level.UNKNOWN, 0, []),
        (Facts(shrank=True, overdue_cases=1, open_cases=2), Level.AT_RISK, 3, ["cases", "money"]),
        (Facts(half=scores(3, 4, 3, 4), half_before=scores(9, 9, 8, 9)), Level.WATCH, 1, ["trend"]),
        (Facts(half=scores(8, 8, 8), half_before=scores(9, 9, 9)), Level.UNKNOWN, 0, []),  # alike by chance
        (Facts(half=scores(3, 10, 5), half_before=scores(9, 2, 9)), Level.UNKNOWN, 0, []),
        (Facts(half=scores(3, 3), half_before=scores(9, 9, 9)), Level.UNKNOWN, 0, []),
    ],
)
def test_signs_make_a_level(facts: Facts, level: Level, points: int, kinds: list[str]):
    found = health(facts, now=NOW)
    assert (found.level, found.points) == (level, points)
    assert [sign.kind for sign in found.signs] == kinds
    assert all(sign.says.endswith(".") for sign in found.signs)


def test_why_is_said_in_words():
    found = health(
        Facts(answers_year=3, answers_lately=3, unhappy=2, open_tickets=1, oldest_ticket=NOW - 20 * DAY), now=NOW
    )
    assert [sign.says for sign in found.signs] == [
        "2 of 3 answers of the last 90 days are 0 to 6.",
        "A ticket has been open for 20 days.",
    ]


@given(
    st.builds(
        Facts,
        answers_year=st.integers(0, 5),
        unhappy=st.integers(0, 5),
        happy=st.integers(0, 5),
        asked_year=st.integers(0, 3),
        pays=st.booleans(),
        troubled_tickets=st.integers(0, 3),
        shrank=st.booleans(),
        open_cases=st.integers(0, 2),
    )
)
def test_more_trouble_never_looks_better(facts: Facts):
    from dataclasses import replace

    base = health(facts, now=NOW).points
    for worse in (
        {"troubled_tickets": facts.troubled_tickets + 1},
        {"shrank": True},
        {"overdue_cases": 1},
        {"unhappy": facts.unhappy + 1},
    ):
        assert health(replace(facts, **worse), now=NOW).points >= base
