"""All answers linked anew by the next version of the rule, while everybody goes on with the version before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from nineplus.mart.errors import MartBusy
from nineplus.model.attribution import LinkRule
from nineplus.stages.connect.attribution import GOING, going
from nineplus.stages.mart import folder, prepare
from nineplus.store.models import Event, LinkRuleVersion
from nineplus.store.models.attribution import LinkRuleState

Progress = Callable[[str, int, int], None]
"""Called with what comes next, how many steps are done and how many there are."""


class _Ended(Exception):
    """It was cancelled, a later version was saved, or the worker is stopping."""


def relink(*, now: datetime, stopping: Callable[[], bool] = lambda: False, progress: Progress | None = None) -> bool:
    """Make the mart anew by the version that waits; it is in force when this is done. Safe to call again, also after
    a kill. False: the worker is stopping, and somebody must go on.

    Between steps it is asked whether the job was cancelled, or a later version was saved: then that one is next.
    The new snapshot appears whole or not at all. Raises MartBusy when another refresh is at work.
    """
    prepare()
    from nineplus.mart import delta
    from nineplus.mart.rebuild import rebuild
    from nineplus.store import sources

    one = going()
    if one is None:
        return True
    mine = LinkRuleVersion.objects.filter(pk=one.pk, state__in=GOING)
    mine.update(state=LinkRuleState.RUNNING, started_at=now, error="")

    def told(step: str, done: int, total: int) -> None:
        if progress:
            progress(step, done, total)
        if stopping() or not mine.update(step=step, steps_done=done, steps_total=total):
            raise _Ended

    try:
        with delta.writing(folder()), sources.opened() as store:
            rebuild(
                folder=folder(),
                sources=store.tables,
                attributes=store.attributes,
                revision=store.revision,
                now=now,
                rule=LinkRule.from_dict(one.settings),
                progress=told,
            )
            # while the folder is held: a refresh that comes next must find the rule in force
            done = {"state": LinkRuleState.DONE, "steps_done": F("steps_total"), "finished_at": timezone.now()}
            if not mine.update(**done):  # cancelled in the last moment: back to the rule in force
                Event.publish_once(kind="mart.stale", now=now)
    except _Ended:
        mine.filter(state=LinkRuleState.RUNNING).update(state=LinkRuleState.WAITING)
    except (MartBusy, OSError, DatabaseError):
        raise  # somebody else's, or an outage: tried again
    except Exception as problem:  # a defect: it would fail again, and must not look as if it still went on
        said = f"It stopped at a fault ({type(problem).__name__}), which is in the log. Save the rule to try again."
        mine.update(state=LinkRuleState.FAILED, error=said, finished_at=timezone.now())
        raise
    return not stopping() and relink(now=now, stopping=stopping, progress=progress)
