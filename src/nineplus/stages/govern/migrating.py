"""Bring the database up to this version."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.health import unknown_migrations

_LOCK = 0x9_0105  # any number, the same in every nineplus


def migrate() -> int:
    """Take the steps that are missing; how many. Two starts at once take turns.

    Raises NotPossible when the database does not answer or a newer version has used it.
    """
    try:
        connection.ensure_connection()
        if not _missing():
            return 0
        with _alone():
            steps = _missing()
            if steps:
                call_command("migrate", interactive=False, verbosity=0)
            return steps
    except DatabaseError as problem:
        raise NotPossible(f"The database does not answer: {str(problem).splitlines()[0]}") from problem


def _missing() -> int:
    executor = MigrationExecutor(connection)
    if newer := unknown_migrations(executor):
        raise NotPossible(
            f"A newer nineplus has used this database ({newer[0]}). Install that version, "
            "or restore a backup made by this one."
        )
    steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not steps:  # one by one they were taken, so what replaces them is too: the next start is told it at once
        executor.check_replacements()
    return steps


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    else:
        with (Path(settings.HOME) / "migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
