"""Files that commands write: whole or not at all, also when the disk is full."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nineplus.stages.errors import NotPossible


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write UTF-8 text. Raises NotPossible with the reason; then what was there before is as it was."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        part.replace(path)
    except OSError as problem:
        with suppress(OSError):
            part.unlink()
        raise NotPossible(f"{path} cannot be written: {problem.strerror}.") from None
