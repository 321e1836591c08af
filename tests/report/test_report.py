"""Files in, one honest explanation out: as data, as a page, as Markdown."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nineplus.report import Report, build
from nineplus.report.page import headline
from tests.report.conftest import NOW

NUMBER = (int, float)


def document(report: Report) -> dict[str, Any]:
    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(report.to_json(), parse_constant=no_constant)


class Page(HTMLParser):
    """Start tags with their attributes, and whether everything that opens also closes."""

    VOID = {"meta", "br", "hr", "img", "input", "link"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


REPORTS = ["broadband", "channels", "full", "unanswered"]


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return request.getfixturevalue(request.param)


def test_the_document_has_exactly_these_parts(report: Report) -> None:
    found = document(report)
    assert list(found) == ["score", "segments", "trend", "drivers", "attribution", "themes", "quality", "snapshot"]
    assert list(found["score"]) == [
        *("nps", "low", "high", "mean", "n", "n_eff", "promoters", "passives", "detractors", "method", "confidence")
    ]
    for row in found["segments"]:
        assert {"attribute", "value", "nps", "low", "high", "n", "n_eff", "vs_rest", "told_apart"} <= row.keys()
        assert isinstance(row["told_apart"], bool)
    for row in found["trend"]:
        assert {"period", "start", "end", "nps", "low", "high", "n"} <= row.keys()
        assert row["start"] < row["end"]
    for row in found["drivers"]:
        assert {"driver", "bin", "points", "low", "high", "share"} <= row.keys()
        assert {"fixable", "fixable_low", "fixable_high"} <= row.keys()
        assert isinstance(row["points"], NUMBER)
    assert all(list(note) == ["code", "rows", "message"] for note in found["quality"])
    assert found["snapshot"]["id"]


def test_score_and_groups_agree(broadband: Report, channels: Report, full: Report) -> None:
    for report in (broadband, channels, full):
        score = document(report)["score"]
        assert score["promoters"] + score["passives"] + score["detractors"] == score["n"]
        assert score["nps"] == pytest.approx(100 * (score["promoters"] - score["detractors"]) / score["n"])
        assert score["low"] < score["nps"] < score["high"]


def test_missing_scores_are_dropped_and_said(broadband: Report) -> None:
    found = document(broadband)
    assert found["score"]["n"] == 2385 - 32
    assert [note["rows"] for note in found["quality"] if note["code"] == "score_missing"] == [32]
    assert {row["value"] for row in found["segments"]} >= {"Order", "First Payment"}


def test_three_files_become_one_with_their_channels(channels: Report) -> None:
    found = document(channels)
    assert found["score"]["n"] == 1952 + 1801 + 2290
    assert {row["value"] for row in found["segments"] if row["attribute"] == "channel"} == {"email", "mobile", "web"}
    assert sum(row["n"] for row in found["segments"]) == found["score"]["n"]


def test_tickets_bring_attribution_and_drivers(full: Report) -> None:
    found = document(full)
    assert 0 < found["attribution"]["coverage"] < 1
    breach = [row for row in found["drivers"] if row["driver"] == "sla_breached"]
    assert breach
    assert breach[0]["high"] < 0  # planted: a breach costs
    assert breach[0]["fixable_low"] > 0


def test_without_tickets_nothing_is_said_of_service(broadband: Report) -> None:
    found = document(broadband)
    assert found["drivers"] == []
    assert found["attribution"] == {}
    assert "What does service do" not in broadband.to_html()


def test_the_nps_of_nothing_is_null_and_said(unanswered: Report) -> None:
    score = document(unanswered)["score"]
    assert (score["nps"], score["low"], score["high"], score["mean"]) == (None, None, None, None)
    assert score["n"] == 0
    assert "there is no NPS" in unanswered.to_html()
    assert "there is no NPS" in unanswered.to_markdown()


def test_the_page_is_one_file_that_runs_and_fetches_nothing(report: Report) -> None:
    text = report.to_html()
    page = Page(text)
    assert not page.open
    names = [tag for tag, _ in page.seen]
    assert names.count("style") == 1
    assert not {"script", "link", "img", "iframe", "object"} & set(names)
    for _, attributes in page.seen:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset")]
    policy = next(a["content"] for t, a in page.seen if a.get("http-equiv") == "Content-Security-Policy") or ""
    sheet = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert sheet
    assert base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode() in policy
    assert "url(" not in sheet[1]
    assert "@import" not in sheet[1]


def test_the_page_says_it_before_it_shows_it(report: Report) -> None:
    text = report.to_html()
    assert headline(report) in text
    assert text.index("<h1") < text.index("<h2")
    assert len(re.findall(r"<h1[ >]", text)) == 1


def test_page_markdown_and_data_give_the_same_number(full: Report) -> None:
    nps = document(full)["score"]["nps"]
    assert f"NPS is {nps:.0f}," in full.to_html()
    assert full.to_markdown().startswith(f"# NPS is {nps:.0f},")


def test_a_warning_that_all_would_repeat_is_said_once(full: Report) -> None:
    assert full.to_html().count("They mean different things: choose one to read a level") == 1


def test_the_same_files_give_the_same_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("score,region\n" + "9,a\n3,b\n8,a\n" * 20, encoding="utf-8")
    first, again = build(path, now=NOW), build([path], now=NOW)
    assert first.snapshot == again.snapshot
    assert first.to_json() == again.to_json()


def test_hostile_cells_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    rows = '9,"<script>alert(1)</script>"\n3,"""><img src=x onerror=y>"\n' * 30
    path.write_text("score,<b>region</b>\n" + rows, encoding="utf-8")
    text = build(path, now=NOW).to_html()
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    Page(text)


