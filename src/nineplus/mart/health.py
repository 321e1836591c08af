"""Is the mart on disk sound? Said in words, for `nineplus doctor`."""

from __future__ import annotations

from pathlib import Path

from nineplus.mart import delta
from nineplus.model import Note


def check(folder: Path) -> list[Note]:
    """What is wrong with the folder, worst first; empty when it is sound. Reads logs and file sizes, no rows.

    Codes: mart_missing, mart_damaged (both mended by a rebuild), snapshot_damaged (an older one, harmless).
    """
    found = delta.manifests(folder)
    if not found:
        return [Note("mart_missing", 0, "The mart has not been built yet. It is built with the first data.")]
    notes = []
    for path in reversed(found):
        try:
            manifest = delta.load(path)
            for table, version in manifest.versions.items():
                delta.opened(folder, table, version)
        except delta.MartDamaged as damage:
            if path == found[-1]:
                notes.append(Note("mart_damaged", 0, f"{damage} Rebuild the mart: nothing is lost, the store has it."))
            else:
                notes.append(Note("snapshot_damaged", 0, f"The older snapshot {path.stem} cannot be read: {damage}"))
    return notes
