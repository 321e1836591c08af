"""NPS with its account-clustered interval by three attributes x month: nineplus, DuckDB SQL, polars, pandas.

    python benchmarks/nps_cube.py --responses 10000000

All read the same Parquet files in the same run and give counts, NPS, effective n and the 95 % interval of every
cell, clustered by account: exactly ("by account": a group per account and cell, summed again), or from 64 buckets
of accounts ("by bucket": what nineplus chooses above two million answers). Compare lines that do the same. Cold: a
new process whose files are not in the system's cache. Warm: the median of three further runs in that process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from mart_files import forget, mart, parquet
from nineplus.mart.folder import open_dataset
from table import write

KEYS = ["a_plan", "a_region", "a_industry", "month"]
RUNS = 3

# The closed form of the interval (Bonett and Price) with the effective n of clustered answers.
SQL = """
WITH accounts AS (
    SELECT {keys}, {cluster}, count(*) AS w,
           count(*) FILTER (WHERE score >= 9) AS p, count(*) FILTER (WHERE score <= 6) AS d
    FROM read_parquet({files}, hive_partitioning = true)
    GROUP BY ALL
), cells AS (
    SELECT {keys}, count(*) AS g, sum(w)::DOUBLE AS n, sum(p)::DOUBLE AS p, sum(d)::DOUBLE AS d,
           sum(w * w)::DOUBLE AS ww, sum(w * (p - d))::DOUBLE AS wz, sum((p - d) * (p - d))::DOUBLE AS zz
    FROM accounts GROUP BY ALL
), worth AS (
    SELECT *, (p - d) / n AS e, (p + d) / n - ((p - d) / n) ** 2 AS v FROM cells
), effective AS (
    SELECT *, n / greatest(1, coalesce(g / nullif(g - 1, 0) * (zz - 2 * e * wz + e * e * ww) / n ** 2
           / nullif(v / n, 0), 1)) AS n_eff FROM worth
)
SELECT {keys}, n, 100 * e AS nps, n_eff,
       100 * greatest(-1, (e * n_eff) / (n_eff + 2) - 1.96 * sqrt(((p + d) / n * n_eff + 2
           - (e * n_eff) ** 2 / (n_eff + 2)) / (n_eff + 2) / (n_eff + 2))) AS low,
       100 * least(1, (e * n_eff) / (n_eff + 2) + 1.96 * sqrt(((p + d) / n * n_eff + 2
           - (e * n_eff) ** 2 / (n_eff + 2)) / (n_eff + 2) / (n_eff + 2))) AS high
