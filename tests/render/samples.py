"""Invented Results of every shape, for the tests of how they look."""

from __future__ import annotations

from datetime import UTC, date, datetime

from nineplus.model import (
    Column,
    Estimate,
    Figure,
    Filter,
    Grade,
    Kind,
    Marker,
    Result,
    Snapshot,
    Table,
    Window,
    refuse,
)

SNAPSHOT = Snapshot(id="5f2c1a", made_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC), rows=1204)
NOTHING = Estimate(None, None, None, 0, 0)


def estimate(value: float, half: float, n: float = 400, n_eff: float = 300) -> Estimate:
    return Estimate(value, max(-100, value - half), min(100, value + half), n, n_eff)


def score() -> Result:
    groups = Table(
        "groups",
        "Groups",
        (Column("group", "Group"), Column("count", "Responses", Kind.COUNT), Column("share", "Share", Kind.SHARE)),
        (
            {"group": "Promoters", "count": 626, "share": 0.52},
            {"group": "Passives", "count": 325, "share": 0.27},
            {"group": "Detractors", "count": 253, "share": 0.21},
        ),
        Figure("split", "group", "share"),
    )
    return Result(
        name="score",
        title="Net Promoter Score",
        says="NPS is 31 (26 to 36).",
        estimate=Estimate(31.0, 26.2, 35.8, 1204, 1010),
        tables=(groups,),
        figures={"mean": 8.1},
        method="Score interval (Tango)",
        assumptions=("Accounts answer independently of each other.",),
        snapshot=SNAPSHOT,
        filter=Filter(window=Window(date(2026, 8, 1), date(2026, 11, 1))),
    )


def distribution(counts: tuple[int, ...] = (20, 5, 12, 30, 41, 75, 70, 140, 185, 320, 306)) -> Result:
    rows = tuple({"score": score, "count": count} for score, count in enumerate(counts))
    table = Table(
        "scores",
        "Answers by score",
        (Column("score", "Score", Kind.COUNT), Column("count", "Responses", Kind.COUNT)),
        rows,
        Figure("histogram", "score", "count"),
    )
    return Result("distribution", "How the scores fall", "Most gave 9.", tables=(table,), snapshot=SNAPSHOT)


SEGMENTS = (
    ("Enterprise", 12.0, 9.0, True),
    ("Mid-market", 34.0, 8.0, False),
    ("Small business", 41.0, 7.0, True),
    ("A name so long that no column was ever made for it", 30.0, 31.0, False),
)


def segments() -> Result:
    table = Table(
        "segments",
        "By size",
        (
            Column("value", "Size"),
            Column("n", "Responses", Kind.COUNT),
            Column("nps", "NPS", Kind.ESTIMATE),
            Column("p", "p", Kind.P_VALUE, "Against all others"),
            Column("apart", "Told apart", Kind.FLAG),
        ),
        tuple(
            {"value": v, "n": 300, "nps": estimate(m, h), "p": 0.004 if a else 0.31, "apart": a}
            for v, m, h, a in SEGMENTS
        ),
        Figure("whiskers", "value", "nps", flag="apart", centre=31.0),
        note="Segments below 5 respondents are pooled.",
    )
    return Result("segments", "Where is NPS different?", "Enterprise is lower.", tables=(table,), snapshot=SNAPSHOT)


DRIVERS = (
    ("Breached resolution SLA", -4.3, 1.3, 0.18),
    ("First reply after 4 hours", -2.9, 1.1, 0.27),
    ("Reopened", -1.6, 0.9, 0.09),
    ("Escalated", -0.5, 0.8, 0.04),
    ("Answered by chat", 0.2, 1.0, 0.38),
)


def drivers(kind: str = "whiskers") -> Result:
    table = Table(
        "drivers",
        "Points of NPS lost or gained, other things equal",
        (
            Column("driver", "Driver"),
            Column("share", "of tickets", Kind.SHARE),
            Column("points", "Points", Kind.ESTIMATE),
        ),
        tuple({"driver": d, "share": s, "points": estimate(v, h)} for d, v, h, s in DRIVERS),
        Figure(kind, "driver", "points"),
    )
    return Result(
        "drivers",
        "What service does to NPS",
        "Breached SLAs cost the most that can be fixed: about 4 points.",
        tables=(table,),
        evidence=Grade.D,
        warnings=("Fewer than 3,000 responses: call these candidates.",),
        snapshot=SNAPSHOT,
    )


NPS_BY_MONTH = (24, 26, 25, 27, 30, 29, None, 36, 37, 36, 33, 31)


def trend() -> Result:
    rows = tuple(
        {
            "month": date(2025 + (11 + i) // 12, (11 + i) % 12 + 1, 1),
            "nps": NOTHING if value is None else estimate(value, 7 if i else 9),
            "n": 0 if value is None else 110,
        }
        for i, value in enumerate(NPS_BY_MONTH)
    )
    table = Table(
        "months",
        "NPS by month",
        (Column("month", "Month", Kind.MONTH), Column("nps", "NPS", Kind.ESTIMATE), Column("n", "n", Kind.COUNT)),
        rows,
        Figure(
            "trend",
            "month",
            "nps",
            markers=(
                Marker(date(2026, 6, 12), "Billing team: callback within 4 h"),
                Marker(date(2026, 9, 20), "More Enterprise asked"),
            ),
            limits=(12.0, 46.0),
            centre=29.5,
        ),
        note="Each month counts a contact once.",
    )
    return Result("trend", "Twelve months", "NPS rose from 24 to 31.", tables=(table,), snapshot=SNAPSHOT)


def attribution() -> Result:
    table = Table(
        "reasons",
        "Why responses have no ticket",
        (Column("reason", "Reason"), Column("share", "Share", Kind.SHARE), Column("n", "Responses", Kind.COUNT)),
        (
            {"reason": "no ticket in the window", "share": 0.19, "n": 229},
            {"reason": "contact unknown", "share": 0.09, "n": 108},
        ),
        Figure("bars", "reason", "share"),
    )
    return Result("attribution", "Answers tied to a ticket", "72 % of answers.", tables=(table,), snapshot=SNAPSHOT)


def refused() -> Result:
    return refuse("drivers", "What service does to NPS", "There are 3 tied responses; at least 200 are needed.")


def everything() -> list[Result]:
    return [
        score(),
        distribution(),
        trend(),
        segments(),
        drivers(),
        drivers("quadrant"),
        attribution(),
        refused(),
        Result("score", "Net Promoter Score", "There are no answers yet.", estimate=NOTHING),
    ]
