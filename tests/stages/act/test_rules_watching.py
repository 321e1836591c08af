"""What happens without an answer: each look takes what is new, and nothing is missed however late it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from nineplus.stages.act.rules import firing, happenings
from nineplus.store.models import Movement, Revision, Ticket, TicketEvent, Workflow, WorkflowRun
from tests.stages.act.ruling import DAY, asks, document, switched_on
from tests.stages.act.world import HOUR, NOW, company

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
THEN = [{"do": "open_case", "with": {"reason": "risk"}}]


def pays_less(*, at: datetime, revision: int | None = None) -> Movement:
    with transaction.atomic():
        return Movement.objects.create(
            external_id=f"M{Movement.objects.count()}", account=company(), at=at, kind="contraction", currency="USD",
            amount_minor=-1, revision=revision or Revision.next(),
        )  # fmt: skip


def ticket() -> Ticket:
    with transaction.atomic():
        return Ticket.objects.create(
            external_id=f"T{Ticket.objects.count()}", account=company(), opened_at=NOW - DAY, revision=Revision.next()
        )


def opened_again(of: Ticket, *, at: datetime) -> None:
    with transaction.atomic():
        TicketEvent.objects.create(
            external_id=f"E{TicketEvent.objects.count()}", ticket=of, at=at, kind="reopen", revision=Revision.next()
        )


def watch(now: datetime) -> int:
    return firing.watch(clock=lambda: now)


def test_what_was_looked_at_is_not_looked_at_again(monkeypatch):
    switched_on(document(asks("monthly", "at_least", 1_000), when="money.contracted", then=THEN))
    for _ in range(3):
        pays_less(at=NOW)
    looked, happened = [], happenings.happened

    def counted(*args, **more):
        for one in happened(*args, **more):
            looked.append(one.subject)
            yield one

    monkeypatch.setattr(happenings, "happened", counted)
    assert (watch(NOW), len(looked)) == (0, 3)
    assert (watch(NOW + MINUTE), len(looked)) == (0, 3)
    late = pays_less(at=NOW - HOUR / 2)
    watch(NOW + 2 * MINUTE)
    assert looked[3:] == [f"money.contracted:{late.pk}"]


def test_what_is_told_late_changed_or_dated_ahead_is_seen_once():
    switched_on(document(when="money.contracted", then=THEN))
    ahead, soon = pays_less(at=NOW + 3 * DAY), pays_less(at=NOW)
    assert watch(NOW) == 1
    assert watch(NOW + 4 * DAY) == 1
    with transaction.atomic():
        Movement.objects.filter(pk__in=(ahead.pk, soon.pk)).update(revision=Revision.next())
    pays_less(at=NOW + DAY)
    pays_less(at=NOW - DAY)  # before the rule was switched on
    assert [watch(NOW + 5 * DAY) for _ in range(2)] == [1, 0]
    assert WorkflowRun.objects.count() == 3


def test_a_look_that_broke_off_is_taken_again(monkeypatch):
    switched_on(document(when="money.contracted", then=THEN))
    pays_less(at=NOW)

    def breaks(*args, **more):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(firing, "_fired", breaks)
        with pytest.raises(RuntimeError):
            watch(NOW)
    assert [watch(NOW + MINUTE) for _ in range(2)] == [1, 0]


def test_a_ticket_that_is_opened_again_twice_fires_twice():
    switched_on(document(when="ticket.reopened", then=THEN))
    mine = ticket()
    opened_again(mine, at=NOW - MINUTE)
    assert [watch(NOW), watch(NOW)] == [1, 0]
    opened_again(mine, at=NOW + HOUR)
    assert [watch(NOW + DAY), watch(NOW + DAY)] == [1, 0]


def test_what_fired_under_the_tickets_name_does_not_fire_again():
    """Before each time counted for itself, a run named the ticket alone."""
    rule, mine = switched_on(document(when="ticket.reopened", then=THEN)), ticket()
    opened_again(mine, at=NOW - MINUTE)
    version = rule.versions.get()
    WorkflowRun.objects.create(
        workflow=rule, version=version, subject=f"ticket.reopened:{mine.pk}", at=NOW, state="done"
    )
    assert watch(NOW + MINUTE) == 0
    opened_again(mine, at=NOW + HOUR)
    assert watch(NOW + DAY) == 1


@pytest.mark.parametrize("event", list(happenings.KINDS))
@pytest.mark.parametrize("newer", [None, 7])
def test_no_table_is_read_whole(event, newer):
    rows = happenings.rows_of(event, since=NOW - DAY, until=NOW, newer=newer)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # of a few rows it would read all
    plan = rows.explain()
    assert "SCAN nineplus" not in plan
    assert "Seq Scan" not in plan


def test_what_was_seen_is_kept_with_the_rule():
    rule = switched_on(document(when="money.contracted", then=THEN))
    pays_less(at=NOW)
    watch(NOW)
    held = Workflow.objects.get(pk=rule.pk)
    assert (held.watched_at, held.watched_revision) == (NOW, Revision.last())
