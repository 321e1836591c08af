"""The report as data: one JSON document with flat rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from nineplus.model import Estimate, Result, Table
from nineplus.model.result import plain
from nineplus.report.findings import Findings
from nineplus.version import __version__


def as_dict(report: Findings) -> dict[str, Any]:
    results = report.results
    return {
        "score": _score(results["score"]),
        "segments": [row for attribute, result in report.segments for row in _segments(attribute.slug, result)],
        "trend": _trend(results.get("trend")),
        "drivers": _drivers(results.get("drivers")),
        "attribution": _attribution(results.get("attribution")),
        "themes": _themes(report),
        "quality": [note.to_dict() for note in report.notes],
        "snapshot": (report.snapshot.to_dict() if report.snapshot else {})
        | {"nineplus": __version__, "files": list(report.files)},
    }


def _score(result: Result) -> dict[str, Any]:
    found = result.estimate or Estimate(None, None, None, 0, 0)
    counts = {name: result.figures.get(name, 0) for name in ("promoters", "passives", "detractors")}
    return plain(
        {
            "nps": found.value,
            "low": found.low,
            "high": found.high,
            "mean": result.figures.get("mean"),
            "n": int(found.n),
            "n_eff": found.n_eff,
            **counts,
            "method": found.method,
            "confidence": found.confidence,
        }
    )


def _segments(slug: str, result: Result) -> list[dict[str, Any]]:
    rows = []
    for row in result.tables[0].rows:
        rows.append(
            {"attribute": slug, "value": row["segment"]}
            | flat({name: value for name, value in row.items() if name not in ("segment", "apart")}, "nps")
            | {"vs_rest": plain(row["difference"].value) if row["difference"] else None, "told_apart": row["apart"]}
        )
    return rows


def _trend(result: Result | None) -> list[dict[str, Any]]:
    """One row per window: `start` included, `end` not. Merged windows end where the next begins."""
    if result is None or result.refused:
        return []
    rows, window = result.table("trend").rows, str(result.figures.get("window", ""))
    starts = [row["period"] for row in rows]
    flats = []
    for row, following in zip(rows, [*starts[1:], None], strict=True):
        end = following if " to " in row["name"] else _end(row["period"], window)
        rest = {name: value for name, value in row.items() if name not in ("period", "name")}
        period = {"period": row["name"], "start": plain(row["period"]), "end": plain(end)}
        flats.append(period | flat(rest, "nps"))
    return flats


def _end(start: date, window: str) -> date | None:
    if window == "week":
        return start + timedelta(days=7)
    months = {"month": 1, "quarter": 3}.get(window)
    if months is None:
        return None
    last = start.year * 12 + start.month - 1 + months
    return date(last // 12, last % 12 + 1, 1)


def _drivers(result: Result | None) -> list[dict[str, Any]]:
    """One row per driver and bad bin: `points` against the reference bin; `fixable` is the whole driver's."""
    if result is None or result.refused:
        return []
    whole = result.table("drivers").rows
    answers = result.figures.get("n") or 0
    rows = []
    for row in result.table("effects").rows:
        if not isinstance(row.get("effect"), Estimate):
            continue
        driver = next((one for one in whole if row["driver"] in one["driver"].split("+")), {})
        fixable, total = driver.get("points"), row.get("total_effect")
        rows.append(
            {"driver": row["driver"], "title": row["title"], "bin": row["bin"]}
            | flat({"points": row["effect"]}, "points")
            | {"n": row["n"], "share": row["n"] / answers if answers else None}
            | flat({"total_points": total, "fixable": fixable}, "")
            | {name: plain(driver.get(name)) for name in ("rank_low", "rank_high", "importance")}
            | {"told_from_zero": driver.get("clear")}
        )
    return rows


def _themes(report: Findings) -> dict[str, Any]:
    """What comments say: one row per theme with its impact and quotes, the tones, the sum, and what rises."""
    found, rising = report.results.get("theme-impact"), report.results.get("rising-themes")
    if found is None:
        return {}
    if found.refused:
        return {"refusal": found.refusal, "read": report.read}
    rows = [
        flat(row, "impact") | {"quotes": list(report.quotes.get(row["theme"], ()))}
        for row in found.table("themes").rows
    ]
    told = [] if rising is None or rising.refused else [flat(row, "") for row in rising.table("themes").rows]
    figures = {name: found.figures[name] for name in ("n", "words", "wordless", "nps", "base", "level")}
    return plain(figures) | {
        "read": report.read,
        "themes": rows,
        "tones": [flat(row, "impact") for row in found.table("tones").rows],
        "sum": [flat(row, "points") for row in found.table("sum").rows],
        "rising": told,
    }


def flat(row: Mapping[str, Any], main: str) -> dict[str, Any]:
    """A row with its estimates spread: the main one as `main`, low, high (and n, n_eff), others as x, x_low, x_high."""
    spread: dict[str, Any] = {}
    for name, value in row.items():
        if not isinstance(value, Estimate):
            spread.setdefault(name, value)
        elif name == main:
            spread |= {
                name: value.value,
                "low": value.low,
                "high": value.high,
                "n": round(value.n),
                "n_eff": value.n_eff,
            }
        else:
            spread |= {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
    return plain(spread)


def _attribution(result: Result | None) -> dict[str, Any]:
    if result is None:
        return {}
    if result.refused:
        return {"refusal": result.refusal}
    return plain(result.figures) | {table.name: _table(table) for table in result.tables}


def _table(table: Table) -> list[dict[str, Any]]:
    return [flat(row, "") for row in table.rows]
