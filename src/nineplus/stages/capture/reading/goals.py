"""Coverage: are enough answers coming from each segment, and by when? Whose revenue has been heard, whose is silent?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, Max, Min, OuterRef, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf

from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.model.survey import Goal
from nineplus.render.numbers import money
from nineplus.stages.capture.drawing import surveys
from nineplus.stats.pace import waiting_time
from nineplus.store.models import Account, Contact, Response, Survey
from nineplus.store.money import paid_monthly

GOALS, GOALS_TITLE = "coverage-goals", "Are enough answers coming from each segment?"
REVENUE, REVENUE_TITLE = "revenue-coverage", "Whose revenue has been heard?"
HEARD_WITHIN = 90
"""Days in which an account must have answered to count as heard."""
_MOST_VALUES = 50
_MOST_SILENT = 50
_FARTHEST = 365 * 3  # days ahead that are still worth a date


def coverage_goals(survey: Survey, *, now: datetime, confidence: float = 0.95) -> Result:
    """The survey's goals, each with the answers so far and the day on which it is reached at the present pace.

    A goal without a value is one for each value that contacts or accounts have. Answers count in the goal's last days;
    the interval of the day is that of a Poisson process whose rate is known from those answers only.
    """
    goals = surveys.plan_of(survey).goals
    if not goals:
        return refuse(GOALS, GOALS_TITLE, "The survey has no coverage goals yet. Set some under “Whom”.")
    since = survey.versions.aggregate(first=Min("created_at"))["first"] or survey.created_at
    rows = [row for goal in goals for row in _rows(survey, goal, since=since, now=now, confidence=confidence)]
    reached = sum(row["reached"] for row in rows)
    late = [row for row in rows if not row["reached"] and row["expected"] is None]
    says = f"{reached} of {len(rows)} goals are reached."
    if late:
        says += f" At the present pace {len(late)} will not be."
    return Result(
        name=GOALS,
        title=GOALS_TITLE,
        says=says,
        tables=(
            Table(
                name="goals",
                title="Answers in the goal's days",
                columns=(
                    Column("segment", "Segment"),
                    Column("answers", "Answers", Kind.COUNT),
                    Column("wanted", "Wanted", Kind.COUNT),
                    Column("days", "In days", Kind.COUNT),
                    Column("share", "Reached", Kind.SHARE),
                    Column("a_week", "A week now", Kind.NUMBER),
                    Column("needed_a_week", "A week needed", Kind.NUMBER),
                    Column("expected", "Expected on", Kind.DATE),
                    Column("earliest", "Not before", Kind.DATE),
                    Column("latest", "Not after", Kind.DATE),
                    Column("reached", "Goal reached", Kind.FLAG),
                ),
                rows=tuple(rows),
                figure=Figure(kind="bars", label="segment", value="share", flag="reached"),
                note="No day means: not at the present pace, or nobody can say yet.",
            ),
        ),
        figures={"goals": len(rows), "reached": reached},
        assumptions=("Answers go on coming as they did in the goal's days, one independently of the other.",),
        method="Poisson rate with Jeffreys' prior; predictive interval of the waiting time",
    )


def _rows(survey: Survey, goal: Goal, *, since: datetime, now: datetime, confidence: float) -> list[dict[str, object]]:
    begins = max(now - timedelta(days=goal.days), since)
    exposure = max((now - begins) / timedelta(days=1), 1 / 24)
    answers = _answers(survey, goal.attribute, begins)
    values = [goal.value] if goal.value else sorted(set(_values(goal.attribute)) | set(answers))[:_MOST_VALUES]
    rows: list[dict[str, object]] = []
    for value in values:
        count = sum(n for name, n in answers.items() if name.casefold() == value.casefold())
        expected = earliest = latest = None
        room = goal.days - exposure  # until the goal's window is full, and old answers leave it as new ones come
        if goal.answers - count > 0 and room > 0:
            wait = waiting_time(counted=count, exposure=exposure, missing=goal.answers - count, confidence=confidence)
            reached_by = (wait.low, wait.median if count else None, wait.high)
            earliest, expected, latest = (_day(days, room, now) for days in reached_by)
        rows.append(
            {
                "segment": f"{goal.attribute.replace('_', ' ')}: {value}",
                "answers": count,
                "wanted": goal.answers,
                "days": goal.days,
                "share": min(1.0, count / goal.answers),
                "a_week": 7 * count / exposure,
                "needed_a_week": 7 * goal.answers / goal.days,
                "expected": expected,
                "earliest": earliest,
                "latest": latest,
                "reached": count >= goal.answers,
            }
        )
    return rows


def _day(days: float | None, room: float, now: datetime) -> date | None:
    if days is None or days > min(room, _FARTHEST):
        return None
    return (now + timedelta(days=days)).date()


def _answers(survey: Survey, attribute: str, begins: datetime) -> dict[str, int]:
    """Answers since then by value, as the attribute stood when they were given."""
    rows = Response.objects.filter(survey=survey, answered_at__gt=begins)
    value = KeyTextTransform(attribute, "attributes")
    counted = rows.annotate(value=value).order_by().values_list("value").annotate(n=Count("pk"))
    return {str(name): n for name, n in counted if name not in (None, "")}


def _values(attribute: str) -> list[str]:
    """The values that contacts have, their own or their account's."""
    own, theirs = (
        NullIf(KeyTextTransform(attribute, whose), Value(""), output_field=TextField())
        for whose in ("attributes", "account__attributes")
    )
    found = Contact.objects.annotate(value=Coalesce(own, theirs)).filter(value__isnull=False)
    return [str(value) for value in found.order_by().values_list("value", flat=True).distinct()[:_MOST_VALUES]]


