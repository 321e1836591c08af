"""Whoever was erased is known again by their id, and the list tells nobody's id."""

from __future__ import annotations

import pytest

from nineplus.stages.capture.people import gone
from nineplus.stages.capture.people.erasing import erase
from nineplus.store.models import Alias, Contact
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db


def test_ids_are_known_by_digest_with_their_source_and_alone():
    person = Contact.objects.create(source="crm", external_id="P-77", revision=1)
    Alias.objects.create(table="contact", source="desk", external_id="D-5", row=person.pk, why="email", at=NOW)
    Alias.objects.create(table="contact", source="@phone", external_id="+491701", row=person.pk, why="merged", at=NOW)
    erase(contact=person.pk, now=NOW)
    gone.remember(person.pk, [("crm", "P-77"), ("crm", "")], now=NOW)
    assert gone.among(["P-77", "P-78", ""], source="crm") == {"P-77"}
    assert gone.among(["P-77", "D-5"], source="desk") == {"D-5"}
    assert gone.among(["P-77", "D-5", "+491701"]) == {"P-77", "D-5"}
    assert len(gone.every()) == 4
    told = str([*Alias.objects.values(), *Contact.objects.values()])
    assert not [text for text in ("P-77", "D-5", "+491701") if text in told]


def test_under_another_secret_nobody_is_known(settings):
    gone.remember(1, [("crm", "P-77")], now=NOW)
    settings.SECRET_KEY = "another"
    assert gone.among(["P-77"], source="crm") == set()
