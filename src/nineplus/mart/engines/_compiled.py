"""SQL of expressions, kept by their structure: a page asks the same questions of every new snapshot.

Building SQL takes Ibis longer than a small snapshot takes DuckDB to answer. Which tables an expression reads is left
out of what it is known by, so that the next snapshot, whose views have other names, finds the text of the last one.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend
from ibis.common.graph import Graph

_MOST = 512
_LONGEST = 5_000
"""Nodes of an expression; nobody asks that twice."""

_NAMED = r'((?:FROM|JOIN) (?:"[^"]+"\.){{0,2}})"{}"'

_lock = Lock()
_kept: OrderedDict[Hashable, list[str]] = OrderedDict()


def remembering(backend: Backend) -> Backend:
    """The same backend, which compiles what is shaped alike once in this process."""
    backend.compile = _remembered(backend.compile)  # type: ignore[method-assign]
    return backend


def _remembered(compile: Callable[..., str]) -> Callable[..., str]:
    def compiled(expr: ir.Expr, /, *, limit: Any = None, params: Any = None, pretty: bool = False) -> str:
        found = None if params or pretty else _shape(expr.op())
        if found is None:
            return compile(expr, limit=limit, params=params, pretty=pretty)
        shape, tables = found
        key = (shape, limit)
        with _lock:
            parts = _kept.get(key)
            if parts:
                _kept.move_to_end(key)
        if parts is None:
            sql = compile(expr, limit=limit)
            parts = _cut(sql, tables)
            if {int(number) for number in parts[1::2]} != set(range(len(tables))):
                return sql  # written in a way that is not known here
            with _lock:
                _kept[key] = parts
                while len(_kept) > _MOST:
                    _kept.popitem(last=False)
        return "".join(f'"{tables[int(part)]}"' if place % 2 else part for place, part in enumerate(parts))

    return compiled


def _shape(op: ops.Node) -> tuple[Hashable, list[str]] | None:
    """The expression without the names of its tables, and these in order; None for what must be compiled each time."""
    places: dict[ops.Node, int] = {}
    told: list[Hashable] = []
    tables: list[str] = []
    order, _ = Graph.from_bfs(op).toposort()
    if len(order) > _LONGEST:
        return None
    for node in order:
        if isinstance(node, ops.InMemoryTable | ops.SQLQueryResult | ops.SQLStringView):
            return None
        if isinstance(node, ops.DatabaseTable):
            told.append(("table", len(tables), node.schema, node.namespace))
            tables.append(node.name)
        else:
            try:
                told.append((type(node), *(_flat(value, places) for value in node.__args__)))
            except TypeError:  # holds something that cannot be compared
                return None
        places[node] = len(places)
    if len(set(tables)) < len(tables) or any('"' in name for name in tables):
        return None
    return tuple(told), tables


def _flat(value: Any, places: Mapping[ops.Node, int]) -> Hashable:
    """A node by its place, what holds nodes likewise, all else as it is; 1, 1.0 and True are told apart."""
    if isinstance(value, ops.Node):
        return ("node", places[value])
    if isinstance(value, tuple | list):
        return tuple(_flat(one, places) for one in value)
    if isinstance(value, Mapping):
        return tuple((name, _flat(one, places)) for name, one in value.items())
    hash(value)
    return type(value), value


def _cut(sql: str, tables: list[str]) -> list[str]:
    """The text around the names of tables, and between two such texts the number of the table named there.

    A column may be called as a table is, so only what rows are taken from is a table.
    """
    parts = [sql]
    for number, name in enumerate(tables):
        cut: list[str] = []
        for place, part in enumerate(parts):
            if place % 2:
                cut.append(part)
                continue
            *pieces, last = re.split(_NAMED.format(re.escape(name)), part)
            for before, begins in zip(pieces[::2], pieces[1::2], strict=True):
                cut += [before + begins, str(number)]
            cut.append(last)
        parts = cut
    return parts
