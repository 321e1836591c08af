"""The star in memory, without files or store: for the report, the notebook and tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from nineplus.mart.attributes import distinct_values, slugs, usable
from nineplus.mart.bins import with_bins
from nineplus.mart.build import Plan, shaped
from nineplus.mart.cluster import bucket_of, cluster_of
from nineplus.mart.dataset import BUILT_IN, Attribute, Dataset
from nineplus.mart.engines.duckdb import connect
from nineplus.mart.instants import month_anywhere
from nineplus.mart.schema import ATTRIBUTE_PREFIX, MART, SOURCES
from nineplus.mart.workspace import Workspace
from nineplus.model import Marker, Note, Snapshot
from nineplus.model.attribution import LinkRule


def dataset(
    sources: Mapping[str, Any],
    *,
    now: datetime,
    attributes: Sequence[Attribute] | None = None,
    notes: Sequence[Note] = (),
    markers: Sequence[Marker] = (),
    rule: LinkRule = LinkRule(),  # noqa: B008 - frozen
    connection: Backend | None = None,
) -> Dataset:
    """The whole star of these canonical rows, computed now, in memory.

    `sources` maps SOURCES names to Arrow tables, DuckDB relations or Ibis tables; missing ones are missing.
    `attributes` None: every member of the rows' attributes by which one can segment; what was left out is
    noted. The snapshot's id is the digest of the content: the same rows have the same id.
    """
    engine = connection or connect()
    rows = {name: _loaded(engine, name, sources[name]) for name in SOURCES if sources.get(name) is not None}
    if attributes is None:
        attributes = [
            Attribute.of(slug) for slug in slugs(rows.get(name) for name in ("responses", "contacts", "accounts"))
        ]

    made = tuple(attribute for attribute in attributes if attribute.column.startswith(ATTRIBUTE_PREFIX))
    with Workspace(rows, Plan(attributes=made, rule=rule), connection=engine) as work:
        work.all_rows()
        for stage in work.statements.intermediate:
            work.run(stage)
        for name in work.statements.final:
            work.execute(f"CREATE OR REPLACE TABLE mart_{name} AS {work.statements.sql(name)}")
        tables = {name: engine.table(f"mart_{name}") for name in work.statements.final}
    candidates = (*attributes, *BUILT_IN)
    count, values = distinct_values(tables["responses"], [attribute.column for attribute in candidates])
    chosen, left_out = usable(candidates, rows=count, values=values)
    return Dataset.of(
        tables,
        attributes=chosen,
        markers=tuple(markers),
        snapshot=Snapshot(id=_digest(engine, rows, rule), made_at=now, rows=count),
        notes=(*notes, *left_out),
        rule=rule,
    )


def from_table(
    table: ir.Table,
    *,
    now: datetime | None = None,
    attributes: Sequence[Attribute] | None = None,
    notes: Sequence[Note] = (),
    markers: Sequence[Marker] = (),
) -> Dataset:
    """Any Ibis table with a `score` column as a Dataset, on its own engine and without copying.

    Columns named as in MART `responses` are taken as such; every other text column becomes an attribute
    (`region` as `a_region`); the rest is null, month, cluster and bucket are computed. Without account,
    contact or response every row is its own cluster. A score that is not a whole number from 0 to 10 makes its
    row no answer; how many there were is noted. Raises ValueError when there is no score.
    """
    if "score" not in table.columns:
        raise ValueError("The table has no column named score.")
    table, strange = _scored(table)
    if "response" not in table.columns:
        table = table.mutate(response=ibis.row_number().cast("string"))
    computed: dict[str, ir.Value] = {}
    if "answered_at" in table.columns:
        table = table.mutate(answered_at=table.answered_at.cast("timestamp('UTC', 6)"))
        if "month" not in table.columns:
            computed["month"] = month_anywhere(table.answered_at)
    texts = {name: table[name].cast("string") for name in ("response", "account", "contact") if name in table.columns}
    table = table.mutate(**texts)
    if "cluster" not in table.columns:
        computed["cluster"] = cluster_of(**{name: table[name] for name in texts})
    table = table.mutate(**computed)
    if "bucket" not in table.columns:
        table = table.mutate(bucket=bucket_of(table.cluster))
    others = [name for name in table.columns if name not in MART["responses"].names]
    if attributes is None:
        attributes = [
            Attribute.of(name.removeprefix(ATTRIBUTE_PREFIX))
            for name in others
            if table[name].type().is_string() or table[name].type().is_boolean() or table[name].type().is_integer()
        ]
    for attribute in attributes:
        if attribute.column not in table.columns:
            table = table.mutate(**{attribute.column: table[attribute.slug].cast("string")})
    made = [attribute for attribute in attributes if attribute.column.startswith(ATTRIBUTE_PREFIX)]
    responses = with_bins(shaped("responses", table, made))
    candidates = (*attributes, *BUILT_IN)
    count, values = distinct_values(responses, [attribute.column for attribute in candidates])
    chosen, left_out = usable(candidates, rows=count, values=values)
    return Dataset(
        responses=responses,
        attributes=chosen,
        markers=tuple(markers),
        snapshot=Snapshot(id="table", made_at=now, rows=count) if now else None,
        notes=(*notes, *strange, *left_out),
    )


def _scored(table: ir.Table) -> tuple[ir.Table, list[Note]]:
    """The table with scores from 0 to 10 or none, and what was set aside. Never rounded: 8.5 is no answer."""
    kind = table.score.type()
    if not (kind.is_numeric() or kind.is_string()):
        raise ValueError(f"The column score holds {kind}, not numbers from 0 to 10.")
    score = table.score.try_cast("float64") if kind.is_string() else table.score.cast("float64")
    whole = score.between(0, 10) & (score == score.floor())
    strange = (table.score.notnull() & ~whole.fill_null(False)).sum().to_pyarrow().as_py() or 0
    if not strange and kind.is_integer():
        return table, []
    table = table.mutate(score=ibis.cases((whole, score)).cast("int64"))
    said = "Rows with a score that is no whole number from 0 to 10 are no answers and were left out."
    return table, [Note("score_out_of_range", strange, said)] if strange else []


def _loaded(engine: Backend, name: str, rows: Any) -> ir.Table:
    """Those rows as a table of this engine; Arrow tables are not copied."""
    if isinstance(rows, ir.Table):
        if rows._find_backend(use_default=False) is engine:
            return rows
        rows = rows.to_pyarrow()
    elif not isinstance(rows, pa.Table):
        rows = rows.to_arrow_table()
    engine.con.register(f"source_{name}", rows)
    return engine.table(f"source_{name}")


def _digest(engine: Backend, rows: Mapping[str, ir.Table], rule: LinkRule) -> str:
    """Independent of the order of rows: the sum of the rows' own digests."""
    whole = hashlib.sha256(f"rule {rule.digest}".encode())
    for name, table in sorted(rows.items()):
        columns = ", ".join(f'"{column}"' for column in sorted(table.columns))
        inner = ibis.to_sql(table, dialect="duckdb")
        digest = f"md5_number_lower(CAST(ROW({columns}) AS VARCHAR))::HUGEINT"
        query = f"SELECT count(*), sum({digest}) FROM ({inner})"
        count, total = engine.con.execute(query).fetchone() or (0, 0)
        whole.update(f"\n{name} {columns} {count} {total}".encode())
    return whole.hexdigest()[:12]
