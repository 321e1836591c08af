"""Preferences and dated notes."""

from __future__ import annotations

from datetime import date

import pytest

from nineplus.model import Marker
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import markers, preferences
from nineplus.store.models import Event

pytestmark = pytest.mark.django_db


def test_preferences_have_defaults_and_keep_what_is_set():
    assert preferences.preferences() == preferences.Preferences()
    preferences.change(company=" Acme ", time_zone="Europe/Berlin", currency="EUR", link_days=60)
    now = preferences.preferences()
    assert (now.company, now.zone.key, now.currency, now.link_days) == ("Acme", "Europe/Berlin", "EUR", 60)


def test_another_window_makes_the_mart_anew_and_nothing_else_does():
    preferences.change(company="Acme", link_days=preferences.preferences().link_days)
    assert not Event.objects.exists()
    preferences.change(link_days=60)
    assert [event.kind for event in Event.objects.all()] == ["mart.stale"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"currency": "euro"},
        {"link_days": 0},
        {"link_days": "30"},
        {"company": "x" * 201},
        {"colour": "red"},
    ],
)
def test_what_will_not_do_changes_nothing(wrong: dict[str, object]):
    with pytest.raises(NotPossible):
        preferences.change(**{"company": "Acme", **wrong})
    assert preferences.preferences().company == ""


def test_notes_come_in_order_of_their_days():
    markers.add(at=date(2026, 3, 1), label="New survey")
    first = markers.add(at=date(2026, 1, 1), label=" New prices ")
    assert markers.markers() == (Marker(date(2026, 1, 1), "New prices"), Marker(date(2026, 3, 1), "New survey"))
    markers.remove(note_id=first.pk)
    assert [note.label for note in markers.notes()] == ["New survey"]
    with pytest.raises(NotFound):
        markers.remove(note_id=first.pk)


@pytest.mark.parametrize("label", ["", "  ", "x" * 201])
def test_a_note_says_something_short(label: str):
    with pytest.raises(NotPossible):
        markers.add(at=date(2026, 1, 1), label=label)
