"""The mart on disk: a folder of versioned Delta tables and, per snapshot, a manifest that ties their versions together.

    <folder>/responses/ tickets/ …      Delta tables, cut by month where PARTITIONED
    <folder>/snapshots/00000012.json    which version of each table belongs together; written last, by rename

Readers follow a manifest, never "the newest version of each table", so a half-written refresh is invisible.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from nineplus.mart.errors import MartBusy, MartDamaged, NoMart
from nineplus.mart.schema import PARTITIONED
from nineplus.model import Snapshot
from nineplus.model.attribution import LinkRule

os.environ["RUST_BACKTRACE"] = "0"  # a disk that is full is told in a sentence, not by the stack of a thread

FORMAT = 8
"""Of manifest and tables together: a folder of another format is rebuilt."""

_SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One snapshot: which version of each table, and what it reflects.

    `values` counts the different values of each attribute column (a lower bound between rebuilds); `known` names
    the counts that the events make known. `digest` guards against torn files.
    """

    sequence: int
    id: str
    made_at: datetime
    revision: int
    rule: LinkRule
    versions: Mapping[str, int]
    rows: Mapping[str, int]
    attributes: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, int] = field(default_factory=dict)
    known: tuple[str, ...] = ()

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(id=self.id, made_at=self.made_at, rows=self.rows.get("responses", 0))

    def to_json(self) -> str:
        body = {**asdict(self), "rule": self.rule.to_dict(), "made_at": self.made_at.isoformat(), "format": FORMAT}
        text = json.dumps(body, sort_keys=True)
        return json.dumps({"digest": _digest(text), "manifest": text})

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises MartDamaged when torn or of another format."""
        try:
            outer = json.loads(text)
            if _digest(outer["manifest"]) != outer["digest"]:
                raise MartDamaged("A snapshot's manifest was changed or torn.")
            body = json.loads(outer["manifest"])
            if body.pop("format") != FORMAT:
                raise MartDamaged("The mart was written by another version of nineplus.")
            body["made_at"] = datetime.fromisoformat(body["made_at"])
            body["attributes"] = tuple((slug, label) for slug, label in body["attributes"])
            body["known"] = tuple(body["known"])
            body["rule"] = LinkRule.from_dict(body["rule"])
            return cls(**body)
        except (ValueError, KeyError, TypeError) as error:
            raise MartDamaged("A snapshot's manifest cannot be read.") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -- snapshots ------------------------------------------------------------------------------------------------


def manifests(folder: Path) -> list[Path]:
    """The manifests there are, oldest first."""
    return sorted((folder / _SNAPSHOTS).glob("[0-9]*.json"))


def latest(folder: Path) -> Manifest:
    """Raises NoMart when there is none, MartDamaged when it cannot be read."""
    found = manifests(folder)
    if not found:
        raise NoMart("The mart has not been built yet.")
    return load(found[-1])


def named(folder: Path, snapshot: str) -> Manifest:
    """The manifest of that id; raises NoMart when it is not (or no longer) kept."""
    for path in reversed(manifests(folder)):
        manifest = load(path)
        if manifest.id == snapshot:
            return manifest
    raise NoMart(f"Snapshot {snapshot} is not kept any more.")


def load(path: Path) -> Manifest:
    try:
        return Manifest.from_json(path.read_text())
    except OSError as error:
        raise MartDamaged(f"The manifest {path.name} cannot be read.") from error
    except UnicodeDecodeError as error:
        raise MartDamaged(f"The manifest {path.name} is torn.") from error


def publish(folder: Path, manifest: Manifest) -> Manifest:
    """Make it the latest, whole or not at all."""
    home = folder / _SNAPSHOTS
    home.mkdir(parents=True, exist_ok=True)
    target = home / f"{manifest.sequence:08d}.json"
    draft = home / f".{target.name}.{os.getpid()}"
    with draft.open("w") as file:
        file.write(manifest.to_json())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    return manifest


def next_sequence(folder: Path) -> int:
    found = manifests(folder)
    return int(found[-1].stem) + 1 if found else 1


def snapshot_id(folder: Path, sequence: int, versions: Mapping[str, int], made_at: datetime) -> str:
    """Names a snapshot: no two of this folder, nor of two folders, have the same."""
    text = json.dumps([str(folder.resolve()), sequence, dict(versions), made_at.isoformat()], sort_keys=True)
    return f"{sequence}-{_digest(text)[:8]}"


# -- tables ---------------------------------------------------------------------------------------------------


def opened(folder: Path, table: str, version: int) -> DeltaTable:
    """That version of that table; raises MartDamaged when its log or one of its files is lost or cut short."""
    try:
        delta = DeltaTable(folder / table, version=version)
        # not pa.table(…), which loads pandas to see whether it was given that
        actions = pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()
    except (DeltaError, OSError, ValueError) as error:
        raise MartDamaged(f"The table {table} cannot be opened at version {version}.") from error
    for path, size in zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True):
        try:
            there = (folder / table / path).stat().st_size
        except OSError:
            raise MartDamaged(f"A file of the table {table} is missing: {path}.") from None
        if there != size:
            raise MartDamaged(f"A file of the table {table} has {there} bytes instead of {size}: {path}.")
    return delta


def files(delta: DeltaTable) -> list[str]:
    return sorted(delta.file_uris())


def schema_of(delta: DeltaTable) -> pa.Schema:
    return pa.schema(delta.schema().to_arrow())


def write_whole(folder: Path, table: str, rows: pa.RecordBatchReader) -> int:
    """Replace the table, its columns included; a table that cannot be opened is begun anew. The new version."""
    path = folder / table
    if path.exists() and not _sound(path):
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    write_deltalake(
        path,
        rows,
        mode="error" if fresh else "overwrite",
        schema_mode=None if fresh else "overwrite",
        partition_by=["month"] if table in PARTITIONED else None,
        name=table,
    )
    return DeltaTable(path).version()


def write_months(folder: Path, table: str, rows: pa.RecordBatchReader, months: Collection[date | None]) -> int:
    """Replace those months of the table by these rows, which lie in them. The new version."""
    parts = [f"month = '{month.isoformat()}'" for month in sorted(m for m in months if m is not None)]
    if None in months:
        parts.append("month IS NULL")
    write_deltalake(folder / table, rows, mode="overwrite", predicate=" OR ".join(parts))
    return DeltaTable(folder / table).version()


def back_to(folder: Path, versions: Mapping[str, int]) -> dict[str, int]:
    """Undo what an interrupted refresh wrote beyond these versions; the versions that now stand for them."""
    standing = {}
    for table, version in versions.items():
        try:
            delta = DeltaTable(folder / table)
            if delta.version() != version:
                delta.restore(version)
                delta = DeltaTable(folder / table)
            standing[table] = delta.version()
        except (DeltaError, OSError) as error:
            raise MartDamaged(f"The table {table} cannot be taken back to version {version}.") from error
    return standing


def prune(folder: Path, *, now: datetime, keep: int = 10, keep_for: timedelta = timedelta(hours=1)) -> int:
    """Forget snapshots beyond the newest `keep` and older than `keep_for`, and the files only they used.

    How many files went. A manifest that cannot be opened any more goes too.
    """
    kept: list[Manifest] = []
    for place, path in enumerate(reversed(manifests(folder))):
        try:
            manifest = load(path)
        except MartDamaged:
            path.unlink(missing_ok=True)
            continue
        if place >= keep and now - manifest.made_at > keep_for:
            path.unlink(missing_ok=True)
        else:
            kept.append(manifest)
    gone = 0
    for table in {table for manifest in kept for table in manifest.versions}:
        versions = sorted({manifest.versions[table] for manifest in kept if table in manifest.versions})
        delta = DeltaTable(folder / table)
        gone += len(
            delta.vacuum(
                retention_hours=0, dry_run=False, enforce_retention_duration=False, keep_versions=versions, full=True
            )
        )
    return gone


def drop_broken(folder: Path, *, but: int) -> None:
    """Forget older snapshots whose files are gone: after a rebuild of a damaged folder."""
    for path in manifests(folder):
        if int(path.stem) == but:
            continue
        try:
            manifest = load(path)
            for table, version in manifest.versions.items():
                opened(folder, table, version)
        except MartDamaged:
            path.unlink(missing_ok=True)


def _sound(path: Path) -> bool:
    try:
        DeltaTable(path)
    except (DeltaError, OSError):
        return False
    return True


# -- one writer -----------------------------------------------------------------------------------------------


_held = threading.local()


@contextmanager
def writing(folder: Path, *, patience: float = 60.0) -> Iterator[None]:
    """Hold the folder for one writer; the hold ends with the process, however it ends. Raises MartBusy.

    A thread that holds it already goes on: who reads the store for a refresh must hold the folder before, or
    another refresh that looks later but is written earlier is undone by this one.
    """
    holds: set[Path] = _held.__dict__.setdefault("folders", set())
    key = folder.absolute()
    if key in holds:
        yield
        return
    deadline = time.monotonic() + patience
    while (file := _lock(folder)) is None:
        if time.monotonic() > deadline:
            raise MartBusy(f"Another refresh of the mart did not end within {patience:.0f} s.")
        time.sleep(0.05)
    holds.add(key)
    try:
        yield
    finally:
        holds.discard(key)
        file.close()


def _lock(folder: Path) -> Any:
    """The lock's file, held; None while another holds it, or when the folder was put aside (a restore) meanwhile."""
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except (FileExistsError, FileNotFoundError):
        if folder.is_file():
            raise
        return None  # put aside between two looks at it
    try:
        if _locked(file) and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except FileNotFoundError:
        pass
    file.close()
    return None


def _locked(file: Any) -> bool:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


__all__: Sequence[str] = [
    "Manifest",
    "MartBusy",
    "MartDamaged",
    "NoMart",
    "latest",
    "manifests",
    "named",
    "opened",
    "prune",
    "publish",
    "writing",
]
