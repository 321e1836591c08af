"""What would follow if a survey began to ask now? What is read before somebody says yes; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nineplus.stages.capture.asking.preview import Preview, preview
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.reading.outlook import Outlook, outlook
from nineplus.store.models import Sender, Survey

_WEEK = 24.0 * 7
_MOST = 20_000  # looked at for a number on a page


@dataclass(frozen=True, slots=True)
class Start:
    """Who would be asked in a day and in a week, with the reasons against the others; through which senders."""

    outlook: Outlook | None
    day: Preview
    week: Preview
    senders: tuple[Sender, ...]


def start(survey: Survey, *, now: datetime) -> Start:
    """As the planner decides it. `senders` in the plan's order of channels; one that is missing is a hindrance."""
    found = {one.medium: one for one in Sender.objects.filter(is_default=True)}
    return Start(
        outlook=outlook(survey, now=now),
        day=preview(survey, now=now, most=_MOST),
        week=preview(survey, now=now, hours=_WEEK, most=_MOST),
        senders=tuple(found[name] for name in surveys.plan_of(survey).channels if name in found),
    )
