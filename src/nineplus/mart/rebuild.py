"""Everything anew: the whole star computed from all rows and published as a new snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir

from nineplus.mart import delta
from nineplus.mart.attributes import distinct_values
from nineplus.mart.build import Plan
from nineplus.mart.dataset import BUILT_IN, Attribute
from nineplus.mart.engines.duckdb import ENGINE
from nineplus.mart.facts import KNOWN
from nineplus.mart.folder import read_manifest
from nineplus.mart.plan import table_name
from nineplus.mart.workspace import Sources, Workspace
from nineplus.model import Snapshot
from nineplus.model.attribution import LinkRule

Progress = Callable[[str, int, int], None]
"""Called with what comes next, how many steps are done and how many there are."""


def rebuild(
    *,
    folder: Path,
    sources: Sources,
    attributes: Sequence[Attribute],
    revision: int,
    now: datetime,
    rule: LinkRule = LinkRule(),  # noqa: B008 - frozen
    progress: Progress | None = None,
) -> Snapshot:
    """Write the whole star anew, whatever the folder holds, and publish it as a new snapshot. Raises MartBusy.

    `progress` is told before every step; what it raises ends the rebuild, and the snapshot before it stays.
    """
    with delta.writing(folder):
        return anew(folder, sources, attributes, revision, now, rule, progress)


def anew(
    folder: Path,
    sources: Sources,
    attributes: Sequence[Attribute],
    revision: int,
    now: datetime,
    rule: LinkRule,
    progress: Progress | None = None,
) -> Snapshot:
    """`rebuild` for whoever holds the folder."""
    plan = Plan(attributes=tuple(attributes), rule=rule)
    with Workspace(sources, plan) as work:
        work.all_rows()
        steps = (*work.statements.intermediate, *work.statements.final)
        versions: dict[str, int] = {}
        for done, stage in enumerate(steps):
            if progress:
                progress(stage, done, len(steps))
            if done < len(work.statements.intermediate):
                work.run(stage)
            else:
                versions[stage] = delta.write_whole(folder, stage, work.reader(work.statements.sql(stage)))
        known = known_counts(work)
        sequence = delta.next_sequence(folder)
        manifest = delta.Manifest(
            sequence=sequence,
            id=delta.snapshot_id(folder, sequence, versions, now),
            made_at=now,
            revision=revision,
            rule=rule,
            versions=versions,
            rows=row_counts(folder, versions),
            attributes=pairs(attributes),
            known=known,
        )
        columns = [attribute.column for attribute in (*attributes, *BUILT_IN)]
        manifest = replace(manifest, values=distinct_counts(work, folder, manifest, columns))
    delta.drop_broken(folder, but=sequence)
    return published(folder, manifest, now)


def published(folder: Path, manifest: delta.Manifest, now: datetime) -> Snapshot:
    """Make it the latest, and forget what nobody needs any more."""
    delta.publish(folder, manifest)
    delta.prune(folder, now=now)
    return manifest.snapshot


# -- what a manifest says of its tables -------------------------------------------------------------------------


def known_counts(work: Workspace) -> tuple[str, ...]:
    """Which counts the events as a whole make known; reads `nineplus_in_ticket_events`."""
    if "ticket_events" not in work.given:
        return ()
    return _known_by(work.texts(f"SELECT DISTINCT kind FROM {table_name('in_ticket_events')}"))


def _known_by(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, of in KNOWN.items() if set(of) & set(kinds)))


def row_counts(folder: Path, versions: Mapping[str, int]) -> dict[str, int]:
    """How many rows each table has at that version."""
    return {name: delta.opened(folder, name, version).count() for name, version in versions.items()}


def distinct_counts(work: Workspace, folder: Path, manifest: delta.Manifest, columns: list[str]) -> dict[str, int]:
    """How many different values each of these columns of the answers has."""
    only_responses = replace(manifest, versions={"responses": manifest.versions["responses"]})
    tables = read_manifest(ENGINE, work.connection, folder, only_responses, prefix=table_name("counted"))
    try:
        return distinct_values(tables["responses"], columns)[1]
    finally:
        drop_views(work, tables.values())


def drop_views(work: Workspace, tables: Iterable[ir.Table]) -> None:
    """Take the views away, so that the files may go."""
    for table in tables:
        work.execute(f'DROP VIEW IF EXISTS "{table.get_name()}"')


def pairs(attributes: Sequence[Attribute]) -> tuple[tuple[str, str], ...]:
    """Slug and label, as a manifest keeps them."""
    return tuple((attribute.slug, attribute.label) for attribute in attributes)
