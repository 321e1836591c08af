"""What is planted is found: the analyses' intervals hold the truth of the sample company."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nineplus.mart.memory import dataset
from nineplus.model import Filter, Window
from nineplus.plugs import Analysis, find
from nineplus.sample.company import company

UNTIL = date(2026, 7, 1)
ANALYSES = find("nineplus.analyses", Analysis)

PLANTED = {
    ("sla_breached", "breached"): "breach",
    ("reopens", "1"): "reopened",
    ("escalations", "1 or more"): "escalated",
    ("first_response_hours", "1–4 h"): "first response 1 to 4 h",
    ("first_response_hours", "4–24 h"): "first response 4 to 24 h",
    ("first_response_hours", "24 h or more"): "first response over 24 h",
}


KNOWN = {"email", "in-app", "link", "Administrator", "User", "Executive", "chat", "portal", "phone"}


def opened(seed):
    made = company(until=UNTIL, seed=seed)
    return made, dataset(made.sources, now=datetime(2026, 7, 1, tzinfo=UTC), markers=made.markers)


@pytest.fixture(scope="module")
def sample():
    return opened(9)


@pytest.fixture(scope="module")
def effects(sample):
    """The drivers of that company: asked once, read by several tests."""
    return of("drivers", sample[1])


def of(name, data, **options):
    return ANALYSES[name](data, **options)


def row(result, table, **keys):
    rows = [r for r in result.table(table).rows if all(r.get(k) == v for k, v in keys.items())]
    assert len(rows) == 1, keys
    return rows[0]


def test_the_score_is_that_of_those_who_answer_not_of_everyone(sample):
    made, data = sample
    found = of("score", data).estimate
    assert made.truth["NPS expected among answers"] in found.interval
    assert made.truth["NPS if everyone answered"] not in found.interval


def test_drivers_hold_the_planted_effects(sample, effects):
    """Of 12 true effects in two companies a 95 % interval misses 0.6 on average; more than two is rare (1 in 50)."""
    other, data = opened(10)
    held = []
    for made, found in ((sample[0], effects), (other, of("drivers", data))):
        for (driver, bin), name in PLANTED.items():
            held.append(made.truth[name] in row(found, "effects", driver=driver, bin=bin)["effect"].interval)
    assert sum(held) >= len(held) - 2


def test_the_large_effects_are_told_apart_from_nothing(effects):
    found = {r["driver"]: r["clear"] for r in effects.table("drivers").rows}
    assert found["sla_breached"]
    assert found["reopens"]
    assert found["escalations"]
    assert not found["resolution_hours"]  # nothing beyond the verdict was planted
    assert not found["reassignments"]


def test_later_tickets_do_nothing(effects):
    controls = effects.table("negative_control").rows
    assert controls
    assert all(not r["effect"].excludes_zero for r in controls)


@pytest.mark.parametrize("without_effect", ["channel", "role", "ticket_channel"])
def test_what_has_no_effect_is_not_flagged(sample, without_effect):
    _, data = sample
    data = data.narrowed(Filter(touchpoints=("post-resolution",)))  # having had a ticket at all does have one
    known = [r for r in of("segments", data, by=without_effect).table("segments").rows if r["segment"] in KNOWN]
    assert len(known) >= 3
    assert not any(r["apart"] for r in known)


def test_plans_are_told_apart(sample):
    _, data = sample
    apart = {r["segment"]: r["apart"] for r in of("segments", data, by="plan").table("segments").rows}
    assert apart["Starter"]
    assert apart["Enterprise"]


def test_the_mix_shift_hides_the_improvement(sample):
    """Every plan rises by more than the total does: the truth, and what the score by plan shows."""
    made, data = sample
    early = data.narrowed(Filter(window=Window(None, date(2025, 1, 1))))
    late = data.narrowed(Filter(window=Window(date(2026, 1, 1), None)))
    total = of("score", late).estimate.value - of("score", early).estimate.value
    before, after = (
        {r["plan"]: r["nps"].value for r in of("score", part, by="plan").tables[0].rows} for part in (early, late)
    )
    within = {plan: after[plan] - before[plan] for plan in ("Starter", "Growth", "Enterprise")}
    assert sum(within.values()) / 3 > total
    for plan, change in within.items():
        assert change == pytest.approx(made.truth[f"change within {plan}"], abs=20)  # three standard errors


def test_the_service_change_shows_on_its_team_only(sample):
    """Billing against the other teams, before and after month 15: the planted gain within three standard errors."""
    made, data = sample
    changed = made.markers[0].at
    before = data.narrowed(Filter(window=Window(None, changed)))
    after = data.narrowed(Filter(window=Window(changed, None)))
    then, now = (
        {r["ticket_team"]: r["nps"] for r in of("score", part, by="ticket_team").tables[0].rows}
        for part in (before, after)
    )
    gain = {team: now[team].value - then[team].value for team in ("Billing", "Frontline", "Technical", "Integrations")}
    others = [gain[team] for team in ("Frontline", "Technical", "Integrations")]
    effect = gain["Billing"] - sum(others) / 3
    assert effect > 0
    assert effect <= made.truth["billing change"] + 20
