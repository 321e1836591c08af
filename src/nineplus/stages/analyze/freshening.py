"""The mart follows the store: what changed, or everything anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from nineplus.model import Snapshot
from nineplus.stages.analyze.numbering import number
from nineplus.stages.analyze.removals import known_since
from nineplus.stages.connect.attribution import current
from nineplus.stages.mart import folder, newest, prepare

if TYPE_CHECKING:
    from nineplus.mart.store_rows import StoreRows


@contextmanager
def _rows() -> Iterator[StoreRows]:
    """The store's rows, after what changed without a revision got one."""
    from nineplus.store import sources

    number()
    with sources.opened() as store:
        yield store


def refresh_mart(*, now: datetime) -> Snapshot:
    """Bring the mart up to the store: the months that changed, or everything when it cannot be read.

    Raises MartBusy when another refresh is at work.
    """
    prepare()
    from nineplus.mart import delta
    from nineplus.mart.rebuild import rebuild
    from nineplus.mart.refresh import refresh

    with delta.writing(folder()), _rows() as store:
        told = {
            "folder": folder(),
            "sources": store.tables,
            "attributes": store.attributes,
            "revision": store.revision,
            "now": now,
            "rule": current(),
        }
        try:
            since = delta.latest(folder()).revision
            changed = store.changes(since=since)
            if since < known_since():
                return rebuild(**told)
            snapshot = refresh(changed=changed, **told)
            newest()  # a refresh of nothing looks at no file; lost ones are noticed here
            return snapshot
        except delta.MartDamaged:
            return rebuild(**told)


def rebuild_mart(*, now: datetime) -> Snapshot:
    """Write the whole mart anew from the store. Raises MartBusy when another refresh is at work."""
    prepare()
    from nineplus.mart import delta
    from nineplus.mart.rebuild import rebuild

    with delta.writing(folder()), _rows() as store:
        return rebuild(
            folder=folder(),
            sources=store.tables,
            attributes=store.attributes,
            revision=store.revision,
            now=now,
            rule=current(),
        )
