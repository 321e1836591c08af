"""Is everything well? Each check says what is wrong and how to mend it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from nineplus.stages.govern import heartbeat, port, restoring, running, troubles
from nineplus.stages.govern.heartbeat import Part
from nineplus.stages.govern.steps import all_taken
from nineplus.store.models import Event, Response, ThemesVersion
from nineplus.store.models.comments import ThemesState
from nineplus.store.models.events import EventState

WORKER_LATE = timedelta(minutes=2)
STARTING = timedelta(seconds=90)
"""How long the web may take until it answers."""
_SPACE_WRONG, _SPACE_SHORT = 200_000_000, 2_000_000_000


class State(StrEnum):
    WELL = "well"
    DOUBTFUL = "doubtful"  # works, but somebody should look
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, in words, and what to do when it is not well."""

    name: str
    state: State
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Can requests be answered (`ready`), and what is not well in the background."""

    ready: bool
    checks: tuple[Check, ...]


def readiness(*, now: datetime) -> Readiness:
    """The quick checks: database and migrations decide, mart and worker are only told. Raises nothing."""
    database = _database()
    if database.state is State.WRONG:
        return Readiness(False, (database,))
    migrations = _migrations()
    if migrations.state is State.WRONG:
        return Readiness(False, (database, migrations))
    return Readiness(True, (database, migrations, _mart(), _worker(now), _waiting(now), _parked()))


def every_check(*, now: datetime) -> Iterator[Check]:
    """All checks, as `nineplus doctor` shows them. Those that need the database stop where it cannot be reached."""
    yield _python()
    yield _environment()
    yield _sqlite()
    yield _home()
    yield _secret()
    yield _space()
    yield _running(now)
    database = _database()
    yield database
    if database.state is State.WRONG:
        return
    migrations = _migrations()
    yield migrations
    yield _restore()
    if migrations.state is State.WRONG:
        return
    yield _intact()
    yield _mart(whole=True)
    yield _worker(now)
    yield _heavy(now)
    yield _waiting(now)
    yield _parked()
    yield _themes()
    yield _senders()


def _python() -> Check:
    return Check("python", State.WELL, f"Python {sys.version.split()[0]}.")


def _environment() -> Check:
    if settings.UNKNOWN_NAMES:
        return Check("settings", State.DOUBTFUL, " ".join(settings.UNKNOWN_NAMES), "Mend or unset it.")
    return Check("settings", State.WELL, "Every NINEPLUS_ name of the environment is a setting.")


def _sqlite() -> Check:
    if connection.vendor != "sqlite":
        return Check("sqlite", State.WELL, "Not used: the database is PostgreSQL.")
    if sqlite3.sqlite_version_info < (3, 51, 3):
        return Check(
            "sqlite",
            State.DOUBTFUL,
            f"SQLite {sqlite3.sqlite_version} can, rarely, damage a database that two processes write.",
            "Install the package pysqlite3 (0.6.1 or later), or use PostgreSQL.",
        )
    return Check("sqlite", State.WELL, f"SQLite {sqlite3.sqlite_version}.")


def _home() -> Check:
    home = Path(settings.HOME)
    if not os.access(home, os.W_OK | os.X_OK):
        return Check("home", State.WRONG, f"{home} cannot be written.", "Give it to the user that runs nineplus.")
    if stat.S_IMODE(home.stat().st_mode) & 0o022:
        return Check("home", State.DOUBTFUL, f"Others on this machine may write into {home}.", f"chmod 700 {home}")
    return Check("home", State.WELL, f"Everything lies in {home}.")


def _secret() -> Check:
    path = Path(settings.HOME) / "secret"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Check("secret", State.WRONG, "Others can read the signing secret.", f"chmod 600 {path}")
    return Check("secret", State.WELL, "The signing secret is readable by its owner only.")


def _space() -> Check:
    free = shutil.disk_usage(settings.HOME).free
    says = f"{free / 1e9:.1f} GB free."
    mend = "Make room, or move NINEPLUS_HOME to a larger disk."
    if free < _SPACE_WRONG:
        return Check("space", State.WRONG, says, mend)
    return Check("space", State.DOUBTFUL, says, mend) if free < _SPACE_SHORT else Check("space", State.WELL, says)


def _database() -> Check:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        return Check(
            "database",
            State.WRONG,
            f"The database does not answer: {str(problem).splitlines()[0]}",
            "Is it running, and is NINEPLUS_DATABASE_URL right?"
            if connection.vendor == "postgresql"
            else "Is the disk full, or the file damaged? `nineplus restore` brings a backup back.",
        )
    return Check("database", State.WELL, f"{connection.display_name} answers.")


_migrated = False


def _migrations() -> Check:
    global _migrated
    if _migrated or all_taken():
        _migrated = True
        return Check("migrations", State.WELL, "The database fits this version.")
    executor = MigrationExecutor(connection)
    if newer := unknown_migrations(executor):
        return Check(
            "migrations",
            State.WRONG,
            f"A newer nineplus has used this database ({newer[0]}).",
            "Install that version, or restore a backup made by this one.",
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return Check("migrations", State.WRONG, "The database is of an older version.", "`nineplus up` brings it up.")
    _migrated = True
    return Check("migrations", State.WELL, "The database fits this version.")


def unknown_migrations(executor: MigrationExecutor) -> list[str]:
    """Steps this database has taken that this version does not know: a newer version took them."""
    known = executor.loader.disk_migrations
    ours = {app for app, _ in known}
    return sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in known and not _replaced(executor, app, name)
    )


def _replaced(executor: MigrationExecutor, app: str, name: str) -> bool:
    return any((app, name) in migration.replaces for migration in executor.loader.disk_migrations.values())


def _restore() -> Check:
    if not restoring.left_behind():
        return Check("restore", State.WELL, "No restore was interrupted.")
    if restoring.going_on():
        return Check("restore", State.DOUBTFUL, "A restore is going on.", "Wait until it has ended.")
    if restoring.journal().exists():
        says = "A restore was interrupted: database, mart and files may not belong together."
        return Check("restore", State.WRONG, says, "`nineplus up`, or any other command, finishes it.")
    says = "A restore was interrupted before it changed anything."
    return Check("restore", State.DOUBTFUL, says, "`nineplus up`, or any other command, clears it away.")


def _intact() -> Check:
    if connection.vendor != "sqlite":
        return Check("intact", State.WELL, "PostgreSQL looks after its own pages.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        found = cursor.fetchone()[0]
    if found != "ok":
        return Check("intact", State.WRONG, f"The database file is damaged: {found}", "Restore the last backup.")
    return Check("intact", State.WELL, "The database file is whole.")


def _mart(*, whole: bool = False) -> Check:
    """`whole` looks at every file of every snapshot, not only at what the newest one is made of."""
    from nineplus.mart import delta
    from nineplus.mart.health import check

    folder = Path(settings.HOME) / "mart"
    mend = "The worker makes it anew with the next change; `nineplus mart rebuild` does it now."
    try:
        manifest = delta.latest(folder)
        notes = check(folder) if whole else []
    except delta.NoMart:
        if Response.objects.exists():
            return Check("mart", State.DOUBTFUL, "There are answers, and the mart, which analyses read, is gone.", mend)
        return Check("mart", State.WELL, "There is no mart yet: it is made when the first data arrives.")
    except (delta.MartDamaged, OSError, ValueError):
        says = "The mart, which analyses read, is damaged. Nothing is lost: it is made from the database."
        return Check("mart", State.DOUBTFUL, says, mend)
    if wrong := [note.message for note in notes if note.code == "mart_damaged"]:
        return Check("mart", State.DOUBTFUL, " ".join(wrong), mend)
    rows = manifest.rows.get("responses", 0)
    older = [note.message for note in notes]
    said = [f"The mart has {rows:,} responses (snapshot {manifest.snapshot.id}).", *older]
    return Check("mart", State.WELL, " ".join(said))


def _running(now: datetime) -> Check:
    """Is the web of this home running, and does it answer where it says that it does?"""
    found = running.found(Path(settings.HOME))
    if found is None:
        return _port()
    where = f"http://{port.shown(found.host)}:{found.port}"
    status, said = port.ask(found.host, found.port, "/health", patience=2.0)
    if status == 200:
        says = f"nineplus {said.get('version', '')} answers at {where} (process {found.pid})."
        return Check("running", State.WELL, says)
    if now - found.since < STARTING:
        return Check(
            "running", State.DOUBTFUL, f"nineplus is starting at {where} (process {found.pid}).", "Wait a bit."
        )
    says = f"nineplus runs (process {found.pid}), and does not answer at {where}."
    return Check("running", State.WRONG, says, "Its log says why; stop that process and run `nineplus up`.")


def _port() -> Check:
    """`nineplus up` does not run on this home: could it, or does another server have the port?"""
    host, number = settings.NINEPLUS.host, settings.NINEPLUS.port
    status, said = port.ask(host, number, "/health", patience=2.0)
    if status == 200:
        says = f"nineplus {said.get('version', '')} answers on port {number}. It was not started by `nineplus up` here:"
        return Check("running", State.WELL, f"{says} it may be another one, with a home of its own.")
    if reason := port.obstacle(host, number):
        return Check("running", State.WRONG, f"nineplus cannot be reached. {reason}", "`nineplus up` needs a port.")
    return Check("running", State.WELL, f"nineplus is not running on this home. Port {number} is free.")


def _worker(now: datetime) -> Check:
    alive = heartbeat.alive(now=now)
    if not alive:
        return Check(
            "worker",
            State.DOUBTFUL,
            "No worker is alive: answers are kept, but nothing is done with them.",
            "`nineplus up` starts one; `nineplus worker` adds one.",
        )
    return Check("worker", State.WELL, "One worker is alive." if alive == 1 else f"{alive} workers are alive.")


_CRASHES = 3
"""So many processes for heavy work that vanished within an hour are no accident."""


def _heavy(now: datetime) -> Check:
    """The process beside each worker that keeps the mart and the themes up to date and looks for alerts."""
    if not heartbeat.alive(now=now):
        return Check("heavy work", State.WELL, "It is a worker's, and none is alive.")
    at_stake = "analyses, themes and alerts get nothing new"
    mend = "It is started again by itself; what `nineplus up` and its log say tells why it ends. Is memory short?"
    if not heartbeat.alive(now=now, part=Part.HEAVY):
        return Check("heavy work", State.DOUBTFUL, f"The process for heavy work is not alive: {at_stake}.", mend)
    if (ended := heartbeat.vanished(now=now, part=Part.HEAVY)) >= _CRASHES:
        says = f"The process for heavy work ended {ended} times within an hour without having finished: {at_stake}."
        return Check("heavy work", State.DOUBTFUL, says, mend)
    return Check("heavy work", State.WELL, "The process for heavy work is alive.")


def _waiting(now: datetime) -> Check:
    late = Event.objects.filter(state=EventState.WAITING, due_at__lt=now - WORKER_LATE).count()
    if late:
        return Check(
            "waiting",
            State.DOUBTFUL,
            f"{late:,} events have waited longer than {WORKER_LATE.seconds // 60} minutes.",
            "Add a worker with `nineplus worker`; the log says what the present ones are at.",
        )
    return Check("waiting", State.WELL, "Nothing waits long for a worker.")


def _parked() -> Check:
    parked = Event.objects.filter(state=EventState.PARKED).count()
    if parked:
        return Check(
            "parked",
            State.DOUBTFUL,
            f"{parked:,} events failed again and again and were set aside.",
            "See them under Settings, or in the log, and send them again when the cause is mended.",
        )
    return Check("parked", State.WELL, "No event was set aside.")


def unread() -> int:
    """Comments that came or were changed since the worker last read some."""
    current = ThemesVersion.objects.filter(current=True).values_list("seen_revision", flat=True).first()
    return Response.objects.filter(revision__gt=current or 0).exclude(comment="").count()


def _themes() -> Check:
    """Are comments read as they come, and did the last version of the themes come into force?"""
    newest = ThemesVersion.objects.exclude(state=ThemesState.DRAFT).order_by("-number").first()
    current = ThemesVersion.objects.filter(current=True).first()
    if newest is not None and newest.state == ThemesState.FAILED:
        says = f"Version {newest.number} of the themes failed; the one before is in force. {newest.error}"
        return Check("themes", State.DOUBTFUL, says, "See Themes, or `nineplus taxonomy show`.")
    if current is None:
        return Check("themes", State.WELL, "No comment was read yet: the worker does it when the first one comes.")
    if waiting := unread():
        says = f"Comments are read by version {current.number} of the themes; {waiting:,} wait for the worker."
        return Check("themes", State.WELL, says)
    return Check("themes", State.WELL, f"All comments are read, by version {current.number} of the themes.")


def _senders() -> Check:
    if found := troubles.every():
        mend = "Settings, Senders: mend the settings there and check them."
        return Check("senders", State.DOUBTFUL, " ".join(one.says for one in found), mend)
    return Check("senders", State.WELL, "No sender and no mailbox is known not to work.")
