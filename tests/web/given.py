"""What the pages' tests share."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PASSWORD = "four plain words here"
