"""Imports and their files as the store and the home keep them."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from nineplus.connectors import files
from nineplus.connectors.files import Source, UnreadableFile
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Import

_PORTION = 1 << 20


def folder() -> Path:
    """Where the files of imports are kept."""
    return Path(settings.HOME) / "imports"


def get(import_id: int) -> Import:
    """Raises NotFound with a sentence."""
    try:
        return Import.objects.get(pk=import_id)
    except Import.DoesNotExist:
        raise NotFound(f"There is no import {import_id}.") from None


def opened(one: Import) -> Source:
    """The import's file. Raises NotPossible when it was dropped."""
    path = folder() / one.stored_as
    if not one.stored_as or not path.is_file():
        raise NotPossible("The file of this import is no longer kept. Send it again.")
    try:
        return files.open_file(path)
    except UnreadableFile as error:
        raise NotPossible(str(error)) from error


def keep(upload: BinaryIO | Path, stored: Path) -> tuple[int, str]:
    """Copy the file into the home; nothing half-copied is left behind."""
    stored.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        source = upload.open("rb") if isinstance(upload, Path) else upload
        try:
            with os.fdopen(os.open(stored, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
                while portion := source.read(_PORTION):
                    copy.write(portion)
                    digest.update(portion)
                    size += len(portion)
        finally:
            if isinstance(upload, Path):
                source.close()
    except OSError as error:
        stored.unlink(missing_ok=True)
        raise NotPossible(in_words(error)) from error
    return size, digest.hexdigest()


def in_words(error: Exception) -> str:
    """What went wrong with the disk, the file or the database, as a sentence."""
    text = str(error).casefold()
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in text or "no space" in text:
        return "The disk is full. Make room and run the import again: it goes on where it stopped."
    if "locked" in text:
        return "The database is locked by another program. Run the import again: it goes on where it stopped."
    if isinstance(error, OSError):
        return f"The file cannot be read or kept: {error.strerror or type(error).__name__}."
    return f"The database refused the rows ({type(error).__name__}). What was written before can be undone."
