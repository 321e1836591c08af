"""The sample company as the files that a real one would bring: one CSV per kind, attributes as columns."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from nineplus.sample.company import Company

KINDS = ("accounts", "contacts", "tickets", "ticket_events", "responses", "invitations", "movements")


def export(company: Company, *, folder: Path) -> list[Path]:
    """Write one CSV per kind into the folder (made when missing); files of those names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in KINDS:
        path = folder / f"{kind}.csv"
        pacsv.write_csv(_flat(company.sources[kind]), path)
        written.append(path)
    return written


def _flat(table: pa.Table) -> pa.Table:
    """Attributes spread into columns of their own; columns that are empty throughout are left out."""
    if "attributes" in table.column_names:
        rows = [json.loads(text) for text in table["attributes"].to_pylist()]
        slugs = dict.fromkeys(slug for row in rows for slug in row)
        table = table.drop_columns(["attributes"])
        for slug in slugs:
            table = table.append_column(slug, pa.array([row.get(slug) for row in rows], pa.string()))
    return table.select([name for name in table.column_names if table[name].null_count < table.num_rows])
