"""What a person is told about a file: where the rows left out stand, and why a rating is no NPS."""

from __future__ import annotations

import pytest

from nineplus.connectors.files import BadMapping, read_all

HEAD = "id,score,comment,date\n"


def rows(first: int, scores) -> str:
    return "".join(f"{first + i},{score},fine,2026-01-05\n" for i, score in enumerate(scores))


def said(notes, code: str) -> str:
    (message,) = [note.message for note in notes if note.code == code]
    return message


def test_rows_left_out_are_told_with_their_lines(written):
    _, notes, _ = read_all([written(HEAD + rows(1, [9, 10, 11, 8, 12, 0, 9, 9, 9, 9, 9]))])
    assert said(notes, "score_out_of_range") == "Rows with a score outside 0 to 10 were left out. Lines 4 and 6."


def test_a_single_line_and_the_first_of_many(written):
    scores = [9, 9.5, *[9] * 40, *[11] * 7]
    _, notes, _ = read_all([written(HEAD + rows(1, scores))])
    assert said(notes, "score_fraction").endswith("left out. Line 3.")
    assert said(notes, "score_out_of_range").endswith("left out. Lines 44, 45, 46, 47, 48 and 2 more.")


def test_of_several_files_the_file_is_named(tmp_path):
    for name, first in (("nps_email.csv", 1), ("nps_web.csv", 100)):
        (tmp_path / name).write_text(HEAD + rows(first, [9, 8, 11, *[3] * 20]), encoding="utf-8")
    _, notes, _ = read_all(sorted(tmp_path.iterdir()))
    assert said(notes, "score_out_of_range").endswith("Lines 4 of nps_email.csv and 4 of nps_web.csv.")


@pytest.mark.parametrize("name", ["satisfaction_score", "CSAT", "stars", "Zufriedenheit"])
def test_a_rating_on_another_scale_is_refused_with_the_reason(written, name):
    path = written(f"ticket,{name},date\n" + "".join(f"T{i},{i % 5 + 1},2026-01-05\n" for i in range(40)))
    with pytest.raises(BadMapping, match=f"'{name}'.* 1 to 5.*not defined on it"):
        read_all([path])


def test_a_file_without_any_rating_names_its_columns_only(written):
    with pytest.raises(BadMapping) as refused:
        read_all([written("ticket,hours,date\n" + "".join(f"T{i},{i % 5 + 1},2026-01-05\n" for i in range(40)))])
    assert "not defined" not in str(refused.value)
    assert "ticket, hours, date" in str(refused.value)


def test_two_encodings_in_one_file_are_both_read_and_told(written):
    good = "1,9,fine,2026-01-05\n"
    old, new = "2,9,café,2026-01-05\n".encode("cp1252"), "3,9,naïve – ü,2026-01-05\n".encode()
    table, notes, _ = read_all([written(HEAD.encode() + good.encode() + old + new)])
    assert table["comment"].to_pylist() == ["fine", "café", "naïve – ü"]
    assert said(notes, "mixed_encoding")
