"""The folder survives kills, tells damage, forgets what is old, and is opened from any thread."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nineplus.mart import delta
from nineplus.mart.dataset import Attribute
from nineplus.mart.engines.duckdb import connect
from nineplus.mart.folder import open_dataset
from nineplus.mart.health import check
from nineplus.mart.increment import Changes
from nineplus.mart.rebuild import rebuild
from nineplus.mart.refresh import refresh
from nineplus.mart.schema import BIN
from tests.mart.rows import NOW, day, sources

REGION = [Attribute.of("region")]


class Company:
    """Responses of January and February in a mart of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.connection = connect()
        self.rows = [
            {
                "response": str(n),
                "score": n % 11,
                "answered_at": day(n),
                "attributes": f'{{"region": "{"ab"[n % 2]}", "size": "{n % 3}"}}',
            }
            for n in range(50)
        ]
        self.revision = 0

    def given(self):
        table = sources(responses=self.rows)["responses"]
        return {"responses": self.connection.create_table("responses", table, overwrite=True)}

    def told(self, attributes):
        self.revision += 1
        return {
            "folder": self.folder,
            "sources": self.given(),
            "attributes": attributes,
            "revision": self.revision,
            "now": NOW + timedelta(hours=2 * self.revision),
        }

    def rebuild(self, attributes=REGION):
        return rebuild(**self.told(attributes))

    def answer(self, key, attributes=REGION):
        self.rows.append({"response": key, "score": 10, "answered_at": day(1), "attributes": '{"region": "a"}'})
        return refresh(changed=Changes(changed={"responses": frozenset([key])}), **self.told(attributes))

    def count(self, **which):
        return open_dataset(folder=self.folder, **which).responses.count().to_pyarrow().as_py()


@pytest.fixture
def company(tmp_path):
    made = Company(tmp_path / "mart")
    made.rebuild()
    return made


def test_a_snapshot_stays_what_it_was(company):
    first = delta.latest(company.folder).id
    second = company.answer("new").id
    assert first != second
    assert (company.count(snapshot=first), company.count(snapshot=second), company.count()) == (50, 51, 51)


def test_a_refresh_rewrites_only_the_month_that_changed(company):
    def files():
        manifest = delta.latest(company.folder)
        return set(delta.files(delta.opened(company.folder, "responses", manifest.versions["responses"])))

    before = files()
    company.answer("new")
    assert {path.split("month=")[1][:7] for path in before ^ files()} == {"2026-01"}


def test_months_are_read_back_and_prune_the_scan(company):
    rows = open_dataset(folder=company.folder).responses
    months = rows.group_by("month").aggregate(n=rows.count()).order_by("month").to_pyarrow().to_pylist()
    assert [(str(row["month"]), row["n"]) for row in months] == [("2026-01-01", 31), ("2026-02-01", 19)]


def test_one_month_alone_says_which_it_is(company):
    """DuckDB 1.5.5 fails on MIN and MAX of a bare partition column when one file is left to read."""
    january = (rows := open_dataset(folder=company.folder).responses).filter(rows.month < date(2026, 2, 1))
    ends = january.aggregate(first=january.month.min(), last=january.month.max()).to_pyarrow().to_pylist()
    assert ends == [{"first": date(2026, 1, 1), "last": date(2026, 1, 1)}]


def test_nothing_changed_keeps_the_snapshot(company):
    before = delta.latest(company.folder)
    kept = refresh(changed=Changes(), **company.told(REGION))
    after = delta.latest(company.folder)
    assert (kept.id, after.id, after.revision) == (before.id, before.id, before.revision + 1)


def test_a_new_attribute_is_a_new_column_everywhere(company):
    company.answer("new", [*REGION, Attribute.of("size")])
    data = open_dataset(folder=company.folder)
    assert {"region", "size"} <= {attribute.slug for attribute in data.attributes}
    assert data.responses.a_size.nunique().to_pyarrow().as_py() == 3


def test_without_a_mart_there_is_a_typed_error(tmp_path):
    with pytest.raises(delta.NoMart):
        open_dataset(folder=tmp_path / "none")
    assert [note.code for note in check(tmp_path / "none")] == ["mart_missing"]


def lose_a_file(folder):
    next((folder / "responses").rglob("*.parquet")).unlink()


def cut_a_file(folder):
    path = next((folder / "responses").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])


def tear_the_manifest(folder):
    path = delta.manifests(folder)[-1]
    path.write_text(path.read_text()[:-40])


