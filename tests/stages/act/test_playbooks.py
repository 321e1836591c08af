"""Playbooks: versions, steps on a case by working hours, ticked once, taken up by a rule, and measured."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from nineplus.rules.playbooks import BadPlaybook, read
from nineplus.stages.act.cases import effects, opening, pairs, reading, working
from nineplus.stages.act.playbooks import keeping, measuring, running
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Case, CasePlaybook, CaseStep
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STEPS = [
    {"title": "Call them", "minutes": 120, "link": "https://wiki.example/calling"},
    {"title": "Write it down", "owner": "ada@us.example"},
]


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "at least one step"),
        ("x", "at least one step"),
        ([{}], "Step 1: say what"),
        ([{"title": "a"}] * 21, "at most 20"),
        ([{"title": "a"}, {"title": "b", "link": "javascript:x"}], "Step 2: the link"),
        ([{"title": "a", "minutes": -1}], "0 to 2,160 working hours"),
        ([{"title": "a", "minutes": True}], "0 to 2,160 working hours"),
        ([{"title": "a", "colour": "red"}], "nothing else"),
        ([{"title": "a\x00"}], "title is a text"),
    ],
)
def test_what_is_no_playbook_is_said(steps, says):
    with pytest.raises(BadPlaybook, match=says):
        read(steps)


def test_a_playbook_on_a_case_from_its_first_step_to_its_last():
    ada = agent("Ada")
    kept = keeping.save("Call", STEPS, by=ada, now=NOW)
    made = case()
    taken = running.start(made.pk, kept.playbook.pk, by=ada, now=NOW)
    assert running.start(made.pk, kept.playbook.pk, by=ada, now=NOW) == taken
    changed = keeping.save("Call", STEPS[:1], pk=kept.playbook.pk, by=ada, now=NOW)
    assert (
        changed.version.number,
        keeping.save("Call", STEPS[:1], pk=kept.playbook.pk, by=ada, now=NOW).version.number,
    ) == (2, 2)
    [shown] = running.of_case(made, now=NOW + 3 * HOUR)
    (first, said, late), (second, _, _) = shown.steps  # the case keeps the version that it began with
    assert (said.link, late, first.due_at) == ("https://wiki.example/calling", True, NOW + 2 * HOUR)
    assert (second.owner, second.due_at) == (ada, None)
    for _ in range(2):
        running.tick(first.pk, by=ada, note="They were glad", now=NOW + HOUR)
    with pytest.raises(NotPossible, match="why"):
        running.tick(second.pk, by=ada, left_out=True, now=NOW + HOUR)
    with pytest.raises(NotFound):
        running.tick(second.pk, case=made.pk + 1, by=ada, now=NOW)
    running.tick(second.pk, by=ada, note="Nothing to write", left_out=True, now=NOW + 2 * HOUR)
    assert CasePlaybook.objects.get().ended_at == NOW + 2 * HOUR
    running.untick(second.pk, by=ada, now=NOW + 3 * HOUR)
    assert CasePlaybook.objects.get().ended_at is None
    told = reversed([line for line in reading.detail(made.pk, now=NOW).told if line.entry.kind == "note"])
    assert [(line.title, line.text) for line in told] == [
        ("Ada took up “Call”", ""),
        ("Ada did step 1 of “Call”: Call them", "They were glad"),
        ("Ada left out step 2 of “Call”: Write it down", "Nothing to write"),
        ("Ada opened again step 2 of “Call”: Write it down", ""),
    ]
    keeping.remove(kept.playbook.pk, now=NOW)
    with pytest.raises(NotFound):
        running.start(case().pk, kept.playbook.pk, by=ada, now=NOW)
    assert running.of_case(made, now=NOW)


def test_a_closed_case_takes_up_nothing_and_a_name_is_given_once():
    ada = agent("Ada")
    kept, made = keeping.save("Call", STEPS, by=ada, now=NOW), case()
    working.close(made.pk, outcome="mistake", root_cause="none", note="x", by=ada, now=NOW)
    with pytest.raises(NotPossible, match="closed"):
        running.start(made.pk, kept.playbook.pk, by=ada, now=NOW)
    with pytest.raises(NotPossible, match="already"):
        keeping.save("call", STEPS, by=ada, now=NOW)
    with pytest.raises(NotPossible, match="no colleague"):
        keeping.save("Other", [{"title": "a", "owner": "no@us.example"}], by=ada, now=NOW)


def test_time_per_step_counts_what_is_still_open_and_recovery_what_was_to_be_expected():
    ada = agent("Ada")
    playbook = keeping.save("Call", STEPS[:1], by=ada, now=NOW).playbook
    for number in range(6):  # of those called four come back; of those left alone three of six
        who = person(at=company())
        made = case(at=NOW, by=who, score=4)
        running.start(made.pk, playbook.pk, by=ada, now=NOW)
        working.contact(made.pk, way="call", by=ada, now=NOW + HOUR)
        if number < 3:
            running.tick(CaseStep.objects.get(taken_up__case=made).pk, by=ada, now=NOW + (number + 1) * HOUR)
        answer(9 if number < 4 else 5, by=who, at=NOW + 30 * DAY)
        other = person(at=company())
        answer(4, by=other, at=NOW)
        answer(8 if number < 3 else 3, by=other, at=NOW + 30 * DAY)
    found = measuring.measured(playbook, now=NOW + 31 * DAY)
    [step] = found.steps
    assert (found.cases, found.going, found.complete, found.ended) == (6, 3, 3, 3)
    assert (step.cases, step.done, step.late, step.curve.median) == (6, 3, 4, 3)
    for row in Case.objects.exclude(playbooks__ended_at__isnull=False):  # closed in time, the step never done
        working.close(row.pk, outcome="solved", root_cause="none", note="Done.", by=ada, now=NOW + HOUR)
    assert measuring.measured(playbook, now=NOW + 31 * DAY).steps[0].late == 1
    assert (found.recovered.n, found.recovered.others) == (6, 6)
    assert found.recovered.observed == pytest.approx(100 * 4 / 6)
    assert found.recovered.lift.value == pytest.approx(100 / 6)
    assert "50 were to be expected" in effects.in_words(found.recovered)
    assert effects.in_words(found.recovered).endswith("), too few to judge.")
    assert (found.few, found.interval[0] < 0.5 < found.interval[1]) == (True, True)
    assert effects.in_words(None).startswith("Nobody can be compared")


def test_a_call_before_the_answer_is_no_follow_up_of_it():
    """An answer joins a case in which they were called already: it was neither followed up nor left alone."""
    ada = agent("Ada")
    playbook = keeping.save("Call", STEPS[:1], by=ada, now=NOW).playbook
    who, other = person(at=company()), person(at=company())
    made = case(at=NOW, by=who, score=4)
    running.start(made.pk, playbook.pk, by=ada, now=NOW)
    working.contact(made.pk, way="call", by=ada, now=NOW + HOUR)
    joined = answer(3, by=who, at=NOW + 2 * HOUR)
    assert opening.from_answer(joined.pk, now=NOW + 2 * HOUR).case == made
    answer(9, by=who, at=NOW + 30 * DAY)
    answer(5, by=other, at=NOW)
    answer(2, by=other, at=NOW + 30 * DAY)
    mine, alone = pairs.counts(
        pairs.followed_cases().filter(playbooks__playbook=playbook),
        before=range(7),
        apart=pairs.contacted_cases(),
        now=NOW + 31 * DAY,
    )
    assert [tuple(cell) for cell in np.argwhere(mine.sum(axis=0))] == [(4, 3)]  # the first one, after which came the 3
    assert [tuple(cell) for cell in np.argwhere(alone.sum(axis=0))] == [(5, 2)]
