"""An import may not hide among the sample company's rows: taking that away would take it too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nineplus.stages.connect import imports
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Import

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_the_sample_companys_source_is_refused(tmp_path: Path):
    file = tmp_path / "responses.csv"
    file.write_text("score\n9\n3\n")
    with pytest.raises(NotPossible, match="sample"):
        imports.receive(file, kind="responses", source="sample", now=NOW)
    assert not Import.objects.exists()
