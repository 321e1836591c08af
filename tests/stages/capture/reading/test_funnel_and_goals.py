"""What became of asks, whether goals are reached, whose revenue was heard."""

from __future__ import annotations

from itertools import count

import pytest

from nineplus.model.survey import Goal
from nineplus.stages.capture.asking import caring
from nineplus.stages.capture.reading.funnel import funnel
from nineplus.stages.capture.reading.goals import coverage_goals, revenue_coverage
from nineplus.stages.errors import NotFound
from nineplus.store.models import Attribute, Invitation, Message, Movement, Response, Survey
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db
_ids = count(1)


def ask(survey, fate, *, comment=None, person=None, **more):
    """An invitation that came that far; with `comment` not None it was answered."""
    person = person or world.contact(account=world.account())
    row = Invitation.objects.create(
        source="nineplus",
        external_id=f"x{next(_ids)}",
        survey=survey,
        contact=person,
        account=person.account,
        fate=fate,
        revision=0,
        **({"sent_at": NOW} if fate not in ("planned", "skipped") else {}) | more,
    )
    if comment is not None:
        answer(survey, invitation=row, contact=person, account=person.account, comment=comment)
    return row


def answer(survey, *, at=NOW, **more):
    return Response.objects.create(
        survey=survey, score=9, answered_at=at, external_id=f"r{next(_ids)}", revision=0, **more
    )


def test_each_step_counts_who_came_at_least_that_far():
    survey = world.survey()
    ask(survey, "planned")
    ask(survey, "sent")
    ask(survey, "sent", delivered_at=NOW)
    ask(survey, "opened")
    ask(survey, "answered", comment="")
    ask(survey, "answered", comment="Good")
    ask(survey, "bounced")
    ask(survey, "declined")
    ask(survey, "expired", opened_at=NOW)
    ask(survey, "skipped", reason="open_ticket")
    ask(world.survey("Other"), "sent")
    found = funnel(survey)
    steps = {row["step"]: row["n"] for row in found.table("steps").rows}
    assert steps == {"Planned": 9, "Sent": 8, "Delivered": 6, "Opened": 5, "Scored": 2, "Commented": 1}
    ended = {(row["fate"], row["reason"]): row["n"] for row in found.table("ended").rows}
    assert ended == {
        ("Bounced", ""): 1,
        ("Declined", ""): 1,
        ("Expired", ""): 1,
        ("Skipped", "open_ticket"): 1,
    }
    assert found.estimate.value == pytest.approx(25)
    assert found.estimate.low < 25 < found.estimate.high
    assert funnel().figures["sent"] == 9
    assert funnel(world.survey("Empty")).refused


def test_a_funnel_by_attribute_arm_and_version_pools_what_is_too_small():
    survey = world.survey()
    Attribute.objects.create(slug="plan", label="Plan", created_at=NOW)
    for name, size, answered in (("pro", 8, 4), ("basic", 6, 1), ("tiny", 2, 2)):
        company = world.account(attributes={"plan": name})
        for number in range(size):
            mine = {} if number else {"attributes": {"plan": ""}}
            person = world.contact(account=company, **mine)
            ask(survey, "sent", person=person, arm="a", comment="" if number < answered else None)
    ask(survey, "sent", person=world.contact(attributes={"plan": "pro"}), version=survey.current)
    rows = {row["value"]: row for row in funnel(survey, by="plan").table("groups").rows}
    assert set(rows) == {"pro", "Too small to show"}  # tiny alone could be found by subtraction
    assert (rows["pro"]["sent"], rows["pro"]["scored"]) == (9, 4)
    assert rows["Too small to show"]["sent"] == 8
    assert sum(row["sent"] for row in rows.values()) == 17
    for by in ("arm", "version", "channel"):
        groups = funnel(survey, by=by).table("groups").rows
        assert sum(row["planned"] for row in groups) == 17
    with pytest.raises(NotFound, match="plan"):
        funnel(survey, by="nope")


def goals_of(*goals: Goal, on=NOW, at=NOW + 30 * DAY, answers=()):
    survey = world.survey(goals=goals, on=on)
    for value, when in answers:
        answer(survey, at=when, attributes={"region": value})
    return {row["segment"]: row for row in coverage_goals(survey, now=at).table("goals").rows}


def test_a_goal_says_by_when_it_is_reached_at_the_present_pace():
    given = [("EMEA", NOW + day * DAY) for day in range(1, 29)] + [("APAC", NOW + DAY)]
    rows = goals_of(Goal(attribute="region", answers=40, days=90), answers=given)
    emea, apac = rows["region: EMEA"], rows["region: APAC"]
    assert (emea["answers"], emea["reached"]) == (28, False)
    assert emea["a_week"] == pytest.approx(28 / 30 * 7)
    # 12 are missing at 28 in 30 days: about 13 days, and surely between 5 and 26.
    today = (NOW + 30 * DAY).date()
    assert 11 <= (emea["expected"] - today).days <= 14
    assert today < emea["earliest"] < emea["expected"] < emea["latest"]
    assert (apac["expected"], apac["latest"]) == (None, None)


