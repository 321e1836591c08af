"""The kinds of alerts: each file says what is told, to whom, and how often of one subject."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from nineplus.stages.act.alerts.kinds import (
    case_assigned,
    high_value_detractor,
    nps_change,
    overdue_case,
    referral_came,
    referral_won,
    rising_theme,
    score_fall,
    silent_account,
    source_stopped,
)

_ALL: tuple[ModuleType, ...] = (
    overdue_case,
    case_assigned,
    high_value_detractor,
    score_fall,
    nps_change,
    rising_theme,
    silent_account,
    referral_came,
    referral_won,
    source_stopped,
)
KINDS: Mapping[str, str] = {one.NAME: one.TITLE for one in _ALL}
"""Names and what people read."""
SAYS: Mapping[str, str] = {one.NAME: one.SAYS for one in _ALL}
"""Who is told and when, in a sentence."""
