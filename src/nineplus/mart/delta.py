"""The mart on disk: a folder of versioned Delta tables and, per snapshot, a manifest that ties their versions together.

    <folder>/responses/ tickets/ …      Delta tables, cut by month where PARTITIONED
    <folder>/snapshots/00000012.json    which version of each table belongs together; written last, by rename

Readers follow a manifest, never "the newest version of each table", so a half-written refresh is invisible.
"""

from __future__ import annotations


class MartDamaged(Exception):
    """The folder cannot be read as it is (missing, torn or lost files): rebuild it. The message says what is wrong."""


class MartBusy(Exception):
    """Another refresh is at work and did not end in time."""


class NoMart(MartDamaged):
    """There is no snapshot yet."""
