"""Whoever was erased is named nowhere: not in steps of playbooks, letters to colleagues, alerts or channels."""

from __future__ import annotations

import pytest

from nineplus.stages.act.alerts import telling as alerts
from nineplus.stages.act.chat import places, telling
from nineplus.stages.act.playbooks import keeping, running
from nineplus.stages.capture.people import erasing
from nineplus.store.models import Alert, CaseStep, ChatPost, Message, Raised
from tests.stages.act.world import NOW, agent, case, company, person

pytestmark = pytest.mark.django_db


def test_who_was_erased_is_named_nowhere_and_others_keep_their_words():
    ada, zoe = agent("Ada"), person("Zoë", at=company())
    playbook = keeping.save("Call", [{"title": "Call them"}], by=ada, now=NOW).playbook
    running.start(case(by=zoe).pk, playbook.pk, by=ada, now=NOW)
    running.tick(CaseStep.objects.get().pk, by=ada, note="Zoë was glad", now=NOW)
    place = places.add(kind="slack", name="cs", channel="C1", wants=["rising_theme"], now=NOW)
    for subject, title in (("1", "Zoë wrote of prices"), ("2", "“Zoëtrope” rises")):  # of nobody in particular
        alerts.tell(kind="rising_theme", subject=subject, period="1", title=title, path="/", whom=[ada.pk], now=NOW)
        alerts.mail_due(now=NOW)
        telling.alert(Raised.objects.get(subject=subject).pk, now=NOW)
    ChatPost.objects.update(state="sent", ts="1.2")
    erasing.erase(contact=zoe.pk, now=NOW)
    assert CaseStep.objects.get().note == ""
    for rows in (Raised.objects, Alert.objects):
        assert list(rows.order_by("pk").values_list("title", flat=True)) == [erasing._ERASED, "“Zoëtrope” rises"]
    letters = Message.objects.filter(key__startswith="alert-").order_by("pk")
    assert ["Zoë" in str(one.body) for one in letters] == [False, True]
    assert list(ChatPost.objects.filter(place=place).order_by("pk").values_list("stale", flat=True)) == [True, False]
