"""How answers are tied to tickets: the rule in force, its next version, and the job that links anew by it.

A rule is never changed. Saving makes the next version and asks the worker to link all answers by it; until that is
done every page, number and report shows the version before, whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from nineplus.model.attribution import LinkRule, WorkCalendar
from nineplus.rules.attribution import checked
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Event, LinkRuleVersion, User
from nineplus.store.models.attribution import LinkRuleState

GOING = (LinkRuleState.WAITING, LinkRuleState.RUNNING)
KIND = "links.rule"


@read_once
def current() -> LinkRule:
    """The rule in force: the newest version by which everything was linked, else what is there from the start."""
    settings = (
        LinkRuleVersion.objects.filter(state=LinkRuleState.DONE).order_by("-version").values_list("settings", flat=True)
    )
    found = settings.first()
    return LinkRule.from_dict(found) if found is not None else LinkRule()


def newest() -> LinkRuleVersion | None:
    """The version that was saved last, whatever became of it."""
    return LinkRuleVersion.objects.select_related("created_by").order_by("-version").first()


def going() -> LinkRuleVersion | None:
    """The version that the worker links by now, or is about to."""
    return LinkRuleVersion.objects.filter(state__in=GOING).order_by("-version").first()


def versions() -> Sequence[LinkRuleVersion]:
    """All versions that were saved, the newest first."""
    return list(LinkRuleVersion.objects.select_related("created_by").order_by("-version"))


def edited() -> LinkRule:
    """What a form starts from: the version that is on its way, else the one in force."""
    one = going()
    return LinkRule.from_dict(one.settings) if one else current()


def save(rule: LinkRule, *, by: User | None = None, now: datetime) -> LinkRuleVersion:
    """Make this the next version and ask for all answers to be linked by it; one on its way gives way.

    Holidays of calendars with a country are looked up. Raises NotPossible when the rule will not do, Conflict when
    it is the one in force.
    """
    rule = replace(rule, calendars=tuple(with_holidays(calendar) for calendar in rule.calendars))
    if wrong := checked(rule):
        raise NotPossible(" ".join(wrong))
    with transaction.atomic():
        under_way = LinkRuleVersion.objects.select_for_update().filter(state__in=GOING)
        if rule.same_as(current()) and not under_way.exists():
            raise Conflict("This is the rule in force already: nothing to do.")
        under_way.update(state=LinkRuleState.CANCELLED, finished_at=now, error="A later version was saved.")
        last = LinkRuleVersion.objects.order_by("-version").values_list("version", flat=True).first() or 1
        rule = replace(rule, version=last + 1)
        one = LinkRuleVersion.objects.create(
            version=rule.version, settings=rule.to_dict(), created_by=by, created_at=now
        )
        Event.publish(kind=KIND, data={"version": one.version}, now=now)
    return one


def cancel(*, version: int, now: datetime) -> None:
    """End the job: the rule in force stays. Raises NotFound, Conflict when it is over."""
    if not LinkRuleVersion.objects.filter(version=version).exists():
        raise NotFound(f"There is no version {version}.")
    ended = LinkRuleVersion.objects.filter(version=version, state__in=GOING).update(
        state=LinkRuleState.CANCELLED, finished_at=now
    )
    if not ended:
        raise Conflict("It is over already.")


def with_holidays(calendar: WorkCalendar) -> WorkCalendar:
    """The calendar with the holidays of its country; days that people named stay.

    Raises NotPossible for a country or region that is not known.
    """
    if not calendar.country:
        return calendar
    import holidays

    from nineplus.stats.worktime import YEARS

    try:
        known = holidays.country_holidays(
            calendar.country.upper(), subdiv=calendar.region or None, years=range(YEARS[0], YEARS[1] + 1)
        )
    except NotImplementedError:
        where = f"{calendar.country} {calendar.region}".strip()
        raise NotPossible(
            f"No holidays are known for {where!r}. Write the country as DE, and the region as its holidays are "
            "known (BY), or leave both empty and name the days."
        ) from None
    days = {*(day.isoformat() for day in known), *calendar.holidays}
    return replace(calendar, country=calendar.country.upper(), holidays=tuple(sorted(days)))
