"""The report as its three forms: a page, a text, a document of data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nineplus.report.data import as_dict
from nineplus.report.findings import Findings
from nineplus.report.page import as_html, as_markdown


@dataclass(frozen=True, slots=True)
class Report(Findings):
    """What was found, ready to be read, sent or computed with."""

    def to_dict(self) -> dict[str, Any]:
        """score, segments, trend, drivers, attribution, quality, snapshot; every number a number or None."""
        return as_dict(self)

    def to_json(self, *, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def to_html(self) -> str:
        """One self-contained, printable file: no scripts, nothing fetched."""
        return as_html(self)

    def to_markdown(self) -> str:
        return as_markdown(self)
