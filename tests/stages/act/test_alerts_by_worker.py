"""A large customer answers, and the worker itself finds whom to tell: answer, money and account are as they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.jobs.worker import Worker
from nineplus.stages.act.alerts import telling
from nineplus.stages.act.cases import policy
from nineplus.stages.capture.answering.answers import record_response
from nineplus.store.models import Alert, Event, Message, Movement, Raised, Sender
from tests.stages.act import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_large_unhappy_customer_is_told_and_mailed_once_and_others_are_not(settings, tmp_path):
    settings.HOME = tmp_path
    now = datetime.now(UTC)
    Sender.objects.create(
        name="Mail",
        medium="email",
        channel="outbox_folder",
        from_address="us@us.example",
        is_default=True,
        created_at=now,
    )
    boss, ada = world.agent("Boss", seat=False, role="owner"), world.agent("Ada", seat=False)
    world.agent("Bea", seat=False)
    large, small = world.company("Large", owner=ada), world.company("Small", owner=ada)
    policy.change(replace(policy.current(), high_value_minor=100_000))
    for account, paid in ((large, (60_000, 60_000, -20_000)), (small, (60_000,))):
        for number, minor in enumerate(paid):
            Movement.objects.create(
                external_id=f"M{account.pk}-{number}",
                account=account,
                at=now - timedelta(days=90 - number),
                kind="new" if not number else "expansion" if minor > 0 else "contraction",
                amount_minor=minor,
                currency="USD",
                revision=1,
            )
    for account, score in ((large, 6), (large, 3), (large, 7), (small, 0)):
        record_response(score=score, survey="Relationship", account=account.external_id, now=now)
    worker = Worker()
    worker.burst()
    worker.burst()
    raised = Raised.objects.get(kind="high_value_detractor")
    assert raised.title == "Large, a large customer, gave 6 to Relationship"
    assert set(Alert.objects.filter(raised=raised).values_list("user", flat=True)) == {boss.pk, ada.pk}
    assert telling.due(datetime.now(UTC))
    for _ in range(2):
        Event.publish_once(kind="alerts.due", now=now)  # its tick
        worker.burst()
    letters = [one for one in Message.objects.filter(key__startswith="alert-") if raised.title in str(one.body)]
    assert sorted(one.address for one in letters) == [ada.email, boss.email]
