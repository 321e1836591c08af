"""Several at once, each with a connection of its own: one case, one owner, everybody told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.db import connection

from nineplus.stages.act.cases import opening, owning
from nineplus.stages.act.rules import keeping
from nineplus.stages.errors import Conflict
from nineplus.store.models import Case, CaseAnswer, CaseEntry
from tests.stages.act.ruling import UNHAPPY, asks, document
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(works: list[Callable[[], object]]) -> Counter[str]:
    """Do all of these at the same moment; what came of each, in a word."""
    ready = Barrier(len(works))

    def one(work: Callable[[], object]) -> str:
        ready.wait(10)
        try:
            work()
        except Conflict as told:
            return str(told)
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return Counter(threads.map(one, works))


def test_of_many_who_claim_at_once_one_has_it_and_the_others_know_who():
    made = case()
    crowd = [agent(name, seat=False) for name in ("Ada", "Bob", "Cy", "Di")]
    told = at_once([lambda who=who: owning.claim(made.pk, by=who, now=NOW) for who in crowd])
    winner = Case.objects.get().owner
    assert winner in crowd
    assert told == {"done": 1, f"{winner.name} has it. Ask them to pass it on.": 3}
    assert CaseEntry.objects.filter(case=made, kind="owner", by__isnull=False).count() == 1


def test_many_answers_of_one_customer_at_once_open_one_case():
    who = person(at=company())
    said = [answer(score, by=who) for score in (0, 2, 4, 6)]
    at_once([lambda pk=one.pk: opening.from_answer(pk, now=NOW) for one in said])
    made = Case.objects.get()
    assert CaseAnswer.objects.filter(case=made).count() == 4
    assert CaseEntry.objects.filter(case=made, kind="opened").count() == 1


def test_turns_are_taken_one_after_the_other_also_at_once():
    for name in ("Ada", "Bob"):
        agent(name)
    said = [answer(3, by=person(at=company(f"Firm {number}"))) for number in range(6)]
    at_once([lambda pk=one.pk: opening.from_answer(pk, now=NOW) for one in said])
    assert sorted(Counter(Case.objects.values_list("owner__name", flat=True)).items()) == [("Ada", 3), ("Bob", 3)]


def test_a_version_that_comes_while_a_rule_is_switched_on_is_not_switched_on_untried():
    """Somebody saves a change between the look whether it was tried and the switch."""
    kept = keeping.save(document(UNHAPPY), by=None, now=NOW)
    keeping.tried(kept.version, {"of": 0, "examples": []})

    def save() -> None:
        try:
            keeping.save(document(asks("score", "at_most", 9)), pk=kept.workflow.pk, by=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        saving: list[Future[None]] = []

        def meanwhile(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and not saving:
                saving.append(threads.submit(save))
                wait(saving, timeout=1)  # it is done by then, unless the switch keeps it waiting
            return execute(sql, params, many, context)

        with connection.execute_wrapper(meanwhile):
            keeping.switch(kept.workflow.pk, on=True, now=NOW)
        saving[0].result(60)
    now = keeping.one(kept.workflow.pk)
    assert (now.version.number, now.version.tried, now.workflow.on) == (2, None, False)
