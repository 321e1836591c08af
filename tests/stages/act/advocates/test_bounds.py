"""So many of a kind in a quarter, so much money in a period; also when two come at once."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from importlib import import_module
from threading import Thread

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from nineplus.rules.advocates import period
from nineplus.stages.act.advocates import acts, asking, budgets, limits, rewards
from nineplus.stages.capture.people import erasing
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Act, Message, Programme, Redemption, Reward
from tests.stages.act.advocates.world import DAY, act, programme, rich, sender
from tests.stages.act.world import NOW, agent, answer, company, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("name", "at", "begins", "ends"),
    [
        ("month", (2026, 12, 31, 23), (2026, 12, 1), (2027, 1, 1)),
        ("quarter", (2026, 11, 17), (2026, 10, 1), (2027, 1, 1)),
        ("quarter", (2026, 4, 1), (2026, 4, 1), (2026, 7, 1)),
        ("year", (2026, 2, 28), (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_a_period_is_of_the_calendar(name, at, begins, ends):
    assert period(name, datetime(*at, tzinfo=UTC)) == (datetime(*begins, tzinfo=UTC), datetime(*ends, tzinfo=UTC))


def test_nobody_does_more_of_a_kind_in_a_quarter_than_was_settled(settings, tmp_path):
    settings.HOME = tmp_path
    sender(tmp_path)
    ada = person("Ada", at=company())
    answer(10, by=ada, at=NOW - 30 * DAY)
    first, second = programme("reference"), programme("reference", name="More calls")
    for wrong in (("bribe", 1), ("reference", 0)):
        with pytest.raises(NotPossible):
            limits.set_limit(*wrong)
    limits.set_limit("reference", 2)
    assert dict(limits.limits()) == {"reference": 2}
    before = act(first, ada, "done", done_at=NOW - 90 * DAY, asked_at=NOW - 95 * DAY)  # in the quarter before
    acts.begin(first.pk, contact=ada.pk, stage="done", by=None, now=NOW)
    assert limits.used(ada, kind="reference", now=NOW) == 1
    declined = act(second, ada, "declined", asked_at=NOW - 200 * DAY)
    going = acts.begin(first.pk, contact=ada.pk, by=None, now=NOW)
    with pytest.raises(Conflict, match="at most 2"):
        acts.begin(second.pk, contact=ada.pk, by=None, now=NOW)
    with pytest.raises(Conflict, match="at most 2"):
        acts.move(declined.pk, stage="agreed", by=None, now=NOW)
    with pytest.raises(Conflict, match="at most 2"):
        asking.ask(second, ada, by=None, now=NOW)
    assert asking.preview(second, now=NOW).refused == {"limit": 1}
    assert asking.write_letters(second.pk, now=NOW, stopping=lambda: False)
    assert not Message.objects.exists()
    acts.move(going.pk, stage="done", by=None, now=NOW)  # what was begun may be done
    acts.move(before.pk, stage="done", note="It was fine", by=None, now=NOW)
    with pytest.raises(Conflict, match="at most 2"):
        acts.move(before.pk, stage="doing", by=None, now=NOW)
    acts.begin(programme("quote").pk, contact=ada.pk, by=None, now=NOW)  # another kind
    limits.set_limit("reference", None)
    acts.move(declined.pk, stage="agreed", by=None, now=NOW)


def test_an_act_begun_by_hand_has_an_owner_and_a_history():
    ada, ben = person("Ada"), agent("Ben")
    of = programme("quote", points=10)
    made = acts.begin(of.pk, contact=ada.pk, note="On the phone", owner=ben, by=ben, now=NOW)
    with pytest.raises(Conflict, match="already"):
        acts.begin(of.pk, contact=ada.pk, by=None, now=NOW)
    with pytest.raises(NotPossible, match="stage"):
        acts.begin(of.pk, contact=ada.pk, stage="skipped", by=None, now=NOW)
    with pytest.raises(NotFound):
        acts.begin(of.pk, contact=0, by=None, now=NOW)
    with pytest.raises(NotPossible, match="role"):
        acts.give_to(made.pk, owner=agent("Vi", seat=False, role="viewer"), by=None, now=NOW)
    for _ in range(2):
        assert acts.give_to(made.pk, owner=None, by=ben, now=NOW).owner is None
    with pytest.raises(NotFound):
        acts.give_to(0, owner=None, by=None, now=NOW)
    assert list(made.entries.order_by("pk").values_list("text", flat=True)) == ["On the phone", "Given to nobody."]
    acts.leave(asking.advocate_of(ada, now=NOW), now=NOW)
    with pytest.raises(Conflict, match="no part"):
        acts.begin(of.pk, contact=ada.pk, by=None, now=NOW)


def _reward(of: Programme, name: str = "Mug", cost: int = 10_00, currency: str = "EUR") -> Reward:
    return rewards.offer(
        name=name, points=10, cost_minor=cost, currency=currency, budget_minor=9_000_00, programme=of.pk
    )


def test_a_budget_is_of_a_period_and_of_one_currency():
    of = programme("quote")
    mug = _reward(of)
    for wrong in ({"period": "week"}, {"currency": "Euro"}, {"currency": "USD"}, {"budget_minor": -1}):
        with pytest.raises(NotPossible):
            budgets.set_budget(of.pk, **{"budget_minor": 25_00, "currency": "EUR", "period": "quarter", **wrong})
    with pytest.raises(NotFound):
        budgets.set_budget(0, budget_minor=None)
    assert budgets.budget(of, now=NOW) is None
    of = budgets.set_budget(of.pk, budget_minor=25_00, currency="eur", period="quarter")
    for refused in (programme("review").pk, 0):
        with pytest.raises((NotPossible, NotFound)):
            rewards.offer(name="X", points=1, cost_minor=1, currency="EUR", budget_minor=1, programme=refused)
    with pytest.raises(NotPossible, match="in EUR"):
        _reward(of, "Cup", currency="USD")
    ada = rich("Ada", 100)
    first, _ = (rewards.redeem(ada, reward=mug.pk, now=NOW) for _ in range(2))
    with pytest.raises(Conflict, match=r"this quarter is used up\. It begins anew on 2027-01-01"):
        rewards.redeem(ada, reward=mug.pk, now=NOW)
    there = budgets.budget(of, now=NOW)
    assert (there.spent_minor, there.left_minor, there.currency) == (20_00, 5_00, "EUR")
    rewards.settle(first.pk, give=False, why="Twice", by=None, now=NOW)
    assert budgets.budget(of, now=NOW).left_minor == 15_00
    rewards.redeem(ada, reward=mug.pk, now=NOW)
    budgets.set_budget(of.pk, budget_minor=5_00, currency="EUR", period="quarter")
    assert budgets.budget(Programme.objects.get(pk=of.pk), now=NOW).left_minor == 0
    budgets.set_budget(of.pk, budget_minor=25_00, currency="EUR", period="month")
    rewards.redeem(ada, reward=mug.pk, now=NOW + 20 * DAY)  # in December
    budgets.set_budget(of.pk, budget_minor=None)
    rewards.redeem(ada, reward=mug.pk, now=NOW)


def test_two_rewards_at_once_never_cost_more_than_the_programme_may_spend():
    of = programme("quote")
    budgets.set_budget(of.pk, budget_minor=30_00, currency="EUR", period="month")
    mugs = [_reward(of, name).pk for name in ("Mug", "Cup")]
    people = [rich(name, 20) for name in ("A", "B", "C", "D")]

    _at_once(lambda who, reward: rewards.redeem(who, reward=reward, now=NOW), [(a, b) for a in people for b in mugs])
    assert Redemption.objects.count() == 3
    assert sum(Reward.objects.values_list("spent_minor", flat=True)) == 30_00


def test_two_who_ask_at_once_never_pass_the_limit():
    limits.set_limit("reference", 2)
    ada = person("Ada", at=company())
    calls = [programme("reference", name=f"Calls {number}") for number in range(5)]
    _at_once(lambda of: acts.begin(of.pk, contact=ada.pk, by=None, now=NOW), [(of,) for of in calls])
    assert Act.objects.filter(contact=ada).count() == 2


@pytest.mark.parametrize(("give", "spent"), [(True, 14_00), (False, 7_00)])
def test_who_is_erased_while_their_reward_is_settled_frees_the_budget_once(give, spent):
    mug = rewards.offer(name="Mug", points=10, cost_minor=7_00, currency="EUR", budget_minor=70_00)
    ada, bo = rich("Ada", 20), rich("Bo", 10)
    settled, waiting, _ = (rewards.redeem(who, reward=mug.pk, now=NOW) for who in (ada, ada, bo))

    def erase() -> None:
        erasing.erase(contact=ada.contact_id, now=NOW)
        connections.close_all()

    other = Thread(target=erase)
    with transaction.atomic():
        rewards.settle(settled.pk, give=give, why="Out", by=None, now=NOW)
        other.start()
        _until_it_waits(other)
    other.join()
    assert Reward.objects.get().spent_minor == spent
    states = dict(Redemption.objects.filter(advocate=ada).values_list("pk", "state"))
    assert states == {settled.pk: "given" if give else "refused", waiting.pk: "refused"}


def _until_it_waits(other: Thread) -> None:
    """Until the other connection waits for ours. SQLite lets it not even begin to write before we have ended."""
    with connection.cursor() as cursor:
        while connection.vendor == "postgresql" and other.is_alive():
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return


def _at_once(work, given) -> None:
    def one(*words: object) -> None:
        try:
            work(*words)
        except Conflict:
            pass
        finally:
            connections.close_all()

    threads = [Thread(target=one, args=words) for words in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_requests_from_before_budgets_cost_what_their_reward_costs():
    mug = rewards.offer(name="Mug", points=10, cost_minor=7_00, currency="EUR", budget_minor=9_00)
    rewards.redeem(rich("Ada", 10), reward=mug.pk, now=NOW)
    Redemption.objects.update(cost_minor=0)
    import_module("nineplus.store.migrations.0027_advocates_bounded").costs_as_they_were(apps, None)
    assert Redemption.objects.get().cost_minor == 7_00


@pytest.mark.parametrize(("days", "letters"), [(29, 1), (30, 2)])
def test_another_programme_lets_them_alone_for_a_while(settings, tmp_path, days, letters):
    settings.HOME = tmp_path
    sender(tmp_path)
    ada = person("Ada", at=company())
    answer(10, by=ada, at=NOW - 30 * DAY)
    friends, review = (programme(kind, asks_in_90_days=9) for kind in ("referral", "review"))
    asking.ask(friends, ada, by=None, now=NOW)
    later = NOW + days * DAY
    assert asking.preview(review, now=later).refused == ({"resting": 1} if letters == 1 else {})
    with nullcontext() if letters == 2 else pytest.raises(Conflict, match="another programme a short while ago"):
        asking.ask(review, ada, by=None, now=later)
    assert Message.objects.count() == letters


def test_two_programmes_that_ask_at_once_write_one_letter(settings, tmp_path):
    settings.HOME = tmp_path
    sender(tmp_path)
    ada = person("Ada", at=company())
    answer(10, by=ada, at=NOW - 30 * DAY)
    both = [programme(kind, asks_in_90_days=9).pk for kind in ("referral", "review")]
    _at_once(lambda of: asking.write_letters(of, now=NOW, stopping=lambda: False), [(of,) for of in both])
    assert Message.objects.count() == 1
