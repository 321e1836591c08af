"""The rule for one answer, and the mart's for all of them: they must decide alike."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.mart.memory import dataset
from nineplus.model.attribution import LinkRule, ServiceLevel, WorkCalendar
from nineplus.rules.attribution import Answer, Served, attribute, checked, in_words
from tests.mart.rows import sources

INTERNAL = {"category": "Internal"}
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def served(
    key: str, opened: float, resolved: float | None = None, first: float | None = None, **rest: object
) -> Served:
    return Served(key, "c", "A", at(opened), None if first is None else at(first),
                  None if resolved is None else at(resolved), **rest)  # fmt: skip


def tied(answer: Answer, *tickets: Served, **rule: object):
    return attribute(answer, tickets, LinkRule(**rule))


ANSWER = Answer("c", "A", at(40))


def test_the_ticket_that_launched_the_survey_comes_before_a_later_one():
    found = tied(Answer("c", "A", at(40), ticket="asked"), served("asked", 1, 2), served("newer", 30, 39))
    assert [(link.ticket, link.tier) for link in found.links] == [("asked", "T1"), ("newer", "T2")]


def test_several_tickets_count_each_once_and_weigh_by_age():
    found = tied(ANSWER, served("a", 1, 26, first=12), served("b", 30, 40), half_life_days=14)
    assert [(link.ticket, link.weight) for link in found.links] == [("b", 1.0), ("a", 0.5)]


def test_before_the_resolution_the_first_response_counts():
    found = tied(ANSWER, served("open", 20, 41, first=35))
    assert [(link.tier, link.since) for link in found.links] == [("T2", at(35))]


@pytest.mark.parametrize(
    ("ticket", "rule", "miss"),
    [
        (served("t", 1, 5), {}, "outside_window"),
        (served("t", 30, 41), {}, "not_resolved"),
        (served("t", 41, 42), {}, "only_later"),
        (served("t", 30, 39, labels=INTERNAL), {"leave_out": (("category", ("Internal",)),)}, "left_out"),
        (served("t", 30, 39), {"tiers": ("T1",)}, "not_looked_for"),
        (None, {}, "no_ticket"),
    ],
)  # fmt: skip
def test_every_miss_has_its_reason(ticket, rule, miss):
    found = tied(ANSWER, *([ticket] if ticket else []), **{"tiers": ("T1", "T2"), **rule})
    assert (found.tier, found.miss) == ("T0", miss)


RULES = (
    LinkRule(window_days=3, half_life_days=3, leave_out=(("category", ("Internal", "Spam")),)),
    LinkRule(window_days=200, tiers=("T1", "T2"), leave_out=(("category", ("Internal",)),)),
    LinkRule(tiers=("T1",)),
)


def company(dice: random.Random) -> tuple[list[Served], list[Answer]]:
    """Few contacts with many tickets of every fate, so that everything that can meet does."""
    hours = lambda most: timedelta(hours=dice.randrange(most))  # noqa: E731
    people = [None, *(f"c{i}" for i in range(25))]
    firms = [None, *(f"A{i}" for i in range(8))]
    tickets = []
    for i in range(90):
        opened = at(0) + hours(24 * 80)
        first = opened + hours(60) if dice.random() < 0.6 else None
        solved = opened + timedelta(hours=60) + hours(600) if dice.random() < 0.7 else None
        labels = {"category": dice.choice(["Bug", "Internal", ""])}
        tickets.append(Served(f"t{i}", dice.choice(people), dice.choice(firms), opened, first, solved, labels))
    answers = [
        Answer(dice.choice(people), dice.choice(firms), at(0) + hours(24 * 90), dice.choice([None, None, f"t{i}"]))
        for i in range(0, 240, 2)
    ]
    return tickets, answers


@pytest.mark.parametrize("rule", RULES)
def test_the_mart_links_all_answers_as_the_rule_links_one(rule):
    tickets, answers = company(random.Random(9))
    data = dataset(
        sources(
            tickets=[
                {"ticket": t.key, "contact": t.contact, "account": t.account, "opened_at": t.opened,
                 "first_response_at": t.first_response, "resolved_at": t.resolved, "category": t.labels["category"]}
                for t in tickets
            ],
            responses=[
                {"response": str(i), "contact": a.contact, "account": a.account, "ticket": a.ticket, "score": 9,
                 "answered_at": a.at}
                for i, a in enumerate(answers)
            ],
        ),
        now=at(99), rule=rule,
    )  # fmt: skip
    links: dict[str, set] = {}
    for link in data.response_ticket.to_pyarrow().to_pylist():
        links.setdefault(link["response"], set()).add((link["ticket"], link["tier"], round(link["weight"], 9)))
    misses = set()
    for row in data.responses.to_pyarrow().to_pylist():
        told = attribute(answers[int(row["response"])], tickets, rule)
        wanted = {(link.ticket, link.tier, round(link.weight, 9)) for link in told.links}
        assert links.get(row["response"], set()) == wanted
        primary = told.links[0].ticket if told.links else None
        assert (row["tier"], row["ticket"], row["miss"] or "") == (told.tier, primary, told.miss)
        misses.add(told.miss)
    assert len(misses) >= 5


def test_a_rule_says_itself_and_survives_json():
    rule = LinkRule(
        version=3,
        leave_out=(("category", ("Internal",)),),
        calendars=(WorkCalendar("Berlin", "Europe/Berlin", holidays=("2026-01-01",)),),
        levels=(ServiceLevel("Gold", "Berlin", (("plan", ("Gold",)),), 60, 600),),
        waiting=("waiting on contact",),
    )
    assert LinkRule.from_dict(rule.to_dict()) == rule
    said = " ".join(in_words(rule))
    for part in ("up to 30 days", "category is Internal", "first response within 1 hour", "working hours of Berlin"):
        assert part in said
    assert checked(rule) == []


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (LinkRule(window_days=0), "window"),
        (LinkRule(half_life_days=5), "half-life"),
        (LinkRule(tiers=("T2",)), "T1"),
        (LinkRule(leave_out=(("colour", ("red",)),)), "colour"),
        (LinkRule(levels=(ServiceLevel("Gold", "Nowhere", (), 60),)), "Nowhere"),
        (LinkRule(levels=(ServiceLevel("Gold"),)), "promises nothing"),
        (LinkRule(calendars=(WorkCalendar("x", "Mars/Olympus"),)), "Mars/Olympus"),
        (LinkRule(calendars=(WorkCalendar("x", hours=((0, 600, 500),)),)), "hours of x"),
    ],
)
def test_what_will_not_do_is_said(rule, word):
    assert word in " ".join(checked(rule))
