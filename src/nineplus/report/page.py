"""The report as a page to be read, printed and sent: the sentence first, then what it rests on."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nineplus.model import Column, Kind, Result, Table
from nineplus.render import Html, join, numbers, result_html, result_markdown, stylesheet, table_html, tag
from nineplus.render.html import notices_html, number_html, origin_html, table_block
from nineplus.render.markdown import md, table_markdown
from nineplus.report.findings import Findings
from nineplus.version import __version__


def as_html(report: Findings) -> str:
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


def headline(report: Findings) -> str:
    """The sentence of the report: "NPS is 31, between 26 and 36." """
    score = report.results["score"]
    found = score.estimate
    if score.refused or found is None or not found.available:
        return "There are no answers with a score, so there is no NPS"
    between = numbers.interval(found).replace(" to ", " and ")
    return f"NPS is {numbers.value(found)}, between {between}"


def lede(report: Findings) -> list[str]:
    """What else a person would say at once, from the answers that were given."""
    told = [report.results[name] for name in ("trend", "drivers", "theme-impact") if name in report.results]
    told += [result for _, result in report.segments if result.figures.get("told_apart")][:1]
    return [numbers.typographic(result.says) for result in told if not result.refused]


def _head(report: Findings) -> Html:
    start, end = report.period
    period = f"Answers from {numbers.day(start)} to {numbers.day(end)}. " if start and end else ""
    brand = tag("span", "nine", tag("b", "plus"), class_="brand")
    return tag(
        "header",
        tag("p", brand, tag("span", f"{period}Made {numbers.instant(report.made_at)}."), class_="report-line"),
        tag("h1", headline(report), ".", class_="lead"),
        tag("div", *(tag("p", said, dir="auto") for said in lede(report)), class_="lede"),
        join(
            tag("p", numbers.typographic(said), class_="note warning", role="note") for said in shared_warnings(report)
        ),
    )


def shared_warnings(report: Findings) -> list[str]:
    """Warnings that several answers give in the same words: said once, at the top."""
    given = Counter(warning for result in _all(report) for warning in result.warnings)
    return [warning for warning, times in given.items() if times > 1]


def _all(report: Findings) -> list[Result]:
    return [*report.results.values(), *(result for _, result in report.segments)]


def _card(report: Findings, result: Result, *, tables: tuple[str, ...] | None = None) -> Html:
    shared = shared_warnings(report)
    own = tuple(warning for warning in result.warnings if warning not in shared)
    return result_html(replace(result, warnings=own), tables=tables)


def _first_screen(report: Findings) -> Html:
    score = report.results["score"]
    if score.refused or score.estimate is None:
        return _card(report, score)
    shared = shared_warnings(report)
    own = replace(score, warnings=tuple(warning for warning in score.warnings if warning not in shared))
    card = tag(
        "section",
        tag("h2", "Net Promoter Score"),
        number_html(score.estimate),
        notices_html(own),
        join(table_block(table, headed=False) for table in score.tables),
        tag("dl", *(join([tag("dt", name), tag("dd", value)]) for name, value in _facts(report)), class_="kv ruled"),
        origin_html(score),
        class_="card",
    )
    beside = report.results.get(_beside(report))
    return tag("div", card, _card(report, beside) if beside else None, class_="grid-side stretch")


def _beside(report: Findings) -> str:
    """What stands beside the score: the trend, or without one how the scores are spread."""
    trend = report.results.get("trend")
    return "trend" if trend and not trend.refused else "distribution"


def _facts(report: Findings) -> list[tuple[str, str]]:
    figures = report.results["score"].figures
    facts = [("Mean score", numbers.number(figures.get("mean"), decimals=1))]
    if figures.get("accounts") and figures["accounts"] < figures.get("n", 0):
        facts.append(("Accounts or people", numbers.number(figures["accounts"])))
    attribution = report.results.get("attribution")
    if attribution and attribution.figures.get("coverage") is not None:
        facts.append(("Answers tied to a ticket", numbers.share(attribution.figures["coverage"])))
    return facts


def _sections(report: Findings) -> list[Html]:
    if report.results["score"].refused:
        return []
    order = ("drivers", "attribution", "distribution", "trend")
    parts = [_card(report, report.results[n]) for n in order if n in report.results and n != _beside(report)]
    differing = [result for _, result in report.segments if result.figures.get("told_apart")]
    alike = [(attribute, result) for attribute, result in report.segments if result not in differing]
    if differing:
        parts.append(tag("div", *(_card(report, result) for result in differing), class_="grid-2 stretch"))
    if alike:
        names = ", ".join(attribute.label for attribute, _ in alike)
        cards = tag("div", *(_card(report, result) for _, result in alike), class_="grid-2 stretch")
        parts.append(tag("details", tag("summary", f"No detectable differences by: {names}"), cards, class_="more"))
    parts += _said(report)
    if report.money:
        parts.append(
            tag(
                "section",
                tag("h2", report.money.title),
                table_html(report.money, caption=False),
                tag("p", report.money.note, class_="foot-note"),
                class_="card",
            )
        )
    return [tag("div", *parts, class_="stack")]


def _said(report: Findings) -> list[Html]:
    """What they say: themes in points, words that stand for them, and what rises."""
    found = report.results.get("theme-impact")
    if found is None:
        return []
    parts = [_card(report, found, tables=() if found.refused else ("themes", "sum"))]
    if report.quotes:
        parts.append(_words(report))
    rising = report.results.get("rising-themes")
    if rising and not rising.refused:
        parts.append(_card(report, rising))
    return parts


_IN_WORDS = "In their words"
_MOST_QUOTED = 8


def _quoted(report: Findings) -> list[Mapping[str, Any]]:
    """The themes whose words are shown: those that weigh, or where none surely does those most spoken of."""
    rows = [row for row in report.results["theme-impact"].table("themes").rows if row["theme"] in report.quotes]
    clear = [row for row in rows if row["clear"]]
    return clear or sorted(rows, key=lambda row: -row["mentions"])[:_MOST_QUOTED]


def _words(report: Findings) -> Html:
    cells = [
        tag(
            "div",
            tag("h3", row["title"]),
            *(tag("blockquote", tag("p", said, dir="auto")) for said in report.quotes[row["theme"]]),
        )
        for row in _quoted(report)
    ]
    return tag("section", tag("h2", _IN_WORDS), tag("div", *cells, class_="grid-2"), class_="card")


def quality_table(report: Findings) -> Table:
    """What was dropped, mended or assumed: rows concerned first."""
    notes = sorted(report.notes, key=lambda note: -note.rows)
    return Table(
        name="quality",
        title="What was dropped, mended or assumed",
        columns=(Column("message", "What happened"), Column("rows", "Rows"), Column("code", "Code")),
        rows=tuple(
            {"message": note.message, "rows": numbers.number(note.rows) if note.rows else "–", "code": note.code}
            for note in notes
        ),
    )


def methods_table(report: Findings) -> Table:
    asked: list[Result] = [*report.results.values(), *(result for _, result in report.segments[:1])]
    return Table(
        name="methods",
        title="Methods",
        columns=(Column("title", "Question"), Column("method", "Method"), Column("version", "Version", Kind.COUNT)),
        rows=tuple({"title": r.title, "method": r.method or r.name, "version": r.version} for r in asked),
    )


def _quality(report: Findings) -> Html:
    table = quality_table(report)
    body = table_html(table, caption=False) if table.rows else tag("p", "Every row was used.", class_="empty")
    return tag("section", tag("h2", table.title), body, class_="card")


def _methods(report: Findings) -> Html:
    return tag(
        "section",
        tag("h2", "Methods and snapshot"),
        table_html(methods_table(report), caption=False),
        tag("p", f"{report.read}.", class_="foot-note") if report.read else None,
        tag("p", origin(report), class_="foot-note"),
        class_="card",
    )


def origin(report: Findings) -> str:
    found = report.snapshot
    snapshot = f"Snapshot {found.id}, {numbers.number(found.rows)} responses. " if found else ""
    return f"{snapshot}From {', '.join(report.files)}. nineplus {__version__}. The same files give the same snapshot."


def as_markdown(report: Findings) -> str:
    parts = [f"# {md(headline(report))}.", *map(md, lede(report))]
    parts += [result_markdown(report.results[name]) for name in report.results]
    parts += [result_markdown(result) for _, result in report.segments]
    if report.quotes:
        parts += [f"## {_IN_WORDS}", *_quoted_md(report)]
    if report.money:
        parts += [f"## {md(report.money.title)}", table_markdown(report.money), md(report.money.note)]
    parts += ["## What was dropped, mended or assumed", table_markdown(quality_table(report))]
    parts += [
        "## Methods and snapshot",
        table_markdown(methods_table(report)),
        md(f"{report.read}." if report.read else ""),
        md(origin(report)),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _quoted_md(report: Findings) -> list[str]:
    parts = []
    for row in _quoted(report):
        said = [f"> {md(' '.join(words.split()))}" for words in report.quotes[row["theme"]]]
        parts += [f"**{md(row['title'])}**", "\n>\n".join(said)]
    return parts
