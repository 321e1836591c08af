"""The quick way through a text table and the careful one give the same rows, lines and refusals, whatever it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nineplus.connectors.files import UnreadableFile, open_file, records
from nineplus.connectors.files.cutting import cut, nothing

PIECES = st.sampled_from(
    [
        *("a", "bc", ",", ",", '"', '""', "\n", "\n", "\r\n", "\r", "é", "\0", " ", 'x"y', '","', '"\n"'),
        *('1,"two\nlines",3\n', "1,2,3\n", '"a","b","c"\n', '"q""q",,\n', ",,\n", "1,2\n", "1,2,3,4\n"),
    ]
)


def walked(path: Path, encoding: str, width: int, size: int) -> tuple:
    rows, lines, broken, reached = [], [], [], 0
    try:
        for raw in records.batches(path, encoding, delimiter=",", begin=1, width=width, size=size):
            here = [*raw.lines.tolist(), *(one.line for one in raw.broken)]
            assert all(reached < line <= raw.last_line for line in here)  # a step can be gone on from
            reached = raw.last_line
            rows += zip(*(column.to_pylist() for column in raw.columns), strict=True)
            lines += raw.lines.tolist()
            broken += raw.broken
    except UnreadableFile as error:
        return (str(error),)
    return rows, lines, broken


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(PIECES, max_size=60).map("".join),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "not utf-8"]),
    width=st.integers(1, 3),
    size=st.sampled_from([1, 3, 1_000]),
    block=st.sampled_from([3, 20, 1 << 20]),
    careful=st.sampled_from([2, 1_000]),
)
@example(text='"\n\0', encoding="utf-8", width=1, size=1, block=3, careful=2)
def test_both_ways_give_the_same(tmp_path, text, encoding, width, size, block, careful):
    path = tmp_path / "any.csv"
    path.write_bytes(("h,e,ad\n" + text).encode("latin-1" if encoding == "not utf-8" else encoding))
    encoding = "utf-8" if encoding == "not utf-8" else encoding
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "cut", lambda *_, **__: nothing(faulty=True))
        expected = walked(path, encoding, width, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "BLOCK", block)
        patch.setattr(records, "_CAREFUL", careful)
        assert walked(path, encoding, width, size) == expected


def test_well_formed_text_needs_no_careful_reader(tmp_path, monkeypatch):
    path = tmp_path / "good.csv"
    rows = "".join(f'{i},"said ""so"", twice\nin two lines",9\r\n\r\n' for i in range(5_000))
    path.write_text("id,comment,score\n" + rows, encoding="utf-8", newline="")
    monkeypatch.setattr(records, "_one_by_one", None)
    monkeypatch.setattr(records, "BLOCK", 10_000)
    found, lines, broken = walked(path, "utf-8", 3, 1_000)
    assert len(found) == 5_000
    assert found[-1] == ("4999", 'said "so", twice\nin two lines', "9")
    assert lines == list(range(2, 15_002, 3))
    assert not broken


def test_a_fault_costs_care_for_some_rows_only(tmp_path, monkeypatch):
    path = tmp_path / "nearly.csv"
    good = "1,fine,9\n" * 3_000
    path.write_text(f'id,comment,score\n{good}2,5" pipe,8\n{good}3,a,b,7\n{good}', encoding="utf-8")
    seen = []
    honest = records._one_by_one

    def counted(*given):
        for fields in honest(*given):
            seen.append(fields)
            yield fields

    monkeypatch.setattr(records, "_one_by_one", counted)
    found, _, broken = walked(path, "utf-8", 3, 1_000)
    assert len(found) == 9_001
    assert found[3_000] == ("2", '5" pipe', "8")
    assert [(one.line, one.code) for one in broken] == [(6_003, "too_many_fields")]
    assert len(seen) <= 2 * records._CAREFUL


def test_a_file_cut_in_the_middle_of_a_character_is_told_with_its_line(tmp_path):
    path = tmp_path / "cut.csv"
    path.write_bytes(("id,score\n" + "1,9\n" * 100).encode("utf-16")[:-3])
    with pytest.raises(UnreadableFile, match="Line 101 cannot be read as utf-16"):
        open_file(path)


def test_only_whole_rows_are_cut():
    found = cut(b'1,"a\nb"\n2,"c', ",", 2, last=False)
    assert [column.to_pylist() for column in found.columns] == [["1"], ["a\nb"]]
    assert (found.used, found.lines, found.faulty) == (8, 2, False)
    assert cut(b'2,"c', ",", 2, last=True).faulty
