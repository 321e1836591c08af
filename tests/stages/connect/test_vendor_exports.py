"""Exports of other survey tools in the store: once however often they come, with what stands beside the score."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect import imports
from nineplus.store.models import Contact, Import, Response
from tests.connectors.surveys import exports

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def brought(tmp_path: Path):
    def bring(content: str | bytes) -> Import:
        path = tmp_path / "export.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        one = imports.receive(path, now=NOW)
        mapping = imports.propose(one.pk)
        planned = imports.dry_run(one.pk, mapping)
        imports.confirm(one.pk, mapping, now=NOW, hand_on=False)
        done = imports.run(one.pk, now=NOW)
        assert (planned.added, planned.changed, planned.same, planned.refused) == (
            done.rows_added,
            done.rows_changed,
            done.rows_same,
            done.rows_refused,
        )
        assert planned.excluded == imports.excluded_of(done.report["refusals"])
        return done

    return bring


@pytest.mark.parametrize("vendor", exports.EXPORTS)
def test_a_newer_export_of_the_same_account_changes_nothing_twice(vendor, brought):
    first = brought(exports.EXPORTS[vendor])
    assert (first.state, first.rows_added, first.rows_refused) == ("done", len(exports.SCORES), 0)
    before = list(Response.objects.order_by("pk").values())
    again = brought(exports.EXPORTS[vendor])
    assert (again.rows_added, again.rows_changed, again.rows_same) == (0, 0, len(exports.SCORES))
    assert list(Response.objects.order_by("pk").values()) == before


def test_ids_of_two_tools_never_meet(brought):
    delighted = exports.delighted([9]).replace("1000,50", "900,50")
    brought(delighted)
    assert brought(exports.wootric([3])).rows_added == 1
    assert set(Response.objects.values_list("external_id", "score")) == {("delighted:900", 9), ("wootric:900", 3)}


def test_history_keeps_days_languages_tags_and_notes(brought):
    brought(exports.delighted([9, 2]))
    first, second = Response.objects.order_by("external_id")
    assert first.answered_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert (first.language, second.tags, [note["text"] for note in first.notes]) == ("de", ["Price"], ["seen"])
    assert first.contact.email == "ada0@customer.example"


def test_other_answers_are_kept_beside_the_score(brought):
    brought(exports.qualtrics([exports.qualtrics_row(n, score=n % 11) for n in range(12)]))
    kept = Response.objects.get(external_id="qualtrics:R_3")
    assert kept.raw == {"beside": {"EndDate": "2025-01-04 03:04:05"}}
    assert kept.attributes["plan"] == "Pro"
    assert kept.contact.name == "Ada Low3"


def test_each_row_is_counted_once_by_its_reason(brought):
    rows = [exports.qualtrics_row(n, score=9, status=("IP Address", "Spam", "Survey Preview")[n % 3]) for n in range(9)]
    rows += [exports.qualtrics_row(9, score=""), exports.qualtrics_row(10, score="x")]
    done = brought(exports.qualtrics(rows))
    assert done.report["refusals"] == {"preview": 3, "spam": 3, "not_answered": 1, "score_text": 1}
    assert (done.rows_added, imports.excluded_of(done.report["refusals"]), done.rows_refused) == (3, 7, 8)
    listed = "".join(imports.refused_csv(done.pk)).splitlines()
    assert len(listed) == 9
    assert sum("Write a whole number from 0 to 10." in line for line in listed) == 1


def test_whoever_was_erased_does_not_come_back_with_a_newer_export(brought):
    brought(exports.qualtrics([exports.qualtrics_row(n) for n in range(3)]))
    erase(contact=Contact.objects.get(email="ada1@customer.example").pk, now=NOW)
    again = brought(exports.qualtrics([exports.qualtrics_row(n) for n in range(3)]))
    assert (again.rows_added, again.rows_changed, again.rows_same) == (0, 0, 3)
    erased = Response.objects.get(external_id="qualtrics:R_1")
    assert (erased.comment, erased.comment_raw, erased.raw) == ("", "", None)
    assert erased.contact.name == ""
    assert set(Contact.objects.values_list("email", flat=True)) == {
        "",
        "ada0@customer.example",
        "ada2@customer.example",
    }
