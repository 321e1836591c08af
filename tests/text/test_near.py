"""Search by meaning: exact, resumable after a crash, and forgetting for good."""

import numpy as np
import pytest

from nineplus.text.near import Near, WrongIndex


@pytest.fixture
def rows():
    made = np.random.default_rng(4).normal(size=(300, 16)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_the_nearest_are_those_of_the_whole_matrix(tmp_path, rows, monkeypatch):
    monkeypatch.setattr("nineplus.text.near._AT_ONCE", 37)
    index = Near(tmp_path / "near", width=16)
    index.add(range(100), rows[:100])
    index.add(range(100, 300), rows[100:])
    found = Near(tmp_path / "near", width=16).search(rows[7], count=5, least=-1)
    assert [each.number for each in found] == np.argsort(-(rows @ rows[7]))[:5].tolist()
    assert found[0].likeness == pytest.approx(1, abs=0.002)


def test_a_number_with_many_rows_comes_once(tmp_path, rows):
    index = Near(tmp_path, width=16)
    index.add([5, 5, 6], rows[[0, 0, 1]])
    assert [each.number for each in index.search(rows[0], least=-1)] == [5, 6]


def test_what_was_half_written_does_not_count(tmp_path, rows):
    index = Near(tmp_path, width=16)
    index.add([1, 2], rows[:2])
    with (tmp_path / "rows.f16").open("ab") as file:
        file.write(b"half a row")
    again = Near(tmp_path, width=16)
    assert len(again) == 2
    again.add([3], rows[2:3])
    assert [each.number for each in again.search(rows[2], count=1)] == [3]


def test_what_is_forgotten_is_gone_from_the_files(tmp_path, rows):
    index = Near(tmp_path, width=16)
    index.add([1, 2, 3], rows[:3])
    assert index.forget({2, 99}) == 1
    assert 2 not in [each.number for each in index.search(rows[1], least=-1)]
    assert rows[1].astype("<f2").tobytes() not in (tmp_path / "rows.f16").read_bytes()
    index.compact()
    assert len(index) == 2
    assert [each.number for each in index.search(rows[2], count=1)] == [3]


def test_written_anew_after_a_kill_it_has_each_once_and_nothing_of_those_forgotten_since(tmp_path, rows, monkeypatch):
    index = Near(tmp_path, width=16)
    index.add([1, 2, 3, 4], rows[:4])
    index.forget({1})
    with monkeypatch.context() as killed:
        killed.setattr(Near, "mend", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            index.compact()
    (tmp_path / "anew" / "whole").replace(tmp_path / "anew" / "index.json")  # killed before all was written
    index.forget({2})
    index.compact()
    assert len(index) == 2
    assert rows[1].astype("<f2").tobytes() not in (tmp_path / "rows.f16").read_bytes()
    assert not (tmp_path / "anew").exists()


def test_written_anew_and_killed_between_two_files_they_fit_again(tmp_path, rows, monkeypatch):
    index = Near(tmp_path, width=16)
    index.add([1, 2, 3], rows[:3])
    index.forget({1})
    with monkeypatch.context() as killed:
        killed.setattr(Near, "mend", lambda self: None)
        index.compact()
    (tmp_path / "anew" / "rows.f16").replace(tmp_path / "rows.f16")
    index.mend()
    assert [each.number for each in index.search(rows[2], count=1)] == [3]
    assert len(index) == 2


def test_another_encoder_is_refused(tmp_path, rows):
    Near(tmp_path, width=16)
    with pytest.raises(WrongIndex):
        Near(tmp_path, width=8)


def test_rows_that_do_not_fit_are_refused(tmp_path, rows):
    index = Near(tmp_path, width=16)
    with pytest.raises(ValueError, match="need rows"):
        index.add([1], rows[:2])
    assert Near(tmp_path, width=16).search(rows[0]) == []
