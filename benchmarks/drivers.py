"""Service drivers with clustered intervals: against a plain scan, and against least squares on the rows.

    python benchmarks/drivers.py --responses 10000000 --rows 1000000

The drivers as the page runs them: the six service facts of the ticket behind each answer and seven attributes held
equal (plan, region, industry, channel, the ticket's priority, category and channel), thirteen drivers in all, beside
them the calendar month and the breach of the next ticket as negative control, all with intervals from 64 buckets of
accounts. In the same process, in alternating rounds on the same files: the NPS of every segment x month as one scan
(answers independent, and clustered by account). Beside it statsmodels' ordinary least squares with clustered errors
on the rows. Each number is the best of its rounds; processor seconds stand beside wall seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from mart_files import mart
from table import write

ROUNDS = 5


def _dataset(responses: int) -> Any:
    from nineplus.mart.folder import open_dataset

    return open_dataset(folder=mart(responses))


def drivers(responses: int) -> Callable[[], str]:
    from nineplus.analyses.drivers import drivers as run

    data = _dataset(responses)

    def once() -> str:
        result = run(data)
        breach = next(row for row in result.table("drivers").rows if row["driver"] == "sla_breached")
        return f"{breach['effect'].value:.2f} ({breach['effect'].low:.2f} to {breach['effect'].high:.2f})"

    return once


def scan(responses: int, clusters: str) -> Callable[[], str]:
    from nineplus.analyses.score import score

    data = _dataset(responses)
    return lambda: f"{score(data, by='plan,region,industry', period='month', clusters=clusters).estimate.value:.2f}"


def rows(responses: int) -> Callable[[], str]:
    """The same design on the rows, as an analyst would: read, make dummies, fit, cluster by account."""
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm

    data = _dataset(responses)

    def once() -> str:
        names = ["first_response_hours", "resolution_hours", "sla_breached", "reopens", "escalations", "reassignments"]
        held = [
            "a_plan",
            "a_region",
            "a_industry",
            "channel",
            "ticket_priority",
            "ticket_category",
            "ticket_channel",
            "month",
        ]
        frame = data.responses.select("score", "cluster", *names, *held).to_pandas()
        y = 100.0 * ((frame["score"] >= 9).astype(int) - (frame["score"] <= 6).astype(int))
        first = pd.cut(frame["first_response_hours"], [-1, 1, 4, 24, np.inf], labels=False)
        solved = pd.qcut(frame["resolution_hours"], 4, labels=False)
        facts = pd.DataFrame(
            {"breach": frame["sla_breached"].astype(float), "reopened": (frame["reopens"] > 0).astype(float),
             "escalated": (frame["escalations"] > 0).astype(float), "moved": (frame["reassignments"] > 0).astype(float)}
        )  # fmt: skip
        factors = [("first", first), ("solved", solved), *((name, frame[name]) for name in held)]
        dummies = [
            pd.get_dummies(column.astype("category"), drop_first=True, dtype=float, prefix=name)
            for name, column in factors
        ]
        design = sm.add_constant(pd.concat([facts, *dummies], axis=1))
        fit = sm.OLS(y.to_numpy(), design).fit(cov_type="cluster", cov_kwds={"groups": frame["cluster"].to_numpy()})
        low, high = fit.conf_int().loc["breach"]
        return f"{fit.params['breach']:.2f} ({low:.2f} to {high:.2f})"

    return once


WAYS: dict[str, Callable[[int], Callable[[], str]]] = {
    "scan, answers independent": lambda n: scan(n, "none"),
    "scan, clustered by account": lambda n: scan(n, "accounts"),
    "drivers": drivers,
    "statsmodels OLS on rows": rows,
}


def measure(ways: Sequence[str], responses: int, rounds: int) -> list[dict[str, Any]]:
    """Best wall and processor seconds of every way; the ways take turns, so that a busy minute hits them all."""
    import resource

    runs = {way: WAYS[way](responses) for way in ways}
    best: dict[str, dict[str, Any]] = {way: {"first": 0.0, "wall": inf, "cpu": inf} for way in ways}
    for place in range(rounds + 1):
        for way, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found = run()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            kept = best[way]
            if place:
                kept |= {"wall": min(wall, kept["wall"]), "cpu": min(cpu, kept["cpu"])}
            else:
                kept |= {"first": wall, "found": found}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [{"way": way, "peak": peak, **kept} for way, kept in best.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--ways", help="only these, separated by semicolons; prints JSON")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    if chosen.ways:
        print(json.dumps(measure(chosen.ways.split(";"), chosen.responses, chosen.rounds)))
        return
    lines = []
    scans = ["scan, answers independent", "scan, clustered by account"]
    for size, processes, rounds in (
        (chosen.responses, [[scans[0], "drivers"], [scans[1]]], chosen.rounds),
        (chosen.rows, [["drivers"], ["statsmodels OLS on rows"]], 2),
    ):
        mart(size)
        base = None
        for ways in processes:
            told = subprocess.run(
                [sys.executable, __file__, "--responses", str(size), "--ways", ";".join(ways), "--rounds", str(rounds)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            for found in json.loads(told.stdout.splitlines()[-1]):
                base = base or found
                times = [f"{found[name]:.2f}" for name in ("first", "wall", "cpu")]
                ratios = [f"{found[name] / base[name]:.1f}" for name in ("wall", "cpu")]
                lines.append([f"{size:,}", found["way"], *times, *ratios, f"{found['peak']:,.0f}", found["found"]])
    write(
        "drivers",
        title="Service drivers with clustered intervals",
        head=[
            "answers",
            "",
            "first s",
            "best s",
            "best CPU s",
            "times the first line of its size",
            "in CPU",
            "peak MB",
            "NPS, or effect of a breach",
        ],
        rows=lines,
        note="Thirteen drivers: six service facts and seven attributes; also the month and a negative control. The "
        "first two lines took turns in one process; best of the rounds after the first.",
        command=f"python benchmarks/drivers.py --responses {chosen.responses} --rows {chosen.rows}",
    )


if __name__ == "__main__":
    main()
