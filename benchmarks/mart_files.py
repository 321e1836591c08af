"""The mart that benchmarks read: made once per size, kept in a folder given by NINEPLUS_BENCH."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def folder() -> Path:
    return Path(os.environ.get("NINEPLUS_BENCH") or Path(tempfile.gettempdir()) / "nineplus-bench")


def mart(responses: int) -> Path:
    """The folder of a mart of that many answers; made on first use."""
    from nineplus.mart.delta import FORMAT
    from nineplus.sample.scale import write_mart

    place = folder() / f"mart-{responses}-{FORMAT}"
    done = place / "complete"
    if not done.exists():
        write_mart(folder=place, responses=responses, now=NOW)
        done.touch()
    return place


def parquet(place: Path) -> list[str]:
    """The Parquet files of `responses`, as every other tool would read them."""
    from deltalake import DeltaTable

    return DeltaTable(str(place / "responses")).file_uris()


def forget(files: list[str]) -> None:
    """Drop the files from the operating system's cache, so that the next read comes from the disk."""
    for name in files:
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
