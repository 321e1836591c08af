"""Do playbooks get done, how long does each step take, and do their customers recover more than to be expected?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.stages.act.cases import pairs
from nineplus.stats import scale
from nineplus.stats.nps import wilson
from nineplus.stats.recovery import Outcome, Recovery
from nineplus.stats.survival import Survival, survival
from nineplus.store.models import CasePlaybook, CaseStep, Playbook
from nineplus.store.models.cases import CaseState

PERIOD = timedelta(days=180)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step: on how many cases, done, left out, late; `curve` is the time until it was done, open ones counted."""

    title: str
    cases: int
    done: int
    left_out: int
    late: int
    curve: Survival


@dataclass(frozen=True, slots=True)
class Measured:
    """Of the cases that took it up in the period. Complete: every step done; of those that ended or are closed."""

    playbook: Playbook
    cases: int
    going: int
    complete: int
    ended: int
    curve: Survival | None
    steps: Sequence[StepTold]
    recovered: Recovery | None

    @property
    def share(self) -> float | None:
        return self.complete / self.ended if self.ended else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.complete, self.ended)[:2] if self.ended else None

    @property
    def few(self) -> bool:
        """Did so few end that their share says nothing yet?"""
        return self.ended < scale.FEW


def measured(playbook: Playbook, *, now: datetime, period: timedelta = PERIOD) -> Measured:
    """What came of this playbook. Hours are the clock's, since it was taken up; a step is late by working hours."""
    rows = list(
        CasePlaybook.objects.filter(playbook=playbook, started_at__gte=now - period)
        .select_related("case")
        .prefetch_related("steps")
    )
    ends: Counter[float] = Counter()
    waiting: Counter[float] = Counter()
    by_title: dict[tuple[int, str], list[tuple[CasePlaybook, CaseStep]]] = defaultdict(list)
    complete = ended = 0
    for row in rows:
        steps = list(row.steps.all())
        over = row.ended_at or (row.case.closed_at if row.case.state == CaseState.CLOSED else None)
        if over is not None:
            ended += 1
            complete += all(step.done_at and not step.left_out for step in steps)
        (ends if row.ended_at else waiting)[_hours(row.started_at, row.ended_at or over or now)] += 1
        for step in steps:
            by_title[step.place, step.title].append((row, step))
    return Measured(
        playbook=playbook,
        cases=len(rows),
        going=len(rows) - ended,
        complete=complete,
        ended=ended,
        curve=survival(events=ends, waiting=waiting) if rows else None,
        steps=[_told(title, found, now=now) for (_, title), found in sorted(by_title.items(), key=lambda one: one[0])],
        recovered=pairs.lift(
            pairs.followed_cases().filter(playbooks__playbook=playbook),
            before=range(scale.DETRACTOR_TO + 1),
            outcome=Outcome.RECOVERED,
            apart=pairs.contacted_cases(),
            now=now,
        ),
    )


def _told(title: str, found: Sequence[tuple[CasePlaybook, CaseStep]], *, now: datetime) -> StepTold:
    done: Counter[float] = Counter()
    waiting: Counter[float] = Counter()
    for row, step in found:
        over = step.done_at or row.case.closed_at or now
        (done if step.done_at and not step.left_out else waiting)[_hours(row.started_at, over)] += 1
    return StepTold(
        title=title,
        cases=len(found),
        done=done.total(),
        left_out=sum(1 for _, step in found if step.left_out),
        late=sum(1 for row, step in found if step.due_at and (step.done_at or row.case.closed_at or now) > step.due_at),
        curve=survival(events=done, waiting=waiting),
    )


def _hours(begins: datetime, ends: datetime) -> float:
    return max(0.0, round((ends - begins) / _HOUR, 2))
