from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nineplus.connectors.files import Batch, Mapping, convert, open_file, recognise

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write text (or bytes) into a file of that name."""

    def write(content: str | bytes, name: str = "answers.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def taken(written: Written) -> Callable[..., tuple[list[dict], list, Mapping, list[Batch]]]:
    """Rows, refused rows, mapping and batches of a file with this content."""

    def take(content: str | bytes, kind: str | None = None, *, name: str = "answers.csv", given: Mapping | None = None):
        source = open_file(written(content, name))
        mapping = recognise(source, kind, given=given)
        batches = list(convert(source, mapping))
        rows = [row for batch in batches for row in batch.rows.to_pylist()]
        return rows, [one for batch in batches for one in batch.refused], mapping, batches

    return take


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real files beside the project; they are not part of it."""
    folder = Path(__file__).parents[3].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real files is not on this machine")
    return folder
