"""What following up brings: who came back, and which passives moved, against what was to be expected anyway.

Part of a low score is a bad day, so customers come back by themselves: those followed up are compared with others of
exactly the same score (methods §9, §11). Ranges are a jackknife over accounts. Evidence grade C: association.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from nineplus.render import numbers
from nineplus.stages.act.cases import pairs
from nineplus.stats import scale
from nineplus.stats.recovery import Outcome, Recovery
from nineplus.store.models import PersonalLetter

GRADE = "C"
NUDGE = "nudge-"
"""How the key of a nudge's letter begins; the answer's number follows."""
DETRACTORS = tuple(range(scale.DETRACTOR_TO + 1))
PASSIVES = tuple(range(scale.DETRACTOR_TO + 1, scale.PROMOTER_FROM))


@dataclass(frozen=True, slots=True)
class Effects:
    """Each is None as long as nobody can be compared. `recovered`: no detractor at the next answer, of those whom a
    person reached in a case; `points`: the same in NPS points; `moved`: promoters of the passives who were nudged.
    """

    recovered: Recovery | None
    points: Recovery | None
    moved: Recovery | None


def effects(*, now: datetime) -> Effects:
    """Asked of all pairs of answers of the last two years."""
    called = pairs.contacted_cases()
    nudged = PersonalLetter.objects.filter(
        key__startswith=NUDGE,
        contact=OuterRef("contact"),
        written_at__gte=OuterRef("answered_at"),
        written_at__lt=OuterRef("next_at"),
        message__state="sent",
    )
    return Effects(
        recovered=pairs.lift(called, before=DETRACTORS, outcome=Outcome.RECOVERED, now=now),
        points=pairs.lift(called, before=DETRACTORS, outcome=Outcome.NPS, now=now),
        moved=pairs.lift(Exists(nudged), before=PASSIVES, outcome=Outcome.PROMOTER, now=now),
    )


def in_words(found: Recovery | None, *, came: str = "recovered") -> str:
    """The lift in a sentence; `came` is what the share did."""
    if found is None:
        return "Nobody can be compared yet: it takes customers who answered again, and others of the same score."
    lift = found.lift
    said = (
        f"Of {numbers.number(found.compared)} who answered again {found.observed:.0f} in 100 {came}; "
        f"{found.expected:.0f} were to be expected of others with the same score"
    )
    if lift.value is None or lift.low is None or lift.high is None:
        return said + "."
    sure = "more" if lift.low > 0 else "fewer" if lift.high < 0 else "no difference that can be told apart"
    return f"{said}: {lift.value:+.0f} ({lift.low:+.0f} to {lift.high:+.0f}), {sure}."
