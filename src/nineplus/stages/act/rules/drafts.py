"""Rules that the sample company brings, off: what they would have done is asked once, so that it can be looked at."""

from __future__ import annotations

from datetime import datetime

from nineplus.stages.act.rules import keeping, trying
from nineplus.stages.govern import sample
from nineplus.store.models import WorkflowVersion


def try_sample(*, now: datetime) -> int:
    """The dry run of each that was not tried yet; how many. Safe to repeat, nothing is done by it."""
    rows = WorkflowVersion.objects.filter(workflow__in=sample.rules(), workflow__removed_at=None, tried__isnull=True)
    done = 0
    for version in rows.select_related("workflow"):
        rule = keeping.read(version.document)
        keeping.tried(version, trying.dry_run(rule, now=now).to_dict())
        done += 1
    return done
