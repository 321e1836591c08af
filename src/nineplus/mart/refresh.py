"""Bring the mart up to the store: only what changed, or everything anew.

A change reaches further than its own row: a ticket's event alters the ticket, the ticket alters the answers of
its contact and its account, a contact's new account alters both. `refresh` follows those paths by key, computes
just those rows by the same expressions as `rebuild`, and rewrites the months in which they lie or lay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nineplus.mart import delta
from nineplus.mart.build import Plan, needed
from nineplus.mart.dataset import Attribute
from nineplus.mart.increment import Changes, EverythingChanged, Increment
from nineplus.mart.rebuild import anew, published
from nineplus.mart.schema import MART
from nineplus.mart.workspace import Sources, Workspace, given_in
from nineplus.model import Snapshot
from nineplus.model.attribution import LinkRule


def refresh(
    *,
    folder: Path,
    sources: Sources,
    changed: Changes,
    attributes: Sequence[Attribute],
    revision: int,
    now: datetime,
    rule: LinkRule = LinkRule(),  # noqa: B008 - frozen
) -> Snapshot:
    """Rewrite the months that the changes touch and publish a new snapshot that reflects `revision` of the store.

    `sources` are all rows as they are now, on one DuckDB connection; a Store is asked for single rows by key.
    Falls back to `rebuild` when everything changed, when the attributes differ, when there is no mart yet, or when
    the mart reflects more than the store has: a restore that was interrupted.
    Raises MartDamaged when the folder cannot be read (rebuild mends it), MartBusy when another refresh holds it.
    """
    with delta.writing(folder):
        try:
            before = delta.latest(folder)
        except delta.NoMart:
            before = None
        went_back = before is not None and revision < before.revision  # another store than the one it was made from
        if before is None or went_back or _needs_rebuild(before, sources, changed, attributes, rule):
            return anew(folder, sources, attributes, revision, now, rule)
        if changed.nothing:
            if revision != before.revision:
                sequence = delta.next_sequence(folder)
                delta.publish(folder, replace(before, sequence=sequence, revision=revision))
            return before.snapshot
        order = [slug for slug, _label in before.attributes]
        attributes = sorted(attributes, key=lambda attribute: order.index(attribute.slug))
        plan = Plan(attributes=tuple(attributes), rule=rule, known=frozenset(before.known))
        try:
            with Workspace(sources, plan) as work:
                increment = Increment(folder, before, work, changed)
                increment.run()
                manifest = increment.manifest(attributes=attributes, revision=revision, now=now)
        except EverythingChanged:
            return anew(folder, sources, attributes, revision, now, rule)
        return published(folder, manifest, now)


def _needs_rebuild(
    before: delta.Manifest, sources: Sources, changed: Changes, attributes: Sequence[Attribute], rule: LinkRule
) -> bool:
    return (
        changed.all
        or bool(changed.removed.get("ticket_events"))
        or {slug for slug, _label in before.attributes} != {attribute.slug for attribute in attributes}
        or before.rule.digest != rule.digest
        or set(before.versions) != set(needed(given_in(sources), MART))
    )
