"""Service drivers with clustered intervals: against a plain scan, and against least squares on the rows.

    python benchmarks/drivers.py --responses 10000000 --rows 1000000

Twelve factors: the service facts of the ticket behind each answer and what is held equal (attributes, period).
Beside it, on the same files in the same run: the NPS of every segment x month as one scan (answers independent,
and clustered by account), and statsmodels' ordinary least squares with clustered errors on the rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mart_files import mart
from table import write

RUNS = 3


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


def measure(way: str, responses: int) -> dict[str, Any]:
    import resource

    run = WAYS[way](responses)
    begin = time.perf_counter()
    run()
    first = time.perf_counter() - begin
    times = []
    for _ in range(RUNS if way != "statsmodels OLS on rows" else 1):
        begin = time.perf_counter()
        found = run()
        times.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"first": first, "warm": float(np.median(times)), "peak": peak, "found": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--way", choices=WAYS)
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(measure(chosen.way, chosen.responses)))
        return
    lines = []
    for size, ways in (
        (chosen.responses, ("scan, answers independent", "scan, clustered by account", "drivers")),
        (chosen.rows, ("drivers", "statsmodels OLS on rows")),
    ):
        mart(size)
        base = None
        for way in ways:
            told = subprocess.run(
                [sys.executable, __file__, "--responses", str(size), "--way", way],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            found = json.loads(told.stdout.splitlines()[-1])
            base = base or found["warm"]
            times = [f"{found[name]:.2f}" for name in ("first", "warm")]
            lines.append(
                [f"{size:,}", way, *times, f"{found['warm'] / base:.1f}", f"{found['peak']:,.0f}", found["found"]]
            )
    write(
        "drivers",
        title="Service drivers with clustered intervals",
        head=[
            "answers",
            "",
            "first s",
            "warm s",
            "times the first line of its size",
            "peak MB",
            "NPS, or effect of a breach",
        ],
        rows=lines,
        command=f"python benchmarks/drivers.py --responses {chosen.responses} --rows {chosen.rows}",
    )


if __name__ == "__main__":
    main()
