"""The report as a page to be read, printed and sent: the sentence first, then what it rests on."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from nineplus.model import Column, Kind, Result, Table
from nineplus.render import Html, join, numbers, result_html, result_markdown, stylesheet, table_html, tag
from nineplus.render.html import notices_html, number_html, origin_html, table_block
from nineplus.render.markdown import md, table_markdown
from nineplus.version import __version__

if TYPE_CHECKING:
    from nineplus.report.building import Report


def as_html(report: Report) -> str:
    body = join([_head(report), _first_screen(report), *_sections(report), _quality(report), _methods(report)])
    return "<!doctype html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
            tag("meta", name="generator", content=f"nineplus {__version__}"),
            tag("title", f"{headline(report)} · nineplus"),
            Html(f"<style>{stylesheet()}</style>"),
        ),
        tag("body", tag("main", body, class_="page report")),
        lang="en",
    )


def _policy() -> str:
    """Nothing may run or be fetched; only this very style sheet applies."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def headline(report: Report) -> str:
    """The sentence of the report: "NPS is 31, between 26 and 36." """
    score = report.results["score"]
    found = score.estimate
    if score.refused or found is None or not found.available:
        return "There are no answers with a score, so there is no NPS"
    between = numbers.interval(found).replace(" to ", " and ")
    return f"NPS is {numbers.value(found)}, between {between}"


def lede(report: Report) -> str:
    """What else a person would say at once, from the answers that were given."""
    told = [report.results[name] for name in ("trend", "drivers") if name in report.results]
    told += [result for _, result in report.segments if result.figures.get("told_apart")][:1]
    return " ".join(result.says for result in told if not result.refused)


def _head(report: Report) -> Html:
    start, end = report.period
    period = f"Answers from {numbers.day(start)} to {numbers.day(end)}. " if start and end else ""
    brand = tag("span", "nine", tag("b", "plus"), class_="brand")
    return tag(
        "header",
        tag("p", brand, tag("span", f"{period}Made {numbers.instant(report.made_at)}."), class_="report-line"),
        tag("h1", headline(report), ".", class_="lead"),
        tag("p", lede(report), class_="lede", dir="auto"),
    )


def _first_screen(report: Report) -> Html:
    score = report.results["score"]
    if score.refused:
        return result_html(score)
    card = tag(
        "section",
        tag("h2", "Net Promoter Score"),
        number_html(score.estimate),
        notices_html(score),
        join(table_block(table) for table in score.tables),
        tag("dl", *(join([tag("dt", name), tag("dd", value)]) for name, value in _facts(report)), class_="kv ruled"),
        origin_html(score),
        class_="card",
    )
    trend = report.results.get("trend")
    return tag("div", card, result_html(trend) if trend else None, class_="grid-side")


def _facts(report: Report) -> list[tuple[str, str]]:
    figures = report.results["score"].figures
    facts = [("Mean score", numbers.number(figures.get("mean"), decimals=1))]
    if figures.get("accounts") and figures["accounts"] < figures.get("n", 0):
        facts.append(("Accounts or people", numbers.number(figures["accounts"])))
    attribution = report.results.get("attribution")
    if attribution and attribution.figures.get("coverage") is not None:
        facts.append(("Answers tied to a ticket", numbers.share(attribution.figures["coverage"])))
    return facts


def _sections(report: Report) -> list[Html]:
    parts = []
    if distribution := report.results.get("distribution"):
        parts.append(result_html(distribution))
    parts += [result_html(report.results[name]) for name in ("drivers", "attribution") if name in report.results]
    parts += [result_html(result) for _, result in report.segments]
    if report.money:
        parts.append(
            tag(
                "section",
                tag("h2", "What the accounts pay"),
                table_html(report.money),
                tag("p", report.money.note, class_="foot-note"),
                class_="card",
            )
        )
    return [tag("div", *parts, class_="stack")]


def quality_table(report: Report) -> Table:
    """What was dropped, mended or assumed: rows concerned first."""
    notes = sorted(report.notes, key=lambda note: -note.rows)
    return Table(
        name="quality",
        title="What was dropped, mended or assumed",
        columns=(Column("message", "What happened"), Column("rows", "Rows", Kind.COUNT), Column("code", "Code")),
        rows=tuple({"message": note.message, "rows": note.rows or None, "code": note.code} for note in notes),
    )


def methods_table(report: Report) -> Table:
    asked: list[Result] = [*report.results.values(), *(result for _, result in report.segments[:1])]
    return Table(
        name="methods",
        title="Methods",
        columns=(Column("title", "Question"), Column("method", "Method"), Column("version", "Version", Kind.COUNT)),
        rows=tuple({"title": r.title, "method": r.method or r.name, "version": r.version} for r in asked),
    )


def _quality(report: Report) -> Html:
    table = quality_table(report)
    body = table_html(table, caption=False) if table.rows else tag("p", "Every row was used.", class_="empty")
    return tag("section", tag("h2", table.title), body, class_="card")


def _methods(report: Report) -> Html:
    return tag(
        "section",
        tag("h2", "Methods and snapshot"),
        table_html(methods_table(report), caption=False),
        tag("p", origin(report), class_="foot-note"),
        class_="card",
    )


def origin(report: Report) -> str:
    found = report.snapshot
    snapshot = f"Snapshot {found.id}, {numbers.number(found.rows)} responses. " if found else ""
    return f"{snapshot}From {', '.join(report.files)}. nineplus {__version__}. The same files give the same snapshot."


def as_markdown(report: Report) -> str:
    parts = [f"# {md(headline(report))}.", md(lede(report))]
    parts += [result_markdown(report.results[name]) for name in report.results]
    parts += [result_markdown(result) for _, result in report.segments]
    if report.money:
        parts += [f"## {md(report.money.title)}", table_markdown(report.money), md(report.money.note)]
    parts += ["## What was dropped, mended or assumed", table_markdown(quality_table(report))]
    parts += ["## Methods and snapshot", table_markdown(methods_table(report)), md(origin(report))]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
