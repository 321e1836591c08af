"""Exports of other survey tools: whose they are, what their columns mean, which of their rows are no answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.connectors.files import (
    BadMapping,
    Mapping,
    UnreadableFile,
    convert,
    open_file,
    read_all,
    recognise,
    refused_csv,
    vendors,
)
from nineplus.connectors.files.refused import EXCLUDED
from tests.connectors.surveys import exports


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[Mapping, list[dict], list]]:
    """Mapping, rows and refused rows of a file with this content."""

    def read(content: str | bytes, name: str = "export.csv", **told: str):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = open_file(path)
        mapping = Mapping.from_dict(recognise(source, **told).to_dict())  # as the database keeps it
        if mapping.problems:
            return mapping, [], []
        batches = list(convert(source, mapping))
        return mapping, [r for b in batches for r in b.rows.to_pylist()], [r for b in batches for r in b.refused]

    return read


def fields(mapping: Mapping) -> dict[str, str]:
    return {column: meaning.field for column, meaning in mapping.columns.items()}


@pytest.mark.parametrize("vendor", exports.EXPORTS)
def test_every_tool_is_known_by_its_export_and_its_scores_come_through(vendor, read):
    mapping, rows, refused = read(exports.EXPORTS[vendor])
    assert mapping.vendor == vendor
    assert mapping.notes[0].code == "vendor"
    assert not refused
    assert [row["score"] for row in rows] == list(exports.SCORES)
    assert len({row["response"] for row in rows}) == len(rows)
    assert all(row["response"].startswith(vendor.partition("_")[0] + ":") for row in rows)
    assert all(row["contact"] and row["comment"] and row["answered_at"].tzinfo for row in rows)


@pytest.mark.parametrize("vendor", exports.EXPORTS)
def test_each_tool_claims_its_own_export_only(vendor, read):
    assert vendors.presets().keys() == exports.EXPORTS.keys()
    mapping, *_ = read(exports.EXPORTS[vendor])
    told = recognised_by(exports.EXPORTS[vendor], read)
    assert told[0] == mapping.vendor == vendor
    assert len(told) == 1


def recognised_by(content: str | bytes, read) -> list[str]:
    """Those who would read this file as theirs."""
    sure = []
    original = vendors.claims

    def spy(sheet):
        found = original(sheet)
        sure[:] = [preset.name for preset, claim in found if claim.sure >= vendors.SURE]
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vendors, "claims", spy)
        read(content)
    return sure


@pytest.mark.parametrize(
    "header",
    [
        "score,comment,created_at,email,name",
        "id,subject,status,created at",
        "nps,feedback,date,customer id",
        "Respondent,How likely are you to recommend us?,Why?",
    ],
)
def test_other_files_are_nobodys(header, read):
    mapping, *_ = read(header + "\n" + "\n".join("9,good,2025-01-02,a@b.example,x" for _ in range(12)) + "\n")
    assert mapping.vendor == ""
    assert not mapping.leave_out


@pytest.mark.parametrize(
    ("header", "vendor"),
    [
        ("Score,Comment,Person Email,Person Name,Response ID,Plan", "delighted"),
        ("Score,Comment,Delighted Source,Plan,a,b", "delighted"),
        ("Email,Name,Last Sent At,Last Responded At,a,b", "delighted"),
        ("hs_object_id,hs_value,hs_content,hs_submission_timestamp,a,b", "hubspot_feedback"),
        ("ResponseId,RecordedDate,Finished,Q1,a,b", "qualtrics"),
    ],
)
def test_headers_that_tell(header, vendor, read):
    assert read(header + "\n9,8,7,6,5,4\n", kind=None)[0].vendor == vendor


# -- Qualtrics -----------------------------------------------------------------------------------------------------


def test_qualtrics_is_keyed_on_its_third_row_whatever_the_language_of_the_second(read):
    mapping, rows, _ = read(exports.qualtrics([exports.qualtrics_row(n) for n in range(12)]))
    meant = fields(mapping)
    assert (meant["Q5"], meant["Q6"], meant["Q5_NPS_GROUP"]) == ("score", "comment", "group")
    assert (meant["RecordedDate"], meant["ResponseId"], meant["IPAddress"]) == ("answered_at", "response", "ignore")
    assert mapping.timezone == "America/Denver"
    assert not [one for one in mapping.questions if one.setting == "timezone"]
    assert rows[0]["answered_at"] == datetime(2025, 1, 1, 10, 4, 5, tzinfo=UTC)
    assert (rows[0]["language"], rows[0]["channel"]) == ("DE", "email")
    assert "3 header rows" in mapping.notes[0].message
    assert "score in 'Q5'" in mapping.notes[0].message


def test_previews_spam_and_unfinished_ones_are_left_out_with_their_reason(read):
    rows = [
        exports.qualtrics_row(1),
        exports.qualtrics_row(2, status="Survey Preview"),
        exports.qualtrics_row(3, status="Umfragenvorschau"),
        exports.qualtrics_row(4, status="Spam"),
        exports.qualtrics_row(5, finished="False", score=""),
        exports.qualtrics_row(6, finished="False"),  # begun only, but the score is there: it counts
        exports.qualtrics_row(7, score=""),
        exports.qualtrics_row(8, score="eleven"),
    ]
    _, taken, refused = read(exports.qualtrics(rows), score="Q5")
    assert [row["response"] for row in taken] == ["qualtrics:R_1", "qualtrics:R_6"]
    codes = Counter(one.code for one in refused)
    assert codes == {"preview": 2, "spam": 1, "unfinished": 1, "not_answered": 1, "score_text": 1}
    assert sum(rows for code, rows in codes.items() if code in EXCLUDED) == 5
    listed = "".join(refused_csv(refused))
    assert listed.startswith("line,column,reason,how to mend,")
    assert "untick their rule" in listed
    assert "Write a whole number" in listed


def test_rules_are_the_persons_to_change(read, tmp_path):
    content = exports.qualtrics([exports.qualtrics_row(n, status="Survey Preview") for n in range(3)])
    mapping, taken, _ = read(content)
    assert not taken
    kept = [rule for rule in mapping.leave_out if rule.code != "preview"]
    given_back = Mapping.from_dict(mapping.to_dict() | {"leave_out": [rule.to_dict() for rule in kept]})
    source = open_file(tmp_path / "export.csv")
    again = recognise(source, given=given_back)
    assert again.leave_out == tuple(kept)
    assert sum(len(batch.rows) for batch in convert(source, again)) == 3


@pytest.mark.parametrize(
    "bad", [{"code": "preview"}, {"code": "nonsense", "column": "a"}, {"code": "spam", "column": "a", "values": "b"}, 7]
)
def test_a_rule_that_says_nothing_is_refused_in_words(bad):
    with pytest.raises(BadMapping, match="leave_out"):
        Mapping.from_dict({"kind": "responses", "columns": {}, "leave_out": [bad]})


def test_which_question_is_asked_when_several_are_on_0_to_10(read):
    content = exports.qualtrics([exports.qualtrics_row(n) for n in range(24)])
    mapping, *_ = read(content)
    asked = next(one for one in mapping.questions if one.setting == "score")
    assert [column for column, _ in asked.options] == ["Q5", "Q7"]
    assert (asked.answer, asked.must) == ("Q5", False)
    chosen, rows, _ = read(content, score="Q7")
    assert fields(chosen)["Q7"] == "score"
    assert fields(chosen)["Q5"] != "score"
    assert not [one for one in chosen.questions if one.setting == "score"]
    assert {row["score"] for row in rows} == set(range(11))
    with pytest.raises(BadMapping, match="no column 'Q9'"):
        read(content, score="Q9")


def test_two_questions_that_look_alike_must_be_told_apart(read):
    head = "#,How likely to recommend us?,How likely to recommend the app?,Submit Date (UTC),Network ID\n"
    content = head + "".join(f"t{n},{n % 11},{10 - n % 11},2025-01-02 10:00,n{n}\n" for n in range(22))
    mapping, *_ = read(content)
    assert next(one for one in mapping.questions if one.setting == "score").must


# -- SurveyMonkey, Typeform and the rest -----------------------------------------------------------------------------


@pytest.mark.parametrize("by_choice", [False, True])
def test_surveymonkey_with_the_score_in_one_column_or_in_one_for_each_choice(by_choice, read):
    scores = [*range(11), None]
    mapping, rows, refused = read(exports.surveymonkey(scores, by_choice=by_choice))
    assert [row["score"] for row in rows] == list(range(11))
    assert [one.code for one in refused] == ["not_answered"]
    assert len(mapping.of("score")) == (11 if by_choice else 1)
    assert rows[3]["comment"] == "Le café était bon 3"
    assert rows[0]["answered_at"] == datetime(2025, 1, 11, 15, 5, 5, tzinfo=UTC)
    assert {meaning.slug for _, meaning in mapping.of("attribute")} == {"collector_id", "custom_data_1"}


def test_choices_that_are_numbered_from_one_are_asked_about(read, tmp_path):
    numbers = [*range(1, 12), *([11] * 20), *([9] * 9)]
    content = exports.surveymonkey(numbers, by_choice=False)
    mapping, _, _ = read(content)
    [question] = [one for one in mapping.questions if one.setting == "bands"]
    assert (question.must, mapping.problems) == (True, ())
    assert "1 stand for the score 0" in question.text
    told = Mapping.from_dict(mapping.answered(bands="one_to_eleven").to_dict())
    path = tmp_path / "again.csv"
    path.write_bytes(content)
    rows = [row["score"] for batch in convert(open_file(path), told) for row in batch.rows.to_pylist()]
    assert rows == [number - 1 for number in numbers]
    again = recognise(open_file(path), given=told)
    assert not again.problems
    assert "bands" not in {one.setting for one in again.questions}
    assert "one_to_eleven" in {note.code for note in again.notes}
    scores = Mapping.from_dict(mapping.answered(bands="as_they_are").to_dict())
    assert "bands" not in {one.setting for one in recognise(open_file(path), given=scores).questions}


@pytest.mark.parametrize("numbers", [[*range(11), *[11] * 30], [*range(1, 12)], [*range(1, 11)] * 9 + [11]])
def test_an_eleven_alone_proves_nothing(numbers, read):
    mapping, _, _ = read(exports.surveymonkey(numbers, by_choice=False))
    assert "bands" not in {one.setting for one in mapping.questions}


def test_two_marks_in_one_row_are_no_score(read):
    content = exports.surveymonkey([10, 3], by_choice=True).decode("cp1252")
    content = content.replace("silver,,,,,", "silver,0 - Not at all likely,,,,")
    _, rows, refused = read(content)
    assert [row["score"] for row in rows] == [3]
    assert [one.code for one in refused] == ["score_two"]


def test_typeform_with_repeated_names_and_answers_that_were_never_sent_off(read):
    mapping, rows, refused = read(exports.typeform([9, 10, "", 8]))
    assert {"Other", "Other (2)"} <= mapping.columns.keys()
    assert [one.code for one in refused] == ["not_answered"]
    assert rows[0]["answered_at"] == datetime(2025, 2, 1, 10, 0, tzinfo=UTC)  # begun, never sent off
    assert rows[1]["answered_at"] == datetime(2025, 2, 2, 10, 5, tzinfo=UTC)
    assert not mapping.questions
    assert fields(mapping)["Tags"] == "tags"


def test_what_wootric_excludes_does_not_count(read):
    _, rows, refused = read(exports.wootric([9, 10, 3], excluded=[1]))
    assert [row["score"] for row in rows] == [9, 3]
    assert [one.code for one in refused] == ["excluded"]
    assert rows[0]["answered_at"] == datetime.fromtimestamp(1_740_000_000, UTC)
    assert '"plan": "pro"' in rows[0]["attributes"]
    assert rows[0]["contact"] == "u0"


@pytest.mark.parametrize("vendor", ["asknicely", "delighted", "hubspot"])
def test_other_questions_than_nps_are_left_out(vendor, read):
    write = getattr(exports, vendor)
    _, rows, refused = read(write([9, 5, 4, 10], kinds=["NPS", "csat", "CES"]))
    assert [row["score"] for row in rows] == [9, 10]
    assert [one.code for one in refused] == ["other_question"] * 2
    assert "csat" in refused[0].reason


def test_what_is_no_segment_is_kept_beside_the_answer(read):
    rows = [[*exports.qualtrics_row(n), f"A long open answer, number {n}, to another question"] for n in range(70)]
    columns = [*exports.QUALTRICS_COLUMNS, "Q9"]
    ids = [*exports.QUALTRICS_COLUMNS.values(), '{"ImportId":"QID9_TEXT"}']
    mapping, *_ = read(exports.text([columns, columns, ids, *rows]))
    assert fields(mapping)["Q9"] == "beside"
    assert fields(mapping)["Plan"] == "attribute"
    lost = {column: meaning.why for column, meaning in mapping.columns.items() if meaning.field == "ignore"}
    assert all(lost.values())


# -- a person has the last word --------------------------------------------------------------------------------------


def test_a_person_says_whose_it_is_or_that_it_is_nobodys(read):
    content = exports.EXPORTS["delighted"]
    assert read(content, vendor=vendors.NONE)[0].vendor == ""
    assert read(content, vendor="wootric")[0].vendor == "wootric"
    with pytest.raises(BadMapping, match="qualtrics"):
        read(content, vendor="nobody-knows")


def test_a_file_that_may_be_somebodys_is_offered(read):
    mapping, *_ = read("answer,question_type,comment,date\n" + "9,nps,good,2025-01-02\n" * 12)
    assert mapping.vendor == ""
    assert mapping.notes[0].code == "vendor_offered"
    assert "AskNicely" in mapping.notes[0].message


def test_a_list_of_refused_rows_that_comes_back_mended_is_understood(read):
    rows = [exports.qualtrics_row(n, score="" if n < 3 else 9) for n in range(6)]
    _, _, refused = read(exports.qualtrics(rows))
    assert len(refused) == 3
    mended = "".join(refused_csv(refused)).replace(",,The answer", ",7,The answer")
    mapping, taken, left = read(mended, "mended.csv")
    assert not left
    assert mapping.vendor == "qualtrics"
    assert [(row["response"], row["score"]) for row in taken] == [(f"qualtrics:R_{n}", 7) for n in range(3)]


def test_a_report_without_a_server_reads_exports_the_same_way(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(exports.qualtrics([exports.qualtrics_row(n) for n in range(12)]), encoding="utf-8")
    table, notes, mapping = read_all([path])
    assert (table.num_rows, mapping.vendor) == (12, "qualtrics")
    assert "vendor" in {note.code for note in notes}
    assert read_all([path], vendor="none", score="Q7")[2].column("score") == "Q7"


# -- whatever is in the file -----------------------------------------------------------------------------------------

_CELLS = st.one_of(
    st.integers(-2, 12).map(str),
    st.sampled_from(["", "Survey Preview", "nps", "csat", "true", "False", "2025-01-02", "1740000000", '{"a": 1}']),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12),
)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(vendor=st.sampled_from(sorted(exports.EXPORTS)), data=st.data())
def test_no_file_breaks_a_reader_and_no_row_is_lost(vendor, data, tmp_path_factory):
    """Cells are replaced at will; then every row is taken, refused or left out, and nothing else happens."""
    content = exports.EXPORTS[vendor]
    lines = (content if isinstance(content, str) else content.decode("cp1252")).splitlines()
    source_rows = list(exports.csv.reader(lines))
    head = {"qualtrics": 3, "surveymonkey": 2}.get(vendor, 1)
    id_column = {"qualtrics": 6}.get(vendor, 0)
    for row in source_rows[head:]:
        for place in data.draw(st.sets(st.integers(0, len(row) - 1), max_size=4)) - {id_column}:
            row[place] = data.draw(_CELLS)
    path = tmp_path_factory.mktemp("any") / "export.csv"
    path.write_text(exports.text(source_rows), encoding="utf-8", newline="")
    try:
        source = open_file(path)
        mapping = recognise(source, vendor=vendor)
        batches = list(convert(source, mapping))
    except (BadMapping, UnreadableFile):
        return
    taken = sum(len(batch.rows) for batch in batches)
    refused = sum(len(batch.refused) for batch in batches)
    assert taken + refused == len(source_rows) - head
