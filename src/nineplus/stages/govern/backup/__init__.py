"""Backup and restore: database, mart and files in one archive, while nineplus runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nineplus.mart.delta import writing
from nineplus.stages.errors import Conflict, NotPossible, outside
from nineplus.stages.govern.backup import archive, database, swapping
from nineplus.stages.govern.backup.archive import Manifest
from nineplus.stages.govern.migrating import migrate
from nineplus.version import __version__

# The mart first: what is written between it and the database is then newer in the database, and the next refresh
# brings the mart up. The other way round it would hold what the database has never seen.
_TRIES = 3

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written where."""

    path: Path
    bytes: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and where what was there before is kept."""

    manifest: Manifest
    kept: tuple[str, ...]


def back_up(*, target: Path, now: datetime, overwrite: bool = False, say: Say = lambda _: None) -> BackedUp:
    """Write one archive of everything, consistent as of one moment; nothing is held up meanwhile.

    The signing secret and settings.toml stay out of it. Raises Conflict when the file exists.
    """
    if target.exists() and not overwrite:
        raise Conflict(f"{target} exists. Choose another name, or say --overwrite.")
    if not target.parent.is_dir():
        raise NotPossible(f"There is no folder {target.parent}.")
    home = Path(settings.HOME)
    migrate()
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=home) as temporary:
        folder = Path(temporary)
        say("Copying mart and files")
        if (home / "mart").is_dir():
            with writing(home / "mart"):
                _copy_folder(home / "mart", folder / "mart")
        _copy_folder(home / "imports", folder / "imports")
        say("Copying the database")
        (folder / "database").mkdir()
        database.copy_out(folder / "database")
        say("Packing")
        manifest = Manifest(__version__, now, connection.vendor, _taken())
        try:
            full = archive.pack(target=target, folder=folder, manifest=manifest)
        except OSError as problem:
            raise NotPossible(f"{target} cannot be written: {problem.strerror}.") from problem
    return BackedUp(target, target.stat().st_size, full)


def restore(*, source: Path, now: datetime, say: Say = lambda _: None) -> Restored:
    """Put a backup in place of what is there. It is verified whole before anything changes.

    What was there is kept beside it. People have to log in again. Raises NotPossible for a damaged backup, a newer
    version's, or one of the other kind of database; then nothing has changed. Killed at any moment, it is finished
    or rolled back at the next start (`swapping`).
    """
    with swapping.one_restore() as folder:
        migrate()
        manifest = archive.read_manifest(source)
        _check_fits(manifest)
        say("Verifying")
        archive.unpack(source=source, folder=folder)
        database.check(folder / "database")
        say("Restoring")
        swapping.decide(migrations=manifest.migrations, now=now)
        kept = swapping.finish()
    return Restored(manifest, tuple(kept))


def _check_fits(manifest: Manifest) -> None:
    if manifest.database != connection.vendor:
        raise NotPossible(
            f"This backup is of {_title(manifest.database)}, and nineplus uses {_title(connection.vendor)} here. "
            "Restore it where that is used."
        )
    known = MigrationExecutor(connection).loader.disk_migrations
    ours = {app for app, _ in known}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if app in ours and (app, name) not in known]
    if newer:
        raise NotPossible(
            f"This backup was made by a newer nineplus ({manifest.version}: {newer[0]}). Install that version."
        )


def _title(vendor: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(vendor, vendor)


def _taken() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(MigrationExecutor(connection).loader.applied_migrations))


def _copy_folder(source: Path, target: Path) -> None:
    """Copy a folder whose files are written once and sometimes removed meanwhile."""
    if not source.is_dir():
        return
    for attempt in range(1, _TRIES + 1):
        try:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".lock", "*.part", "*.tmp"))
            return
        except shutil.Error as problem:
            shutil.rmtree(target, ignore_errors=True)
            if said := outside(problem):
                raise NotPossible(said) from None
            if attempt == _TRIES:
                raise NotPossible(f"{source.name} kept changing while it was copied. Try again.") from None
