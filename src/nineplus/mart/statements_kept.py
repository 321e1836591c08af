"""Compiled stages of the star, kept in a folder: the next process need not spend a second on them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib import metadata, resources
from pathlib import Path

_MOST = 64
_MADE_BY = ("ibis-framework", "sqlglot", "duckdb")
_folder: Path | None = None


def keep_in(folder: Path | None) -> None:
    """Keep them there from now on; None: only in this process. A folder that cannot be written is as good as none."""
    global _folder
    _folder = folder


def read(about: str) -> dict[str, str] | None:
    """What was kept `about` a plan, by the same code; None when nothing can be used."""
    if _folder is None:
        return None
    try:
        found = json.loads(_path(_folder, about).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found["sql"] if isinstance(found, dict) and found.get("about") == about else None


def write(about: str, sql: Mapping[str, str]) -> None:
    """Keep these; what other code made goes, and of ours the oldest."""
    if _folder is None:
        return
    path = _path(_folder, about)
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        _folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_text(json.dumps({"about": about, "sql": dict(sql)}), encoding="utf-8")
        partial.replace(path)
        kept = sorted(_folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        ours = [one for one in kept if one.name.startswith(_origin())]
        for one in [*(one for one in kept if one not in ours), *ours[:-_MOST]]:
            one.unlink(missing_ok=True)
    except OSError:  # full, read-only, gone: the next process compiles them again
        with suppress(OSError):
            partial.unlink()


def _path(folder: Path, about: str) -> Path:
    return folder / f"{_origin()}-{blake2b(about.encode(), digest_size=12).hexdigest()}.json"


@cache
def _origin() -> str:
    """Changes with whatever makes the text: this room and the one below, and the libraries that write SQL."""
    digest = blake2b(digest_size=8)
    for room in ("nineplus.mart", "nineplus.model"):
        root = Path(str(resources.files(room)))
        for file in sorted(root.rglob("*.py")):
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    for library in _MADE_BY:
        digest.update(metadata.version(library).encode())
    return digest.hexdigest()
