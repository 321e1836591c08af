"""Which encoding a text file is in, and reading its lines whatever single lines may hold."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nineplus.connectors.files.source import UnreadableFile

HEAD = 1 << 20
LONGEST_LINE = 4_000_000
"""Characters. No answer is as long; a longer line means that the file is no text table."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_15", "mac_roman"),
    *("shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "koi8_r"),
]
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"\xfd7zXZ", "a compressed file (xz)"),
    (b"\x28\xb5\x2f\xfd", "a compressed file (zstd)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)
_CONTROL = bytes(set(range(32)) - {0, 9, 10, 12, 13, 26, 27})
_BAD_BYTE = re.compile("[\udc80-\udcff]")


def head_of(path: Path, size: int = HEAD) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def detect(head: bytes) -> str:
    """The encoding of a text file, from its first bytes. Raises UnreadableFile for what is no text."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFile(f"This is {what}, not a table of text. Export the data as CSV and try again.")
    if wide := _wide(head):
        return wide
    if head.count(0) > len(head) / 10 or len(head) - len(head.translate(None, _CONTROL)) > len(head) / 100:
        raise UnreadableFile("This is a binary file, not a table of text, whatever its name says.")
    if _mostly_utf8(head):
        return "utf-8"
    import charset_normalizer  # most files are UTF-8 and need it not

    best = charset_normalizer.from_bytes(head[:65_536], cp_isolation=_LIKELY).best()
    return best.encoding if best else "cp1252"


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: text mostly of Latin letters has a zero in every second byte."""
    pairs = len(head) // 2
    if pairs < 4:
        return ""
    odd, even = head[1::2].count(0) / pairs, head[0::2].count(0) / pairs
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return ""


def _mostly_utf8(head: bytes) -> bool:
    """Is it UTF-8, perhaps with a few lines pasted from elsewhere?"""
    cut = head[: head.rfind(b"\n") + 1] or head
    try:
        cut.decode("utf-8")
    except UnicodeDecodeError:
        bad = len(_BAD_BYTE.findall(cut.decode("utf-8", "surrogateescape")))
        good = sum(1 for char in cut.decode("utf-8", "ignore") if ord(char) > 127)
        # Single bytes of another encoding hardly ever happen to form UTF-8: as many that do are proof.
        return good >= bad
    return True


def lines(path: Path, encoding: str, mended: Counter[str], *, skip: int = 0) -> Iterator[str]:
    """The lines of a file after the first `skip`, with their ends.

    NUL characters are dropped and bytes of another encoding read as Windows-1252; `mended` counts the lines in
    which that was needed. Raises UnreadableFile for a line without end.
    """
    with path.open("r", encoding=encoding, errors="surrogateescape", newline="") as file:
        number = 0
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if number <= skip:
                    continue
                refuse_long(line, number)
                line = mend(line, mended)
                yield line
        except UnicodeError as error:
            raise UnreadableFile(
                f"Line {number + 1} cannot be read as {encoding}: the file is cut or damaged."
            ) from error


def mend(line: str, mended: Counter[str]) -> str:
    """A line without NUL characters and bytes of another encoding, counted where there were any."""
    if "\0" in line:
        line = line.replace("\0", "")
        mended["nul_characters"] += 1
    if not line.isascii() and _BAD_BYTE.search(line):
        line = _BAD_BYTE.sub(_windows, line)
        mended["mixed_encoding"] += 1
    return line


def refuse_long(line: str, number: int) -> None:
    if len(line) >= LONGEST_LINE:
        raise UnreadableFile(
            f"Line {number} is longer than {LONGEST_LINE:,} characters: this is no table of one row a line. Look for a "
            "quotation mark that is never closed, or export the table again with a line break after each row."
        )


def _windows(bad: re.Match[str]) -> str:
    return bytes([ord(bad.group()) - 0xDC00]).decode("cp1252", "replace")
