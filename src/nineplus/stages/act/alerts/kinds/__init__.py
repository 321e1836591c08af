"""The kinds of alerts: each file says what is told, to whom, and how often of one subject."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.stages.act.alerts.kinds import high_value_detractor, overdue_case

KINDS: Mapping[str, str] = {one.NAME: one.TITLE for one in (overdue_case, high_value_detractor)}
"""Names and what people read."""
