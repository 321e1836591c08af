"""When a survey's messages go: hours, weekdays and holidays of who gets them, and days that have room."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nineplus.model.survey import Policy
from nineplus.rules.sending_time import when_to_send, zone_called
from nineplus.stages.capture.asking.audience import SOURCE, Asking
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Invitation
from nineplus.store.models.asking import MessageKind

_DAY = timedelta(days=1)


class Places:
    """The days of one survey, with what goes on each; a day of the house is what caps count."""

    def __init__(self, asking: Asking, policy: Policy, *, now: datetime) -> None:
        self.asking, self.policy, self.now = asking, policy, now
        self._times: dict[tuple[str, str, datetime], datetime] = {}
        self._taken_on: dict[date, int] = {}

    def find(self, *, time_zone: str, country: str, first: datetime, floating: bool = False) -> datetime | None:
        """When a message due at `first` would go; None when the days until the link would close are full.

        `floating`: `first` is a clock time, the same everywhere.
        """
        zone = self._zone(time_zone)
        first = max(first.replace(tzinfo=zone).astimezone(UTC) if floating else first, self.now)
        at, last = self._sent(country, zone, first), first + timedelta(days=self.asking.plan.open_days)
        while self._full(at):
            at = self._sent(country, zone, max(at, self._begins(self.day(at) + _DAY)))
            if at > last:
                return None
        return at

    def take_late(self, *, time_zone: str, country: str) -> datetime:
        """The next moment at which a message that is late may go, on a day that has room; it takes the place.

        When the days of a whole link are full, it waits as long as that.
        """
        zone, last = self._zone(time_zone), self.now + timedelta(days=self.asking.plan.open_days)
        at = self._sent(country, zone, self.now)
        while self._full(at) and at < last:
            at = self._sent(country, zone, max(at, self._begins(self.day(at) + _DAY)))
        self.take(at)
        return at

    def take(self, at: datetime) -> None:
        """One more goes on that day."""
        if self.policy.daily_cap is not None:
            self._taken_on[self.day(at)] = self._taken(self.day(at)) + 1

    def forget(self) -> None:
        """What was taken is in the store by now."""
        self._taken_on.clear()

    def day(self, at: datetime) -> date:
        """The day of the house in which that moment lies: the one that caps count."""
        return at.astimezone(self.asking.zone).date()

    def _zone(self, name: str) -> ZoneInfo:
        return zone_called(name) or self.asking.zone

    def _sent(self, country: str, zone: ZoneInfo, first: datetime) -> datetime:
        key = (zone.key, country, first)
        if key not in self._times:
            self._times[key] = when_to_send(self.policy, zone, country, now=first)
        return self._times[key]

    def _full(self, at: datetime) -> bool:
        cap = self.policy.daily_cap
        return cap is not None and self._taken(self.day(at)) >= cap

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.asking.zone).astimezone(UTC)

    def _taken(self, day: date) -> int:
        """How many of the survey's invitations go on that day of the house."""
        if not self.asking.survey.pk:
            return self._taken_on.get(day, 0)
        if day not in self._taken_on:
            begins, ends = self._begins(day), self._begins(day + _DAY)
            asks = Invitation.objects.filter(survey=self.asking.survey, source=SOURCE)
            asks = asks.exclude(fate=Invitation.Fate.SKIPPED)
            moved = asks.filter(due_at__lt=begins, messages__kind=MessageKind.INVITATION, fate=Invitation.Fate.PLANNED)
            late = moved.filter(messages__due_at__gte=begins, messages__due_at__lt=ends)  # caring.put_off
            self._taken_on[day] = asks.filter(due_at__gte=begins, due_at__lt=ends).count() + late.count()
        return self._taken_on[day]


def sending_moment(policy: Policy, *, time_zone: str, country: str, now: datetime) -> datetime:
    """The first instant from `now` on at which that contact may be sent to; a zone that is not known is the house's."""
    return when_to_send(policy, zone_called(time_zone) or preferences().zone, country, now=now)