def test_a_full_window_is_its_own_forecast():
    given = [("EMEA", NOW + (70 + day) * DAY) for day in range(1, 29)]
    rows = goals_of(Goal(attribute="region", value="emea", answers=40, days=30), answers=given, at=NOW + 100 * DAY)
    row = rows["region: emea"]
    assert (row["answers"], row["expected"], row["reached"]) == (28, None, False)
    assert row["needed_a_week"] > row["a_week"]
    rows = goals_of_more(given)
    assert rows["region: EMEA"]["reached"]


def goals_of_more(given):
    Survey.objects.all().update(name="Before")
    return goals_of(Goal(attribute="region", value="EMEA", answers=20, days=30), answers=given, at=NOW + 100 * DAY)


def test_segments_nobody_answered_from_are_goals_too():
    world.contact(attributes={"region": "AMER"})
    world.contact(account=world.account(attributes={"region": "APAC"}))
    rows = goals_of(Goal(attribute="region", answers=5))
    assert set(rows) == {"region: AMER", "region: APAC"}
    assert rows["region: AMER"]["expected"] is None
    assert coverage_goals(world.survey("None"), now=NOW).refused


def test_revenue_is_heard_by_account_within_90_days():
    survey = world.survey()
    loud, silent, past, gone = (world.account(name=name) for name in ("Loud", "Silent", "Past", "Gone"))
    for company, amount, currency in ((loud, 30_000, "EUR"), (silent, 50_000, "EUR"), (past, 20_000, "EUR")):
        move(company, "new", amount, currency)
    move(loud, "expansion", 10_000, "EUR")
    move(silent, "new", 900, "USD")
    move(gone, "new", 70_000, "EUR")
    move(gone, "churn", -70_000, "EUR")
    answer(survey, account=loud, at=NOW - DAY)
    answer(survey, account=past, at=NOW - 91 * DAY)
    found = revenue_coverage(now=NOW)
    assert found.figures["share"] == pytest.approx(40_000 / 110_000)
    assert found.figures["silent_minor"] == 70_000
    heard = {row["currency"]: row for row in found.table("heard").rows}
    assert (heard["EUR"]["accounts"], heard["USD"]["share"]) == (3, 0)
    silent_rows = found.table("silent").rows
    assert [row["account"] for row in silent_rows] == ["Silent", "Past", "Silent"]
    assert silent_rows[1]["last"] == (NOW - 91 * DAY).date()
    assert "36 %" in found.says


def move(company, kind, amount, currency):
    Movement.objects.create(
        account=company,
        at=NOW - 200 * DAY,
        kind=kind,
        amount_minor=amount,
        currency=currency,
        external_id=f"m{next(_ids)}",
        revision=0,
    )


def test_without_revenue_it_is_said():
    assert revenue_coverage(now=NOW).refused


def test_links_expire_and_what_waited_is_dropped_but_answers_and_imports_stay():
    survey = world.survey(open_days=30)
    later = NOW + 31 * DAY
    over = ask(survey, "opened", expires_at=NOW + 30 * DAY)
    open_ = ask(survey, "sent", expires_at=NOW + 32 * DAY)
    answered = ask(survey, "answered", comment="", expires_at=NOW + 30 * DAY)
    never, unsure, soon = (ask(survey, "planned", due_at=NOW + days * DAY) for days in (0, 0, 20))
    imported = ask(survey, "sent", expires_at=NOW)
    Invitation.objects.filter(pk=imported.pk).update(source="file")
    for row, kind, state in (
        (over, "reminder", "waiting"),
        (never, "invitation", "waiting"),
        (unsure, "invitation", "unsure"),
        (soon, "invitation", "waiting"),
    ):
        Message.objects.create(
            invitation=row, kind=kind, medium="email", key=f"{row.pk}", state=state, due_at=NOW, created_at=NOW
        )
    assert caring.wanted(later)
    assert caring.expire(now=later) == 2
    assert caring.expire(now=later) == 0
    fates = dict(Invitation.objects.values_list("pk", "fate"))
    assert [fates[row.pk] for row in (over, never)] == ["expired", "expired"]
    assert [fates[row.pk] for row in (open_, answered, unsure, soon, imported)] == [
        "sent",
        "answered",
        "planned",
        "planned",
        "sent",
    ]
    assert dict(Message.objects.values_list("invitation", "state")) == {
        over.pk: "dropped",
        never.pk: "dropped",
        unsure.pk: "unsure",
        soon.pk: "waiting",
    }
    Survey.objects.update(state="paused")
    assert not caring.wanted(NOW + 31 * DAY + HOUR)
