"""Rows: what is taken as it is meant, what is refused with its reason, and who is the same row again."""

# ruff: noqa: DTZ001 - files say times without a zone

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from io import StringIO

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.connectors.files import Mapping, Refused, comments, numbers, read_all, refused_csv, safe_cell
from nineplus.connectors.files.repeats import Repeats
from nineplus.mart.schema import SOURCES

few = settings(deadline=None, max_examples=40)
HEAD = "id,score,comment,date\n"
MAPPED = Mapping.from_dict(
    {"kind": "responses", "columns": {"id": "response", "score": "score", "comment": "comment", "date": "answered_at"}}
)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        *(("9", 9), ("9 ", 9), (" 9", 9), ("9.0", 9), ("9,0", 9), ("10", 10), ("0", 0), ("09", 9), ("9/10", 9)),
        *(("9 - very likely", 9), ("10 = Extremely likely", 10), ("0 (not at all)", 0), ("Very likely (10)", 10)),
    ],
)
def test_scores_as_people_write_them(text, score):
    made, refused = numbers.scores(pa.array([text]))
    assert made.to_pylist() == [score]
    assert not refused


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("11", "score_out_of_range"), ("-1", "score_out_of_range"), ("100", "score_out_of_range")),
        *(("9.5", "score_fraction"), ("9,5", "score_fraction"), ("", "score_missing"), ("  ", "score_missing")),
    ],
)
def test_what_is_no_score_has_a_code(text, code):
    made, refused = numbers.scores(pa.array([text]))
    assert made.to_pylist() == [None]
    assert refused[code].tolist() == [True]


@few
@given(st.lists(st.integers(0, 10), min_size=1), st.sampled_from(["", " ", ".0", ",0", " / 10", " - text"]))
def test_any_score_comes_back(scores, tail):
    made, refused = numbers.scores(pa.array([f"{score}{tail}" for score in scores]))
    assert made.to_pylist() == scores
    assert not refused


@few
@given(st.lists(st.integers(-(10**10), 10**10), min_size=1))
def test_money_comes_back_in_both_ways_of_writing(cents):
    for comma in (False, True):
        texts = [f"{value / 100:,.2f}" for value in cents]
        if comma:
            texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
        amounts, bad = numbers.decimals(pa.array([f"{text} €" for text in texts]), comma=comma)
        assert not bad.any()
        made = numbers.minor_units(amounts, pa.array(["EUR"] * len(cents)))
        assert made.to_pylist() == cents


def test_minor_units_follow_the_currency():
    made = numbers.minor_units(pa.array([1.5, 1.5, 150.0]), pa.array(["EUR", "KWD", "JPY"]))
    assert made.to_pylist() == [150, 1500, 150]


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "n/a",
        "N/A.",
        "nil",
        "-",
        "--",
        "none",
        "No comment",
        "kein",
        "Nichts",
        "nada",
        "rien",
        "geen",
        "",
        "...",
        "?",
    ],
)
def test_comments_that_say_nothing_are_set_aside(text):
    kept, aside = comments.split(pa.array([text]))
    assert kept.to_pylist() == [None]
    assert aside.to_pylist() == [text or None]


@pytest.mark.parametrize(
    "text", ["Stop calling me", "none of your agents helped", "Good", "no, never again", "👍", "不错"]
)
def test_comments_that_say_something_stay(text):
    assert comments.split(pa.array([f" {text} "]))[0].to_pylist() == [text]


def test_bad_rows_never_stop_the_good_ones(taken):
    rows, refused, _, batches = taken(
        HEAD + "1,9,good,31/12/2024\n2,11,x,30/12/2024\n3,9 ,STOP,29/12/2024\n4,9.5,x,28/12/2024\n"
        "5,8,x,31/02/2024\n6,,x,27/12/2024\n7,seven,x,26/12/2024\n8,7,=cmd(),\n" + "9,6,ok then,25/12/2024\n" * 1
    )
    assert [row["response"] for row in rows] == ["1", "3", "9"]
    assert [(one.line, one.code) for one in refused] == [
        (3, "score_out_of_range"),
        (5, "score_fraction"),
        (6, "date_bad"),
        (7, "score_missing"),
        (8, "score_text"),
        (9, "date_missing"),
    ]
    assert "31/02/2024" in refused[2].reason
    assert rows[1]["comment"] is None
    assert batches[0].extra.column("comment_raw").to_pylist() == [None, "STOP", None]
    assert all(batch.rows.schema == SOURCES["responses"] for batch in batches)


