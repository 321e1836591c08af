"""One backup file: a gzipped tar whose first member says what is in it, with sizes and checksums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from nineplus.stages.errors import NotPossible

FORMAT = 1
_MANIFEST = "nineplus-backup.json"
_LARGEST_MANIFEST = 50_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive: its path there, its size in bytes and its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: made by which version, from which kind of database, with which migrations taken."""

    version: str
    made_at: datetime
    database: str
    migrations: tuple[tuple[str, str], ...]
    members: tuple[Member, ...] = ()
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        body = json.loads(text)
        if body["format"] > FORMAT:
            raise NotPossible(f"This backup was made by a newer nineplus ({body['version']}). Install that version.")
        return cls(
            version=body["version"],
            made_at=datetime.fromisoformat(body["made_at"]).astimezone(UTC),
            database=body["database"],
            migrations=tuple((app, name) for app, name in body["migrations"]),
            members=tuple(Member(**member) for member in body["members"]),
            format=body["format"],
        )


def pack(*, target: Path, folder: Path, manifest: Manifest) -> Manifest:
    """Write everything in `folder` into `target`, readable by its owner only; it appears whole or not at all."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    members = tuple(Member(str(path.relative_to(folder)), path.stat().st_size, _digest(path)) for path in files)
    full = Manifest(manifest.version, manifest.made_at, manifest.database, manifest.migrations, members)
    part = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
                text = full.to_json()
                entry = tarfile.TarInfo(_MANIFEST)
                entry.size, entry.mtime, entry.mode = len(text), int(manifest.made_at.timestamp()), 0o600
                tar.addfile(entry, io.BytesIO(text))
                for path in files:
                    tar.add(path, arcname=str(path.relative_to(folder)), filter=_plain)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return full


def read_manifest(source: Path) -> Manifest:
    """What the backup says of itself. Raises NotPossible when it is none, or a newer version's."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            first = tar.next()
            if first is None or first.name != _MANIFEST or first.size > _LARGEST_MANIFEST:
                raise NotPossible(f"{source.name} is not a backup of nineplus.")
            text = tar.extractfile(first)
            return Manifest.from_json(text.read() if text else b"")
    except FileNotFoundError:
        raise NotPossible(f"There is no file {source}.") from None
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as problem:
        raise NotPossible(f"{source.name} is not a backup of nineplus, or is damaged.") from problem


def unpack(*, source: Path, folder: Path) -> Manifest:
    """Bring everything back into the empty `folder` and hold it against the manifest.

    Raises NotPossible when anything is missing, changed or more than was packed.
    """
    manifest = read_manifest(source)
    expected = {member.path: member for member in manifest.members}
    try:
        with tarfile.open(source, "r:gz") as tar:
            for entry in tar:
                if entry.name == _MANIFEST:
                    continue
                member = expected.pop(entry.name, None)
                if member is None or not entry.isfile() or entry.size != member.bytes:
                    raise _damaged(source, entry.name)
                tar.extract(entry, folder, filter="data")
                if _digest(folder / member.path) != member.sha256:
                    raise _damaged(source, entry.name)
    except (EOFError, tarfile.TarError, OSError) as problem:
        raise _damaged(source, str(problem)) from problem
    if expected:
        raise _damaged(source, next(iter(expected)))
    return manifest


def _damaged(source: Path, what: str) -> NotPossible:
    return NotPossible(f"{source.name} is damaged ({what}). Nothing was changed.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's people."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
