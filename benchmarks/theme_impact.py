"""Themes in points over many answers: against the plain counts that any tool would take first.

    python benchmarks/theme_impact.py --responses 10000000

Made on the mart of the other benchmarks: one answer in five gets a comment that was read, with one to four themes of
thirty in a tone, some 6 in 10 of the comments one only. `theme-impact` counts every two themes in their tones together,
per bucket of accounts, and fits; beside it, in the same process and in alternating rounds, a hand-written DuckDB
statement that only counts mentions, accounts and mean score by theme and tone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from mart_files import mart
from table import write

ROUNDS = 3
THEMES = 30
_READ = 0.2


def dataset(responses: int) -> Any:
    """The mart with readings and mentions, made on first use beside it, in the order of the answers."""
    from nineplus.mart.folder import open_dataset

    data = open_dataset(folder=mart(responses))
    engine = data.responses.get_backend()
    place = mart(responses) / "themes"
    if not (place / "mentions.parquet").exists():
        place.mkdir(exist_ok=True)
        _make(engine, data, place)
    return replace(
        data,
        response_reading=engine.read_parquet(place / "readings.parquet", table_name="bench_readings"),
        response_theme=engine.read_parquet(place / "mentions.parquet", table_name="bench_mentions"),
    )


def _make(engine: Any, data: Any, place: Path) -> None:
    answers = data.responses.select("response", "month", "score").compile()

    def chance(of: str) -> str:
        return f"((hash(response, {of}) % 1000000) / 1000000.0)"

    read = f"(SELECT * FROM ({answers}) WHERE {chance('0')} < {_READ})"
    more = " + ".join(f"({chance('1')} > {above})::INT" for above in (0.6, 0.85, 0.95))
    drawn = f"(SELECT *, unnest(range(1 + {more})) AS place FROM {read})"
    theme = f"CAST(floor({THEMES} * pow({chance('place + 10')}, 2)) AS INT)"
    said = f"CASE WHEN (score >= 8) = ({chance('place + 30')} < 0.7) THEN 'positive' ELSE 'negative' END"
    tone = f"CASE WHEN {chance('place + 20')} < 0.15 THEN 'neutral' ELSE {said} END"
    slug = f"'part' || ({theme} // 3) || CASE WHEN {theme} % 3 = 0 THEN '' ELSE '.t' || {theme} END"
    for name, columns, rows in (
        (
            "readings",
            "'en' AS language, 'neutral' AS sentiment, NULL::VARCHAR AS empty_because, false AS contradicts",
            read,
        ),
        ("mentions", f"{slug} AS theme, {tone} AS sentiment, 0.9 AS sure, 1.0 AS salience", drawn),
    ):
        query = f"SELECT DISTINCT response, month, {columns} FROM {rows}"
        engine.raw_sql(f"COPY ({query}) TO '{place / name}.parquet' (FORMAT parquet)")


def impact(data: Any, **options: Any) -> Callable[[], str]:
    from nineplus.analyses.theme_impact import theme_impact

    def once() -> str:
        result = theme_impact(data, **options)
        found = result.refusal or f"{len(result.table('tones').rows)} columns, base {result.figures['base']:.2f}"
        return found

    return once


def counts(data: Any) -> Callable[[], str]:
    """What is only counted, by hand: a join, and two aggregates of it."""
    engine = data.responses.get_backend()
    answers = data.responses.select("response", "cluster", "score").compile()
    query = f"""
        SELECT m.theme, m.sentiment, count(*), count(DISTINCT r.cluster),
            100.0 * avg((r.score >= 9)::INT - (r.score <= 6)::INT)
        FROM bench_mentions m JOIN ({answers}) r USING (response) WHERE r.score IS NOT NULL GROUP BY ALL"""
    return lambda: f"{len(engine.con.sql(query).fetchall())} rows"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--print", action="store_true", help="do not write the table")
    asked = parser.parse_args()
    data = dataset(asked.responses)
    mentions = data.response_theme.count().to_pyarrow().as_py()
    ways = {
        "mentions, accounts and mean by theme and tone, one statement by hand": counts(data),
        "theme-impact, main themes": impact(data, level="1"),
        "theme-impact, both levels": impact(data, level="2"),
    }
    best = {way: {"wall": inf, "cpu": inf, "found": ""} for way in ways}
    for place in range(asked.rounds + 1):
        for way, run in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found = run()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if place:
                best[way] = {"wall": min(wall, best[way]["wall"]), "cpu": min(cpu, best[way]["cpu"]), "found": found}
    base = next(iter(best.values()))
    lines = [
        [way, f"{one['wall']:.1f}", f"{one['cpu']:.1f}", f"{one['cpu'] / base['cpu']:.1f}", one["found"]]
        for way, one in best.items()
    ]
    if asked.print:
        print(*lines, sep="\n")
        return
    write(
        "theme_impact",
        title="Themes in points",
        head=["", "best s", "best CPU s", "times the first line in CPU", "found"],
        rows=lines,
        note=f"{asked.responses:,} answers, {mentions:,} mentions of {THEMES} themes. The ways took turns in one "
        "process; best of the rounds after the first.",
        command=f"python benchmarks/theme_impact.py --responses {asked.responses}",
    )


if __name__ == "__main__":
    main()
