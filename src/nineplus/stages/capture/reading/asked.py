"""What a list of responses is asked for, and that question put to the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Q, QuerySet

from nineplus.model import Filter
from nineplus.stages import mart
from nineplus.stages.errors import NotPossible
from nineplus.stats import scale
from nineplus.store.models import Response, Survey

GROUPS = {
    "promoters": (scale.PROMOTER_FROM, scale.HIGHEST),
    "passives": (scale.DETRACTOR_TO + 1, scale.PROMOTER_FROM - 1),
    "detractors": (scale.LOWEST, scale.DETRACTOR_TO),
}


@dataclass(frozen=True, slots=True)
class Asked:
    filter: Filter
    group: str
    account: int | None
    updated_since: datetime | None = None
    theme: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        mart.check(self.filter)
        if self.updated_since and self.of_mart:
            raise NotPossible(
                "What changed since then can be asked of surveys and touchpoints, not of attributes or themes."
            )
        if self.group and self.group not in GROUPS:
            raise NotPossible(f"There is no group {self.group!r}. There are: {', '.join(GROUPS)}.")

    @property
    def of_mart(self) -> bool:
        """Asks for something that only the mart knows."""
        return bool(self.filter.attributes or self.theme)


def narrowed(asked: Asked) -> QuerySet[Response]:
    rows = Response.objects.all()
    if asked.group:
        rows = rows.filter(score__range=GROUPS[asked.group])
    if asked.account is not None:
        rows = rows.filter(account_id=asked.account)
    if asked.updated_since:
        rows = rows.filter(Q(answered_at__gte=asked.updated_since) | Q(changed_at__gte=asked.updated_since))
    if asked.filter.window.start:
        rows = rows.filter(answered_at__gte=_midnight(asked.filter.window.start))
    if asked.filter.window.end:
        rows = rows.filter(answered_at__lt=_midnight(asked.filter.window.end))
    return rows


def surveys_of(filter: Filter) -> list[int] | None:
    """The surveys that pass; None when the filter does not ask for any."""
    if not filter.surveys and not filter.touchpoints:
        return None
    rows = Survey.objects.all()
    if filter.surveys:
        rows = rows.filter(name__in=filter.surveys)
    if filter.touchpoints:
        rows = rows.filter(touchpoint__in=filter.touchpoints)
    return list(rows.values_list("pk", flat=True))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