def revenue_coverage(*, now: datetime, days: int = HEARD_WITHIN) -> Result:
    """What share of monthly recurring revenue belongs to accounts that answered in the last days, and who is silent?

    Revenue is what an account's movements up to now come to, by currency (store.money). It is a count of all of it, no
    sample: there is no interval. An account is heard when any of its people gave a score that is not anonymous.
    """
    heard = Response.objects.filter(account=OuterRef("account"), answered_at__gt=now - timedelta(days=days))
    sums = paid_monthly(now=now).annotate(heard=Exists(heard))
    paying = list(sums.values_list("account", "currency", "mrr", "heard"))
    if not paying:
        return refuse(REVENUE, REVENUE_TITLE, "No revenue is known yet: import movements or subscriptions.")
    by_currency: dict[str, list[int]] = {}
    for _account, currency, mrr, is_heard in paying:
        row = by_currency.setdefault(currency, [0, 0, 0, 0])
        row[0] += mrr
        row[1] += mrr if is_heard else 0
        row[2] += 1
        row[3] += bool(is_heard)
    main = max(by_currency, key=lambda currency: by_currency[currency][2])
    total, told, accounts, heard_of = by_currency[main]
    return Result(
        name=REVENUE,
        title=REVENUE_TITLE,
        says=f"Accounts with {100 * told / total:.0f} % of monthly revenue in {main} answered in the last {days} days: "
        f"{money(told, main)} of {money(total, main)} a month, {heard_of:,} of {accounts:,} accounts. "
        f"{money(total - told, main)} a month is silent.",
        tables=(_currencies(by_currency), _silent(paying)),
        figures={"share": told / total, "silent_minor": total - told, "currency": main, "accounts": accounts},
        assumptions=("Every paying account is counted, asked or not: no sample, so there is no interval.",),
        method=f"Sum of movements by account; heard is an answer within {days} days",
    )


def _currencies(by_currency: Mapping[str, list[int]]) -> Table:
    return Table(
        name="heard",
        title="Monthly revenue heard",
        columns=(
            Column("currency", "Currency"),
            Column("share", "Of revenue", Kind.SHARE),
            Column("accounts_share", "Of accounts", Kind.SHARE),
            Column("heard", "Heard a month"),
            Column("silent", "Silent a month"),
            Column("accounts", "Paying accounts", Kind.COUNT),
        ),
        rows=tuple(
            {
                "currency": currency,
                "share": told / total,
                "accounts_share": heard / accounts,
                "heard": money(told, currency),
                "silent": money(total - told, currency),
                "accounts": accounts,
            }
            for currency, (total, told, accounts, heard) in sorted(by_currency.items(), key=lambda item: -item[1][2])
        ),
        figure=Figure(kind="bars", label="currency", value="share"),
    )


def _silent(paying: list[tuple[int, str, int, bool]]) -> Table:
    """Those with the most revenue first, in each currency."""
    silent = sorted((row for row in paying if not row[3]), key=lambda row: -row[2])[:_MOST_SILENT]
    names = dict(Account.objects.filter(pk__in=[row[0] for row in silent]).values_list("pk", "name"))
    answers = Response.objects.filter(account__in=list(names)).order_by()
    last = dict(answers.values_list("account").annotate(last=Max("answered_at")))
    return Table(
        name="silent",
        title="Silent accounts with the most revenue",
        columns=(
            Column("account", "Account"),
            Column("mrr", "A month"),
            Column("last", "Last answer", Kind.DATE),
        ),
        rows=tuple(
            {
                "account": names.get(account) or f"#{account}",
                "mrr": money(mrr, currency),
                "last": last[account].date() if account in last else None,
            }
            for account, currency, mrr, _heard in silent
        ),
        note=f"The first {_MOST_SILENT}." if len(silent) == _MOST_SILENT else "",
    )
