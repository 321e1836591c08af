"""The start is quick because what analyses need is loaded behind the first answer, not before it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.fixtures.site import environment_for

HEAVY = ("ibis", "duckdb", "deltalake", "pandas", "scipy", "sqlglot")


def loaded_by(lines: str, home) -> set[str]:
    """Which of the heavy packages a process has loaded after these lines."""
    return set(run(lines, home).stdout.split())


def run(lines: str, home) -> subprocess.CompletedProcess[str]:
    """A process of these lines that ends with saying which of the heavy packages it has loaded."""
    lines += f"\nimport sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    environment = environment_for(home, DJANGO_SETTINGS_MODULE="nineplus.settings")
    return subprocess.run(
        [sys.executable, "-c", lines], env=environment, capture_output=True, text=True, timeout=60, check=True
    )


@pytest.mark.parametrize(
    "lines",
    [
        "import nineplus.wsgi",  # every address, so every page
        "import django; django.setup(); import nineplus.jobs.worker",
        "import nineplus.cli; nineplus.cli.complete()",
    ],
)
def test_no_engine_is_loaded_before_it_is_needed(lines, tmp_path):
    assert loaded_by(lines, tmp_path) == set()


def test_the_engines_are_loaded_by_whoever_needs_them_first(tmp_path):
    lines = """
from threading import Thread
from nineplus import mart
first, second = Thread(target=mart.warm), Thread(target=mart.warm)
first.start(), second.start(), first.join(), second.join()
from nineplus.mart.folder import open_dataset
"""
    assert loaded_by(lines, tmp_path) >= {"ibis", "duckdb", "deltalake"}


def test_an_answer_in_arrow_loads_no_pandas_and_a_frame_is_to_be_had_all_the_same(tmp_path):
    lines = """
import sys
from nineplus.mart.engines import duckdb
engine = duckdb.connect()
engine.con.execute("CREATE TABLE t AS SELECT 1 AS a, [1.5] AS list UNION ALL SELECT 2, NULL")
table = engine.table("t")
assert table.a.sum().to_pyarrow().as_py() == 3
print("pandas" in sys.modules)
assert table.a.sum().execute() == 3
assert table.order_by("a").to_pandas()["list"][1] is None
"""
    assert run(lines, tmp_path).stdout.split()[0] == "False"


def test_the_first_page_is_worked_out_before_anybody_asks_for_it(tmp_path):
    lines = """
from threading import Event
from types import SimpleNamespace
import nineplus.wsgi
from nineplus.stages import analyze
from nineplus.stages.analyze import overview
nineplus.wsgi.LOOK_EVERY = 0.01
prepared = Event()
looks = []
def found(now):
    looks.append(now)
    if len(looks) < 4:
        raise KeyError if len(looks) < 3 else OSError
    return SimpleNamespace(snapshot="1-a")
analyze.dataset = found
overview.prepare = lambda now: prepared.set()
nineplus.wsgi._answered.set()  # what the first answer does, be it to /ready
assert prepared.wait(30)
"""
    done = run(lines, tmp_path)
    assert "ibis" in done.stdout.split()
    assert re.findall(r"not_prepared.*reason\W*(\w+)", done.stderr) == ["KeyError", "OSError"]  # the same says nothing
