"""Open the mart's folder for analyses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nineplus.mart.dataset import Dataset
from nineplus.model import Marker, Note


def open_dataset(
    *,
    folder: Path,
    engine: str = "duckdb",
    snapshot: str | None = None,
    notes: Sequence[Note] = (),
    markers: Sequence[Marker] = (),
) -> Dataset:
    """The latest (or the named) snapshot as a Dataset; cheap to call often, safe in every thread.

    Raises NoMart when nothing was ever written, MartDamaged when a manifest or file is lost or torn.
    """
    raise NotImplementedError
