from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stages.connect.common import NOW


@pytest.fixture
def bring(tmp_path: Path) -> Callable:
    """Import text as a file of that kind, from receiving to running (unless `go` is False)."""
    from nineplus.stages.connect import imports

    def run(text: str, kind: str = "responses", *, name: str = "file.csv", source: str = "file", go: bool = True):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        one = imports.receive(path, kind=kind, source=source, now=NOW)
        mapping = imports.propose(one.pk)
        imports.confirm(one.pk, mapping, now=NOW, hand_on=False)
        return imports.run(one.pk, now=NOW) if go else imports.get(one.pk)

    return run


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a step, so that a small file takes many."""
    monkeypatch.setattr("nineplus.connectors.files.csv.BATCH", 10)
