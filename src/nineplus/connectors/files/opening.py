"""Opening a file: the format that claims it most surely reads it."""

from __future__ import annotations

from pathlib import Path

from nineplus import plugs
from nineplus.connectors.files.encoding import head_of
from nineplus.connectors.files.source import EMPTY, Source, UnreadableFile


def open_file(path: Path | str) -> Source:
    """The table in this file. Raises UnreadableFile with a sentence a person can act on."""
    path = Path(path)
    if not path.exists():
        raise UnreadableFile(f"There is no file {path.name!r} here.")
    if path.is_dir():
        raise UnreadableFile(f"{path.name!r} is a folder, not a file.")
    try:
        head = head_of(path, 65_536)
    except OSError as error:
        raise UnreadableFile(f"The file {path.name!r} cannot be read: {error.strerror}.") from error
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(EMPTY)
    formats = plugs.find("nineplus.connectors.files", plugs.FileFormat).values()
    chosen = max(formats, key=lambda known: known.claims(path, head))
    return chosen.open(path)
