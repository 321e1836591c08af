"""What a program says of an ask is kept with it, in the same transaction."""

from __future__ import annotations

import pytest

from nineplus.stages.capture.asking import asks, inviting
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Attribute, Invitation
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import NOW

pytestmark = pytest.mark.django_db


def test_what_is_said_of_an_ask_is_written_with_it_or_nothing_is(monkeypatch: pytest.MonkeyPatch):
    survey, people = surveys.find(world.survey().pk), [world.contact().pk for _ in range(3)]
    said = {people[0]: {"Order No": "1"}, people[1]: {"Shop": "Berlin"}}
    monkeypatch.setattr(asks, "_message", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        inviting.invite(survey, contacts=people, occasion="o", attributes=said, now=NOW)
    assert not Invitation.objects.exists()
    assert not Attribute.objects.exists()
    monkeypatch.undo()
    inviting.invite(survey, contacts=people, occasion="o", attributes=said, now=NOW)
    inviting.invite(survey, contacts=people, occasion="o", attributes={people[2]: {"Shop": "Rome"}}, now=NOW)  # known
    kept = dict(Invitation.objects.values_list("contact", "attributes"))
    assert kept == {people[0]: {"order_no": "1"}, people[1]: {"shop": "Berlin"}, people[2]: {}}
    assert set(Attribute.objects.values_list("label", flat=True)) == {"Order No", "Shop"}