def change_the_manifest(folder):
    path = delta.manifests(folder)[-1]
    path.write_text(path.read_text().replace("responses", "responsen"))


def lose_the_log(folder):
    for path in (folder / "responses" / "_delta_log").iterdir():
        path.unlink()


def take_it_back_to_format_1(folder):
    """As it was written before facts stood there as bins."""
    before = delta.latest(folder)
    rows = delta.opened(folder, "responses", before.versions["responses"]).to_pyarrow_table()
    bare = rows.drop_columns([name for name in rows.column_names if name.endswith(BIN)])
    assert bare.num_columns < rows.num_columns
    version = delta.write_whole(folder, "responses", bare.to_reader())
    text = replace(before, versions={**before.versions, "responses": version}).to_json()
    body = json.loads(text)["manifest"].replace(f'"format": {delta.FORMAT}', '"format": 1')
    told = {"digest": hashlib.sha256(body.encode()).hexdigest(), "manifest": body}
    delta.manifests(folder)[-1].write_text(json.dumps(told))


@pytest.mark.parametrize(
    "harm",
    [lose_a_file, cut_a_file, tear_the_manifest, change_the_manifest, lose_the_log, take_it_back_to_format_1],
)
def test_damage_is_told_and_a_rebuild_mends_it(company, harm):
    harm(company.folder)
    with pytest.raises(delta.MartDamaged):
        open_dataset(folder=company.folder)
    with pytest.raises(delta.MartDamaged):
        company.answer("new")
    assert "mart_damaged" in {note.code for note in check(company.folder)}
    company.rebuild()
    assert open_dataset(folder=company.folder).responses.to_pyarrow().num_rows == 51
    assert check(company.folder) == []


def test_old_snapshots_go_with_their_files(company):
    for number in range(12):
        company.answer(f"n{number}")
    kept = delta.manifests(company.folder)
    assert len(kept) == 10
    live = {
        path
        for manifest in map(delta.load, kept)
        for path in delta.files(delta.opened(company.folder, "responses", manifest.versions["responses"]))
    }
    assert {str(path) for path in (company.folder / "responses").rglob("*.parquet")} == live


def _hold(folder, patience):
    with delta.writing(folder, patience=patience):
        return (folder / ".lock").stat().st_ino


def test_only_one_refresh_at_a_time(company):
    with delta.writing(company.folder), ThreadPoolExecutor() as others, pytest.raises(delta.MartBusy):
        others.submit(_hold, company.folder, 0.1).result()
    with delta.writing(company.folder), delta.writing(company.folder, patience=0.0):  # one's own hold is no obstacle
        pass


def test_who_waited_for_a_folder_that_was_put_aside_holds_the_new_one(company):
    with ThreadPoolExecutor() as others:
        with delta.writing(company.folder):
            waiting = others.submit(_hold, company.folder, 20.0)
            company.folder.rename(company.folder.with_name("aside"))
            company.folder.mkdir()
        assert waiting.result() == (company.folder / ".lock").stat().st_ino


def test_a_mart_that_reflects_more_than_the_store_has_is_made_anew(company):
    company.answer("n1")
    del company.rows[-1]  # a restore brought the store back and was killed before it brought the mart back
    told = company.told(REGION) | {"revision": delta.latest(company.folder).revision - 1}
    refresh(changed=Changes(), **told)
    assert company.count() == 50
    assert delta.latest(company.folder).revision == told["revision"]


def test_threads_share_a_snapshot(company):
    found, errors = [], []

    def ask():
        try:
            found.extend(company.count() for _ in range(3))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert found == [50] * 12


KILLED = """
import os, signal, sys
from pathlib import Path
from nineplus.mart import delta
from tests.mart.test_folder import Company
company = Company(Path(sys.argv[1]))
company.revision = 7
delta.publish = lambda *told: os.kill(os.getpid(), signal.SIGKILL)
company.answer("killed")
"""


def test_a_kill_in_the_middle_leaves_the_last_snapshot(company):
    before = delta.latest(company.folder)
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(company.folder)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert delta.latest(company.folder) == before
    assert company.count() == 50
    latest = delta.DeltaTable(company.folder / "responses").version()
    assert latest > before.versions["responses"], "the kill came after rows were written"
    company.answer("new")
    keys = open_dataset(folder=company.folder).responses.response.to_pyarrow().to_pylist()
    assert "new" in keys
    assert "killed" not in keys