def test_money_is_what_accounts_pay_now(full: Report) -> None:
    assert full.money is not None
    assert sum(row["accounts"] for row in full.money.rows) <= 150
    assert full.money.title in full.to_html()


def test_what_they_say_is_told_in_points_and_in_their_words(full: Report) -> None:
    found = document(full)["themes"]
    rows = {row["theme"]: row for row in found["themes"]}
    assert found["words"] + found["wordless"] == found["n"] == document(full)["score"]["n"]
    *parts, whole = (row["points"] for row in found["sum"])
    assert whole == pytest.approx(document(full)["score"]["nps"]) == pytest.approx(sum(parts))
    billing = next(row for row in found["tones"] if row["theme"] == "billing" and row["tone"] == "negative")
    assert billing["effect_high"] < 0  # wrong invoices are planted
    assert rows["billing"]["negative"] > 10 * rows["billing"]["positive"]
    assert 1 <= len(rows["billing"]["quotes"]) <= 2
    assert "words and meaning" in found["read"]
    page, text = full.to_html(), full.to_markdown()
    assert "What do themes cost in points?" in page
    assert "In their words" in page
    assert "## In their words" in text
    assert found["read"] in page
    Page(page)


def test_comments_stay_unread_and_unquoted_where_that_is_asked(company_files: Path) -> None:
    unread = build(company_files / "responses.csv", themes="", now=NOW)
    assert document(unread)["themes"] == {}
    assert "In their words" not in unread.to_html()


def test_quotes_can_be_left_out_and_cover_personal_data(tmp_path: Path) -> None:
    lines = ["score,date,account,comment"]
    for i in range(140):
        bad = i % 3 == 0
        words = f"Your support is slow, call me on 0171 555 01{i:02}" if bad else "Easy to use"
        lines.append(f'{2 if bad else 9},2026-0{1 + i % 9}-02,a{i},"{words}"')
    (tmp_path / "r.csv").write_text("\n".join(lines), encoding="utf-8")
    shown = build(tmp_path / "r.csv", now=NOW)
    assert any("[phone number]" in said for quotes in shown.quotes.values() for said in quotes)
    for form in (shown.to_html(), shown.to_markdown(), shown.to_json()):
        assert "0171 555" not in form
    assert build(tmp_path / "r.csv", quotes=False, now=NOW).quotes == {}
