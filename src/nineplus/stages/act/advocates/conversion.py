"""How many promoters become advocates: the share who do something for us within 90 days of what they said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from nineplus.stages.errors import NotPossible
from nineplus.stats.nps import wilson
from nineplus.stats.scale import PROMOTER_FROM
from nineplus.store.models import Act, Lead, Programme, Response
from nineplus.store.models.advocates import ActStage, LeadState

WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Share:
    """Of `known` promoters `did` something; `low` to `high` is the 95 % interval (Wilson).

    `not_known`: those whose 90 days are not over, whatever they did so far; they are in neither number. `value`, `low`
    and `high` are None when nobody is known.
    """

    did: int
    known: int
    not_known: int

    @property
    def value(self) -> float | None:
        return self.did / self.known if self.known else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.did, self.known)[:2] if self.known else None

    @property
    def low(self) -> float | None:
        return self.interval[0] if self.interval else None

    @property
    def high(self) -> float | None:
        return self.interval[1] if self.interval else None


@dataclass(frozen=True, slots=True)
class Conversion:
    """The promoters of a year (by their first answer in it, in UTC): together, by programme and by month (1 to 12).

    Of a programme: those who did something in it. A month is that of the answer; months without promoters are not
    there.
    """

    year: int
    all: Share
    programmes: Sequence[tuple[Programme, Share]]
    months: Mapping[int, Share]


def conversion(*, year: int | None = None, now: datetime) -> Conversion:
    """What share of the promoters of this year (None: the current one) did an act of advocacy within 90 days?

    A promoter is whoever gave 9 or 10 in the first answer of the year that they are known by. An act of advocacy is an
    act that was done, or a referral that counts, from that answer until 90 days after it. Raises NotPossible.
    """
    year = now.astimezone(UTC).year if year is None else year
    if not 1970 <= year <= 9000:
        raise NotPossible("A year is written as 2026.")
    first = _promoters(year)
    over = {contact for contact, at in first.items() if at + WITHIN <= now}
    did = _acts(first, year=year)
    waiting = len(first) - len(over)
    anywhere = {contact for contacts in did.values() for contact in contacts} & over
    programmes = [
        (one, Share(len(did.get(one.pk, set()) & over), len(over), waiting))
        for one in Programme.objects.order_by("name", "pk")
    ]
    known, helped = (Counter(first[contact].month for contact in some) for some in (over, anywhere))
    whole = Counter(at.month for at in first.values())
    months = {month: Share(helped[month], known[month], whole[month] - known[month]) for month in sorted(whole)}
    return Conversion(year, Share(len(anywhere), len(over), waiting), programmes, months)


def _promoters(year: int) -> dict[int, datetime]:
    """Everyone whose first answer of the year made them a promoter, with its time."""
    rows = Response.objects.filter(contact__isnull=False, **_in(year, "answered_at"))
    place = Window(RowNumber(), partition_by=F("contact"), order_by=("answered_at", "pk"))
    firsts = rows.annotate(place=place).filter(place=1).order_by().values_list("contact", "answered_at", "score")
    # Looked at here: a filter by score would be done before the first one is found.
    return {contact: at.astimezone(UTC) for contact, at, score in firsts if score >= PROMOTER_FROM}


def _acts(first: Mapping[int, datetime], *, year: int) -> Mapping[int, set[int]]:
    """Who of them did something in time, by programme."""
    begins, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC) + WITHIN
    done = Act.objects.filter(stage=ActStage.DONE, contact__isnull=False, done_at__gte=begins, done_at__lte=ends)
    brought = Lead.objects.exclude(state=LeadState.REFUSED).filter(at__gte=begins, at__lte=ends)
    found: dict[int, set[int]] = defaultdict(set)
    both: Iterable[Iterable[tuple[int, int, datetime]]] = (
        done.values_list("programme", "contact", "done_at"),
        brought.values_list("programme", "advocate__contact", "at"),
    )
    for rows in both:
        for programme, contact, at in rows:
            if contact in first and first[contact] <= at <= first[contact] + WITHIN:
                found[programme].add(contact)
    return found


def _in(year: int, column: str) -> dict[str, datetime]:
    return {f"{column}__gte": datetime(year, 1, 1, tzinfo=UTC), f"{column}__lt": datetime(year + 1, 1, 1, tzinfo=UTC)}
