"""Writers of one SQLite file take turns: across threads and processes, in fair order, also when one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from nineplus.store.models import Preference
from nineplus.store.sqlite3 import turns
from nineplus.store.sqlite3.turns import Taken, Turns

pytestmark = pytest.mark.one_database("turns are SQLite's")

_BUSY = """
import sys
from nineplus.store.sqlite3.turns import Turns
mine, stop = Turns(sys.argv[1]), sys.stdin
number = 0
while number < 100_000:
    mine.take(seconds=30)
    number += 1
    with open(sys.argv[2], "w") as told:
        told.write(str(number))
    if number == 1:
        print("on", flush=True)
    mine.give_back()
"""
_HOLDS = """
import sys, time
from nineplus.store.sqlite3.turns import Turns
Turns(sys.argv[1]).take(seconds=30)
print("on", flush=True)
time.sleep(600)
"""


@contextmanager
def other(program: str, *given: object) -> Iterator[subprocess.Popen[str]]:
    """Another process, once it has had its first turn."""
    command = [sys.executable, "-c", program, *map(str, given)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_one_thread_at_a_time(tmp_path: Path) -> None:
    ours, inside, most = Turns(tmp_path / "d"), 0, 0

    def write() -> None:
        nonlocal inside, most
        for _ in range(200):
            ours.take(seconds=30)
            inside += 1
            most = max(most, inside)
            inside -= 1
            ours.give_back()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_who_writes_all_the_time_lets_another_process_in_between(tmp_path: Path) -> None:
    told = tmp_path / "told"
    ours = Turns(tmp_path / "d")
    with other(_BUSY, tmp_path / "d", told):
        seen: set[str] = set()
        for _ in range(50_000):  # taking it again at once, as often as one can
            ours.take(seconds=30)
            now = told.read_text()
            seen.add(now)
            assert told.read_text() == now  # it waits while we are in
            ours.give_back()
            if len(seen) == 5:
                return
    raise AssertionError(f"It got in {len(seen)} times only.")


def test_who_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    ours = Turns(tmp_path / "d")
    with other(_HOLDS, tmp_path / "d") as process:
        with pytest.raises(Taken):
            ours.take(seconds=0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        ours.take(seconds=30)
        ours.give_back()


def test_a_wait_that_was_given_up_leaves_nothing_taken(tmp_path: Path) -> None:
    ours, theirs = Turns(tmp_path / "d"), Turns(tmp_path / "d")  # as of two processes
    ours.take(seconds=1)
    with pytest.raises(Taken):
        theirs.take(seconds=0.01)
    ours.give_back()
    theirs.take(seconds=1)
    theirs.give_back()


def test_a_child_process_has_turns_of_its_own(tmp_path: Path) -> None:
    ours = turns.of(tmp_path / "d")
    ours.take(seconds=1)
    child = os.fork()
    if child == 0:
        try:
            turns.of(tmp_path / "d").take(seconds=0.01)
        except Taken:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    ours.give_back()


def test_a_folder_that_cannot_be_written_leaves_it_to_sqlite(tmp_path: Path) -> None:
    ours = Turns(tmp_path / "no such folder" / "d")
    ours.take(seconds=1)
    with pytest.raises(Taken):  # threads of one process wait for each other still
        ours.take(seconds=0.01)
    ours.give_back()


@pytest.fixture
def free(transactional_db: None) -> Turns:
    """The turns of the database, seen from another process."""
    connection.ensure_connection()
    return Turns(connection.settings_dict["NAME"])


def is_free(theirs: Turns) -> bool:
    try:
        theirs.take(seconds=0)
    except Taken:
        return False
    theirs.give_back()
    return True


def test_a_transaction_has_its_turn_from_begin_to_end(free: Turns) -> None:
    with transaction.atomic():
        assert not is_free(free)
        with transaction.atomic():
            Preference.objects.create(key="a", value=1)
        assert not is_free(free)
    assert is_free(free)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _ = 1 / 0
    assert is_free(free)


def test_a_closed_connection_gives_its_turn_back(free: Turns) -> None:
    with transaction.atomic():
        connection.close()
    assert is_free(free)


def test_a_statement_outside_of_a_transaction_waits_for_its_turn_and_a_question_does_not(free: Turns) -> None:
    Preference.objects.create(key="a", value=1)
    free.take(seconds=1)
    seconds, connection._seconds = connection._seconds, 0.01  # type: ignore[attr-defined]
    try:
        assert Preference.objects.get(key="a").value == 1
        with pytest.raises(OperationalError, match="locked"):
            Preference.objects.filter(key="a").update(value=2)
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
    finally:
        free.give_back()
        connection._seconds = seconds  # type: ignore[attr-defined]
    Preference.objects.filter(key="a").update(value=3)
    assert Preference.objects.get(key="a").value == 3
    assert is_free(free)