FROM effective
"""


def with_nineplus(responses: int, clusters: str) -> Callable[[], tuple[int, float]]:
    from nineplus.analyses.score import score

    data = open_dataset(folder=mart(responses))

    def run() -> tuple[int, float]:
        result = score(data, by="plan,region,industry", period="month", clusters=clusters)
        rows = next(table for table in result.tables if len(table.rows) > 100).rows
        return len(rows), result.estimate.value

    return run


def with_sql(responses: int, cluster: str) -> Callable[[], tuple[int, float]]:
    import duckdb

    connection = duckdb.connect()
    query = SQL.format(keys=", ".join(KEYS), files=parquet(mart(responses)), cluster=cluster)

    def run() -> tuple[int, float]:
        cells = connection.execute(query).fetchnumpy()
        return len(cells["n"]), float(np.average(cells["nps"], weights=cells["n"]))

    return run


def with_polars(responses: int, cluster: str) -> Callable[[], tuple[int, float]]:
    import polars as pl

    frame = pl.scan_parquet(parquet(mart(responses)), hive_partitioning=True)

    def run() -> tuple[int, float]:
        p, d = (pl.col("score") >= 9).sum().cast(pl.Float64), (pl.col("score") <= 6).sum().cast(pl.Float64)
        accounts = frame.group_by([*KEYS, cluster]).agg(w=pl.len().cast(pl.Float64), p=p, d=d)
        z = pl.col("p") - pl.col("d")
        cells = (
            accounts.with_columns(z=z)
            .group_by(KEYS)
            .agg(
                g=pl.len(), n=pl.col("w").sum(), p=pl.col("p").sum(), d=pl.col("d").sum(),
                ww=(pl.col("w") ** 2).sum(), wz=(pl.col("w") * pl.col("z")).sum(), zz=(pl.col("z") ** 2).sum(),
            )
            .collect()
        )  # fmt: skip
        return _finish({name: cells[name].to_numpy() for name in ("g", "n", "p", "d", "ww", "wz", "zz")})

    return run


def with_pandas(responses: int, cluster: str) -> Callable[[], tuple[int, float]]:
    import pandas as pd
    import pyarrow.dataset as ds

    files = ds.dataset(parquet(mart(responses)), format="parquet", partitioning="hive")

    def run() -> tuple[int, float]:
        frame = files.to_table(columns=[*KEYS, cluster, "score"]).to_pandas(strings_to_categorical=True)
        frame["p"], frame["d"] = (frame["score"] >= 9).astype("int64"), (frame["score"] <= 6).astype("int64")
        grouped = frame.groupby([*KEYS, cluster], observed=True, sort=False)
        accounts = grouped.agg(w=("p", "size"), p=("p", "sum"), d=("d", "sum")).reset_index()
        z = accounts["p"] - accounts["d"]
        accounts = accounts.assign(ww=accounts["w"] ** 2, wz=accounts["w"] * z, zz=z**2, g=1)
        cells = accounts.groupby(KEYS, observed=True, sort=False)[["g", "w", "p", "d", "ww", "wz", "zz"]].sum()
        return _finish(
            {"n": cells["w"].to_numpy()} | {k: cells[k].to_numpy() for k in ("g", "p", "d", "ww", "wz", "zz")}
        )

    del pd
    return run


def _finish(c: dict[str, np.ndarray]) -> tuple[int, float]:
    """The same interval in NumPy."""
    n, e = c["n"].astype(float), (c["p"] - c["d"]) / c["n"]
    v = (c["p"] + c["d"]) / n - e**2
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = c["g"] / (c["g"] - 1) * (c["zz"] - 2 * e * c["wz"] + e**2 * c["ww"]) / n**2 / (v / n)
    n_eff = n / np.maximum(1, np.nan_to_num(deff, nan=1, posinf=1))
    middle = e * n_eff / (n_eff + 2)
    half = 1.96 * np.sqrt(((c["p"] + c["d"]) / n * n_eff + 2 - (e * n_eff) ** 2 / (n_eff + 2)) / (n_eff + 2) ** 2)
    assert (middle - half <= middle + half).all()
    return len(n), float(np.average(100 * e, weights=n))


WAYS: dict[str, Callable[[int], Callable[[], tuple[int, float]]]] = {
    "DuckDB SQL, by bucket": lambda n: with_sql(n, "bucket"),
    "nineplus (default)": lambda n: with_nineplus(n, "auto"),
    "polars, by bucket": lambda n: with_polars(n, "bucket"),
    "pandas, by bucket": lambda n: with_pandas(n, "bucket"),
    "DuckDB SQL, by account": lambda n: with_sql(n, "cluster"),
    "nineplus, by account": lambda n: with_nineplus(n, "accounts"),
    "polars, by account": lambda n: with_polars(n, "cluster"),
    "pandas, by account": lambda n: with_pandas(n, "cluster"),
}


def measure(way: str, responses: int) -> dict[str, float]:
    """In this process: the first run with cold files, then the warm ones."""
    import resource

    forget(parquet(mart(responses)))
    begin = time.perf_counter()
    run = WAYS[way](responses)
    cells, nps = run()
    cold = time.perf_counter() - begin
    warm = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        run()
        warm.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cells": cells, "nps": nps, "cold": cold, "warm": float(np.median(warm)), "peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=10_000_000)
    parser.add_argument("--way", choices=WAYS)
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(measure(chosen.way, chosen.responses)))
        return
    mart(chosen.responses)
    found = {
        way: json.loads(
            subprocess.run(
                [sys.executable, __file__, "--responses", str(chosen.responses), "--way", way],
                capture_output=True, text=True, check=True,
            ).stdout.splitlines()[-1]
        )
        for way in WAYS
    }  # fmt: skip
    lines = []
    floor = 1.0
    for way, f in found.items():
        floor = f["warm"] if way.startswith("DuckDB") else floor
        times = [f"{f['cold']:.2f}", f"{f['warm']:.2f}", f"{f['warm'] / floor:.2f}"]
        lines.append([way, *times, f"{f['peak']:,.0f}", f"{f['cells']:,}", f"{f['nps']:.3f}"])
    write(
        "nps-cube",
        title=f"NPS with interval by 3 attributes x month, {chosen.responses:,} answers",
        head=["", "cold s", "warm s", "warm, times the SQL above it", "peak MB", "cells", "NPS"],
        rows=lines,
        command=f"python benchmarks/nps_cube.py --responses {chosen.responses}",
    )


if __name__ == "__main__":
    main()
