"""Files that are no tables, or damaged ones: a sentence, or the good rows and the reasons for the others."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from nineplus.connectors.files import UnreadableFile, open_file, read_all, recognise

HEAD = "id,score,comment,date\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (HEAD.encode(), "header but no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "image"),
        (bytes(range(256)) * 200, "binary"),
        (b"%PDF-1.7 \n%\xe2\xe3", "PDF"),
        (b"\x1f\x8b\x08\x00" + b"x" * 100, "compressed"),
        (b"PK\x03\x04" + b"\x00" * 100, "zip"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "database"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(written, content, says):
    with pytest.raises(UnreadableFile, match=says):
        open_file(written(content))


def test_missing_file_and_folder_are_told(tmp_path):
    with pytest.raises(UnreadableFile, match="no file"):
        open_file(tmp_path / "nothing.csv")
    with pytest.raises(UnreadableFile, match="folder"):
        open_file(tmp_path)


def test_a_line_of_a_gigabyte_is_refused_without_being_read(tmp_path: Path):
    path = tmp_path / "one-line.csv"
    with path.open("wb") as file:
        file.write(b"id,score\n1,")
        file.seek(1 << 30)  # a hole: it takes no room on the disk
        file.write(b"9\n")
    # holes read as NUL; as text it is the same story
    with pytest.raises(UnreadableFile, match=r"binary|longer than"):
        open_file(path)
    text = tmp_path / "text.csv"
    text.write_bytes(b"id,score\n" + b"x" * 5_000_000)
    with pytest.raises(UnreadableFile, match="Line 2 is longer than"):
        open_file(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_any_encoding_gives_the_same_rows(written, encoding):
    text = "Punktzahl;Kommentar;Datum\n" + "9;Schöne Grüße, sehr gut geführt;31.12.2024\n" * 20
    table, _, mapping = read_all([written(text, encoding=encoding)])
    assert table.column("comment").unique().to_pylist() == ["Schöne Grüße, sehr gut geführt"]
    assert mapping.columns["Datum"].order == "dmy"


def test_mixed_encodings_in_one_file_are_mended_line_by_line(written):
    lines = [HEAD.encode()] + [f"{i},9,größer,2024-01-02\n".encode() for i in range(30)]
    lines.append("99,9,größer,2024-01-02\n".encode("cp1252"))
    table, notes, _ = read_all([written(b"".join(lines))])
    assert table.column("comment").unique().to_pylist() == ["größer"]
    assert next(note.rows for note in notes if note.code == "mixed_encoding") == 1


def test_nul_bytes_are_dropped_and_counted(written):
    table, notes, _ = read_all([written(HEAD.encode() + b"1,9,fine\x00 work,2024-01-02\n2,8,ok then,2024-01-03\n")])
    assert table.column("comment").to_pylist() == ["fine work", "ok then"]
    assert next(note.rows for note in notes if note.code == "nul_characters") == 1


def test_formulas_stay_text(taken):
    rows, _, _, _ = taken(HEAD + '1,9,=cmd|"/c calc"!A0,2024-01-02\n')
    assert rows[0]["comment"] == '=cmd|"/c calc"!A0'


@pytest.mark.parametrize("tail", ["", "and more\n" * 3, '5,5,"closed later",2024-01-02\n6,6,x,2024-01-02\n'])
def test_a_quotation_mark_never_closed_costs_its_own_line_only(taken, tail):
    good = "".join(f"{i},9,good,2024-01-02\n" for i in range(10, 15))
    rows, refused, _, _ = taken(HEAD + "1,9,good,2024-01-02\n" + '2,9,"open,2024-01-02\n' + good + tail)
    assert [row["response"] for row in rows][:6] == ["1", "10", "11", "12", "13", "14"]
    assert refused[0].line == 3
    assert refused[0].code == "unclosed_quote"


def test_lines_are_those_of_the_file_even_when_fields_span_lines(taken):
    rows, refused, _, _ = taken(HEAD + '1,9,"two\nlines",2024-01-02\n\n2,11,x,2024-01-02\n3,9,y,2024-01-02\n')
    assert [row["response"] for row in rows] == ["1", "3"]
    assert [(one.line, one.code) for one in refused] == [(5, "score_out_of_range")]


def test_too_many_fields_are_refused_and_missing_ones_are_blank(taken):
    rows, refused, _, _ = taken(HEAD + "1,9,a,b,2024-01-02\n2,9,fine,2024-01-02,,\n3,8,c,2024-01-02\n")
    assert [row["response"] for row in rows] == ["2", "3"]
    assert [(one.line, one.code) for one in refused] == [(2, "too_many_fields")]


@pytest.mark.parametrize("line", ["a", "title of the report\n\n", "sep=;\n"])
def test_titles_above_the_header_are_skipped(written, line):
    text = line + ("" if line != "a" else "\n") + "Score;Date\n" + "9;2024-01-02\n" * 5
    source = open_file(written(text))
    assert source.columns == ("Score", "Date")


def test_repeated_blank_and_quoted_header_names_become_distinct(written):
    source = open_file(written('Other,Other,,"My\nscore",other\n1,2,3,9,5\n1,2,3,9,5\n'))
    assert source.columns == ("Other", "Other (2)", "column 3", "My score", "other (3)")


def test_survey_tools_with_two_and_three_header_rows(written):
    monkey = (
        "Respondent ID,Start Date,How likely are you to recommend us?,,Why?\n,,Response,Other,Open-Ended Response\n"
    )
    monkey += "".join(f"{i},01/13/2024 10:00:00 AM,9,,because {i}\n" for i in range(12))
    table, _, mapping = read_all([written(monkey)])
    assert table.num_rows == 12
    assert mapping.column("score") == "How likely are you to recommend us?"
    qualtrics = (
        "RecordedDate,ResponseId,Q1,Q2,Q1_NPS_GROUP\nRecorded Date,Response ID,How likely to recommend,Why,Group\n"
    )
    qualtrics += '"{""ImportId"":""recordedDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}",'
    qualtrics += '"{""ImportId"":""QID2""}","{""ImportId"":""QID1_NPS_GROUP""}"\n'
    qualtrics += "".join(f"2024-01-0{i} 10:00:00,R_{i},10,a good reason here,Promoter\n" for i in range(1, 9))
    table, _, mapping = read_all([written(qualtrics)])
    assert table.column("score").to_pylist() == [10] * 8
    assert mapping.columns["Q1_NPS_GROUP"].field == "group"


def test_no_header_at_all(written):
    source = open_file(
        written("2024-01-02,9,anna@example.org\n2024-01-03,7,ben@example.org\n2024-01-04,3,c@example.org\n")
    )
    assert source.columns == ("column 1", "column 2", "column 3")
    assert recognise(source, "responses").column("answered_at") == "column 1"


def test_the_same_lines_come_out_for_any_start_line(written):
    from nineplus.connectors.files import convert
    from nineplus.connectors.files import source as module

    text = "score,date\n" + "9,2024-01-02\n" * 50_000
    source = open_file(written(text))
    mapping = recognise(source)
    whole = [batch.keys.to_pylist() for batch in convert(source, mapping)]
    later = [batch.keys.to_pylist() for batch in convert(source, mapping, start_line=module.BATCH + 1)]
    assert len(whole) == 3
    assert later == whole[1:]
    assert len({key for keys in whole for key in keys}) == 50_000


_PARTS = {
    "[Content_Types].xml": '<Types xmlns="{p}package/2006/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="{p}package/2006/relationships"><Relationship Id="rId1" '
    'Type="{p}officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="{p}spreadsheetml/2006/main" xmlns:r="{p}officeDocument/2006/relationships">'
    '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="{p}package/2006/relationships"><Relationship Id="rId1" '
    'Type="{p}officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": '<worksheet xmlns="{p}spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>score</t></is></c></row><row r="2"><c r="A2"><v>9</v></c></row>'
    '<row r="{last}"><c r="{corner}{last}"><v>9</v></c></row></sheetData></worksheet>',
}


def _workbook(path: Path, *, corner: str, last: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            filled = text.format(p="http://schemas.openxmlformats.org/", corner=corner, last=last)
            archive.writestr(name, '<?xml version="1.0"?>' + filled)
    return path


def test_a_workbook_with_one_cell_in_its_last_corner_is_refused_and_ends_nothing(tmp_path):
    """The reader lays out every cell between: half a terabyte for a file of 1 kB."""
    bomb = _workbook(tmp_path / "bomb.xlsx", corner="XFD", last=1_048_576)
    assert bomb.stat().st_size < 4_000
    with pytest.raises(UnreadableFile, match="too large to unpack"):
        open_file(bomb)
    assert open_file(_workbook(tmp_path / "small.xlsx", corner="A", last=4)).columns == ("score",)


@pytest.mark.parametrize("whole", [False, True])
def test_json_nested_without_end_is_no_row(written, whole):
    deep = '{"a":' * 100_000
    if whole:
        with pytest.raises(UnreadableFile, match="damaged"):
            open_file(written(f'[{{"score": 9}}, {deep}'.encode(), name="a.json"))
        return
    source = open_file(written(f'{{"score": 9}}\n{deep}\n'.encode(), name="a.jsonl"))
    raw = next(source.batches())
    assert (len(raw), [row.code for row in raw.broken]) == (1, ["no_json_object"])
