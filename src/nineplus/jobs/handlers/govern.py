"""Events of govern: the sample company."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from nineplus.jobs.lanes import NotFinished
from nineplus.stages.errors import Conflict


def load_sample(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.rules import drafts
    from nineplus.stages.govern import sample

    with suppress(Conflict):  # somebody else loads it, or it is no longer wanted
        sample.load(now=now)
        drafts.try_sample(now=now)


def remove_sample(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.govern import sample

    with suppress(Conflict):  # somebody else removes or loads it
        if sample.remove(now=now, stopping=stopping).state == "removing":
            raise NotFinished