def test_the_same_id_with_other_content_is_refused_and_with_the_same_counted_once(taken):
    rows, refused, _, batches = taken(
        HEAD + "1,9,first,2024-01-01\n1,9,first,2024-01-01\n1,2,second,2024-01-01\n2,8,x,2024-01-01\n"
    )
    assert [(row["response"], row["score"]) for row in rows] == [("1", 9), ("2", 8)]
    assert [(one.line, one.code) for one in refused] == [(4, "id_repeated")]
    assert "rows_repeated" in {note.code for note in batches[0].notes}


def test_rows_without_ids_keep_theirs_and_equal_rows_count_twice(taken):
    text = "score,date,customer\n9,2024-01-01,A\n9,2024-01-01,A\n7,2024-01-02,B\n"
    once = [row["response"] for row in taken(text)[0]]
    assert len(set(once)) == 3
    assert [row["response"] for row in taken(text)[0]] == once
    wider = "score,date,customer,region\n9,2024-01-01,A,N\n9,2024-01-01,A,N\n7,2024-01-02,B,S\n"
    assert [row["response"] for row in taken(wider)[0]] == once


def test_attributes_are_one_json_object_with_keys_in_order(taken):
    rows, _, _, _ = taken('score,date,Tier,Quote\n9,2024-01-01,gold,"a ""b"""\n8,2024-01-02,,\n7,2024-01-03,tin,é\n')
    assert [row["attributes"] for row in rows] == [
        '{"quote": "a \\"b\\"", "tier": "gold"}',
        "{}",
        '{"quote": "é", "tier": "tin"}',
    ]


def test_tickets_that_contradict_time_are_refused_and_those_without_account_taken(taken):
    rows, refused, _, batches = taken(
        "ticket id,created at,closed at,company,reopens,sla met\n"
        "1,2024-01-02 10:00,2024-01-03 10:00,A,0,yes\n2,2024-01-02 10:00,2024-01-01 10:00,A,0,no\n"
        "3,2024-01-02 10:00,,,2,no\n4,2024-01-02 10:00,2024-01-02,A,x,no\n5,2024-01-02 11:00,2024-01-02,A,1,maybe\n"
        "6,2024-01-02 11:00,2024-01-02,A,1,missed\n",
        "tickets",
    )
    assert [row["ticket"] for row in rows] == ["1", "3", "6"]
    assert [(one.line, one.code) for one in refused] == [
        (3, "resolved_before_opened"),
        (5, "number_bad"),
        (6, "flag_unknown"),
    ]
    assert [row["sla_breached"] for row in rows] == [False, True, True]
    assert rows[2]["resolved_at"] == rows[2]["opened_at"]
    assert {note.code: note.rows for note in batches[0].notes}["ticket_without_account"] == 1


def test_movements_turn_signs_and_refuse_what_is_no_currency(taken):
    rows, refused, _, _ = taken(
        'account,date,type,amount,currency\nA,2024-01-01,new business,"1.234,50",eur\n'
        'A,2024-02-01,cancelled,"100,00",EUR\n'
        'A,2024-03-01,upgrade,"10,00",EURO\nB,2024-03-01,flew away,"1,00",EUR\n,2024-03-01,new,"1,00",EUR\n',
        "movements",
    )
    assert [(row["kind"], row["amount_minor"], row["currency"]) for row in rows] == [
        ("new", 123_450, "EUR"),
        ("churn", -10_000, "EUR"),
    ]
    assert [one.code for one in refused] == ["currency_bad", "word_unknown", "account_missing"]


def test_contacts_without_id_are_their_address(taken):
    rows, _, _, _ = taken(
        "email,first name,last name,company\nAnna@Example.org,Anna,Lee,Lee Ltd\nben@example.org,Ben,,\n", "contacts"
    )
    assert [(row["contact"], row["name"], row["account"]) for row in rows] == [
        ("anna@example.org", "Anna Lee", "Lee Ltd"),
        ("ben@example.org", "Ben", None),
    ]


