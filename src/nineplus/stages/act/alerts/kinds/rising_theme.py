"""A theme is spoken of more than usual: told when the weekly question finds it. Once a theme and week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from nineplus.render import numbers
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import analysts

NAME, TITLE = "rising_theme", "A theme rises in comments"
SAYS = "Analysts and the owners of the company, once a theme and week."


def look(told: Mapping[str, Any], *, now: datetime) -> int:
    """Tell of it (theme, title, week, accounts, usual); how many are told. Safe to repeat."""
    began = numbers.day(date.fromisoformat(str(told["week"])))
    return tell(
        kind=NAME,
        subject=f"theme {told['theme']}"[:80],
        period=str(told["week"]),
        title=f"“{told['title']}” rises: {told['accounts']} accounts spoke of it in a week",
        detail=f"{told['usual']} would be usual. The week began on {began}; chance and volume are allowed for.",
        path=f"/themes/{told['theme']}/"[:200],
        whom=analysts(),
        now=now,
    )
