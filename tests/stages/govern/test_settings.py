"""Preferences and dated notes."""

from __future__ import annotations

from datetime import date

import pytest

from nineplus.model import Marker
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import markers, preferences

pytestmark = pytest.mark.django_db


def test_preferences_have_defaults_and_keep_what_is_set():
    assert preferences.preferences() == preferences.Preferences()
    preferences.change(company=" Acme ", time_zone="Europe/Berlin", currency="EUR")
    now = preferences.preferences()
    assert (now.company, now.zone.key, now.currency) == ("Acme", "Europe/Berlin", "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"currency": "euro"},
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


def test_only_places_and_utc_are_offered_and_zones_of_no_place_are_refused():
    offered = preferences.zones()
    assert {"Europe/Berlin", "America/Argentina/Ushuaia", "UTC"} <= set(offered)
    assert not [zone for zone in offered if zone in ("Factory", "localtime") or zone.startswith("Etc/")]
    for wrong in ("Factory", "localtime", "Europe/Nowhere"):
        with pytest.raises(NotPossible, match="no time zone"):
            preferences.change(time_zone=wrong)