ANSWERS = [
    ("1", 9, "gut", datetime(2024, 1, 2, 3, 4)),
    ("2", 0, None, datetime(2024, 12, 31)),
    ("3", 10, "ok!", datetime(2023, 7, 1, 12)),
]


def as_xlsx(path):
    book = openpyxl.Workbook()
    book.active.append(["id", "score", "comment", "date"])
    for row in ANSWERS:
        book.active.append(row)
    book.save(path)


def as_parquet(path):
    columns = list(zip(*ANSWERS, strict=True))
    comments_column = pa.array(columns[2]).dictionary_encode()
    stamps = pa.array(columns[3], pa.timestamp("ms", "UTC"))
    pq.write_table(pa.table({"id": columns[0], "score": columns[1], "comment": comments_column, "date": stamps}), path)


def as_jsonl(path):
    table = pa.table(dict(zip(("id", "score", "comment", "date"), zip(*ANSWERS, strict=True), strict=True)))
    path.write_text("\n".join(json.dumps(row, default=str) for row in table.to_pylist()))


def as_json(path):
    as_jsonl(path)
    path.write_text("[" + ",".join(path.read_text().splitlines()) + "]")


def as_tsv(path):
    path.write_text(
        "id\tscore\tcomment\tdate\n"
        + "".join("\t".join("" if v is None else str(v) for v in row) + "\n" for row in ANSWERS)
    )


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.xlsx", as_xlsx),
        ("a.parquet", as_parquet),
        ("a.jsonl", as_jsonl),
        ("a.json", as_json),
        ("a.tsv", as_tsv),
        ("xlsx.csv", as_xlsx),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    table, _, _ = read_all([tmp_path / name], mapping=MAPPED)
    assert [(row["response"], row["score"], row["comment"], row["answered_at"]) for row in table.to_pylist()] == [
        (i, score, comment, at.replace(tzinfo=UTC)) for i, score, comment, at in ANSWERS
    ]


def test_json_lines_that_are_damaged_are_refused_with_their_line(taken):
    rows, refused, _, _ = taken(
        '{"id": 1, "score": 9, "person": {"plan": "pro"}}\n{"id": 2,\n[3]\n{"id": 4, "score": 8}\n', name="a.jsonl"
    )
    assert [row["response"] for row in rows] == ["1", "4"]
    assert [(one.line, one.code) for one in refused] == [(2, "no_json_object"), (3, "no_json_object")]
    assert rows[0]["attributes"] == '{"person_plan": "pro"}'


def test_refused_rows_are_written_so_that_no_spreadsheet_runs_them():
    refused = [Refused(2, "a", "x", "No.", {"a": "=cmd()", "b": "-5", "c": "@SUM(A1)", "d": "+49 30", "e": "\tx"})]
    written = list(csv.reader(StringIO("".join(refused_csv(refused)))))
    assert written == [
        ["line", "column", "reason", "how to mend", "a", "b", "c", "d", "e"],
        ["2", "a", "No.", "", "'=cmd()", "-5", "'@SUM(A1)", "'+49 30", "'\tx"],
    ]
    head = ["line", "column", "reason", "how to mend"]
    assert list(csv.reader(StringIO("".join(refused_csv([], columns=["=a"]))))) == [[*head, "'=a"]]


@few
@given(st.text())
def test_no_cell_begins_like_a_formula(text):
    cell = safe_cell(text)
    assert cell.removeprefix("'") == text or cell == text
    try:
        float(cell.replace(",", "."))
    except ValueError:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@few
@given(st.lists(st.lists(st.integers(0, 8), max_size=30), max_size=8))
def test_occurrences_are_counted_over_batches(batches):
    memory, seen = Repeats(), []
    for batch in batches:
        found = memory.occurrences(np.array(batch, np.int64))
        for key, before in zip(batch, found.tolist(), strict=True):
            assert before == seen.count(key)
            seen.append(key)


@few
@given(st.lists(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), max_size=30), max_size=8))
def test_the_first_of_each_key_counts(batches):
    memory, first = Repeats(), {}
    for batch in batches:
        same, other = memory.repeated(*(np.array([pair[i] for pair in batch], np.int64) for i in (0, 1)))
        for (key, content), is_same, is_other in zip(batch, same.tolist(), other.tolist(), strict=True):
            assert (is_same, is_other) == (
                key in first and first[key] == content,
                key in first and first[key] != content,
            )
            first.setdefault(key, content)
