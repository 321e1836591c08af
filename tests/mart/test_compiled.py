"""SQL kept by the shape of an expression: the same text for other tables, and never the text of another question."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from nineplus.mart.engines import _compiled
from nineplus.mart.engines.duckdb import connect


@pytest.fixture
def counted(monkeypatch):
    """A backend with two tables of one shape, and how often it compiles."""
    monkeypatch.setattr(_compiled, "_kept", type(_compiled._kept)())
    monkeypatch.setattr("nineplus.mart.engines.duckdb.remembering", lambda backend: backend)
    backend = connect()
    times: list[int] = []
    real = backend.compile
    backend.compile = lambda *given, **more: times.append(1) or real(*given, **more)
    _compiled.remembering(backend)
    for name, numbers in (("a", [1, 2, 3]), ("b", [10, 20, 30])):
        backend.create_table(name, pa.table({"x": pa.array(numbers, pa.int64()), "y": ["p", "p", "q"]}))
    del times[:]
    return backend, times


def total(table: ibis.Table, least: object = 0) -> list[dict]:
    rows = table.filter(table.x >= least).group_by("y").agg(total=table.x.sum()).order_by("y")
    return rows.to_pyarrow().to_pylist()


def test_the_same_question_of_another_table_is_not_compiled_again(counted):
    backend, times = counted
    assert total(backend.table("a")) == [{"y": "p", "total": 3}, {"y": "q", "total": 3}]
    assert total(backend.table("b")) == [{"y": "p", "total": 30}, {"y": "q", "total": 30}]
    assert len(times) == 1


@pytest.mark.parametrize("least", [2, 2.0, 3], ids=repr)
def test_another_number_is_another_question(counted, least):
    backend, _ = counted
    total(backend.table("a"), 1)
    [*rows] = total(backend.table("a"), least)
    assert sum(row["total"] for row in rows) == sum(x for x in (1, 2, 3) if x >= least)


def test_joins_keep_their_tables_apart(counted):
    backend, times = counted
    a, b = backend.table("a"), backend.table("b")

    def joined(left: ibis.Table, right: ibis.Table) -> int:
        return left.join(right, left.y == right.y).agg(n=left.x.max() - right.x.max()).to_pyarrow()["n"].to_pylist()[0]

    assert joined(a, b) == 3 - 30
    assert joined(b, a) == 30 - 3
    assert len(times) == 1
    assert joined(a, a.view()) == 0


def test_a_column_may_be_called_as_a_table_is(counted):
    backend, _ = counted
    for name, number in (("x", 7), ("z", 8)):
        backend.create_table(name, pa.table({"x": pa.array([number], pa.int64()), "y": ["p"]}))
    assert [total(backend.table(name)) for name in ("x", "z")] == [[{"y": "p", "total": n}] for n in (7, 8)]


def test_rows_in_memory_are_read_each_time(counted):
    backend, _ = counted

    def of(*numbers: int) -> int:
        rows = backend.table("a").semi_join(ibis.memtable({"x": list(numbers)}), "x")
        return int(rows.count().to_pyarrow().as_py())

    assert (of(1, 2), of(3), of(9)) == (2, 1, 0)


def test_a_limit_is_part_of_the_question(counted):
    backend, _ = counted
    table = backend.table("a").order_by("x")
    assert [len(table.to_pyarrow(limit=n)) for n in (1, 2)] == [1, 2]
