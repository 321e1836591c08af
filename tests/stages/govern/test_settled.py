"""What is set seldom is read once for a batch, and anew a second later, and by everybody else each time."""

from __future__ import annotations

import pytest

from nineplus.stages.govern import settled
from nineplus.stages.govern.settled import for_a_batch, read_once


def test_outside_of_a_batch_everything_is_read_anew():
    asked: list[str] = []
    read = read_once(lambda name: asked.append(name))
    read("a"), read("a")
    assert asked == ["a", "a"]


def test_in_a_batch_each_question_is_asked_once_and_a_second_later_again(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    clock = [100.0]
    monkeypatch.setattr(settled.time, "monotonic", lambda: clock[0])

    @read_once
    def read(name: str) -> int:
        asked.append(name)
        return len(asked)

    with for_a_batch():
        assert [read("a"), read("a"), read("b"), read("a")] == [1, 1, 2, 1]
        clock[0] += 1.01
        assert read("a") == 3
    with for_a_batch():  # the next batch knows nothing
        assert read("a") == 4
    assert asked == ["a", "b", "a", "a"]


def test_what_failed_is_asked_again():
    failing = [True]

    @read_once
    def read() -> str:
        if failing.pop(0):
            raise OSError("away")
        return "there"

    failing.append(False)
    with for_a_batch():
        with pytest.raises(OSError, match="away"):
            read()
        assert read() == "there"
