"""An export of Delighted's: told by its header; days, tags, notes and languages kept; brought in twice it is once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nineplus.connectors.files import open_file, recognise
from nineplus.stages.capture.people import suppression
from nineplus.stages.connect import imports
from nineplus.stages.connect.beside import tags_of
from nineplus.store.models import Contact, Import, Response, Suppression

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADER = (
    "Response ID,Person ID,Name,Email,Survey type,Score,Comment,Created at,Updated at,Permalink,Tags,Notes,"
    "Delighted Source,locale,State,Customer ID"
)
ROWS = [
    "1001,51,Ada,ada@customer.example,nps,9,Good,2025-03-01 10:00:00 UTC,2025-03-01 11:00:00 UTC,"
    'https://delighted.com/r/a,"Price, Support",Called back,Email,de,CA,c1',
    "1002,52,Bob,bob@customer.example,nps,2,,2025-03-02 10:00:00 UTC,2025-03-02 10:00:00 UTC,"
    "https://delighted.com/r/b,,,Web,en,NY,c2",
    "1003,51,Ada,ada@customer.example,nps,7,Later,2025-09-01 10:00:00 UTC,2025-09-01 10:00:00 UTC,"
    "https://delighted.com/r/c,Price,,Link,de,CA,c1",
]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "nps-responses.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    return path


def brought(path: Path) -> Import:
    one = imports.receive(path, now=NOW)
    imports.confirm(one.pk, imports.propose(one.pk), now=NOW, hand_on=False)
    return imports.run(one.pk, now=NOW)


def test_the_header_tells_whose_it_is(export: Path):
    mapping = recognise(open_file(export))
    assert mapping.kind == "responses"
    meant = {column: meaning.field for column, meaning in mapping.columns.items()}
    assert (meant["Notes"], meant["Tags"], meant["Permalink"]) == ("note", "tags", "ignore")
    assert (meant["Comment"], meant["Person ID"], meant["Created at"]) == ("comment", "contact", "answered_at")
    assert (meant["Delighted Source"], meant["locale"], meant["State"]) == ("channel", "language", "attribute")
    assert mapping.notes[0].code == "vendor"
    assert "Delighted" in mapping.notes[0].message


@pytest.mark.django_db
def test_brought_in_twice_it_is_there_once(export: Path):
    first = brought(export)
    assert (first.state, first.rows_added, first.rows_refused) == ("done", 3, 0)
    again = brought(export)
    assert (again.rows_added, again.rows_same) == (0, 3)
    ada, bob, later = Response.objects.order_by("answered_at")
    assert (ada.score, ada.comment, ada.language) == (9, "Good", "de")
    assert ada.answered_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert (ada.tags, [note["text"] for note in ada.notes]) == (["Price", "Support"], ["Called back"])
    assert (bob.tags, bob.notes) == ([], None)
    assert (later.tags, later.contact_id) == (["Price"], ada.contact_id)
    assert ada.attributes["state"] == "CA"
    assert Contact.objects.count() == 2


@pytest.mark.django_db
def test_an_import_that_is_taken_back_leaves_nothing(export: Path):
    one = brought(export)
    imports.undo(one.pk, now=NOW)
    assert not Response.objects.exists()


@pytest.mark.django_db
def test_tags_and_notes_of_answers_that_were_there_before_are_taken_back_too(export: Path):
    first = brought(export)
    there = ("external_id", "score", "tags", "notes", "raw")
    before = list(Response.objects.order_by("pk").values(*there))
    lines = export.read_text().replace("Called back", "Called twice").replace(",nps,7,", ",nps,8,")
    export.write_text(lines.replace('"Price, Support"', "Speed"))
    second = brought(export)
    assert (second.rows_changed, Response.objects.get(external_id="delighted:1001").tags) == (1, ["Speed"])
    assert Response.objects.get(external_id="delighted:1001").notes[0]["text"] == "Called twice"
    imports.undo(second.pk, now=NOW)
    assert list(Response.objects.order_by("pk").values(*there)) == before
    imports.undo(first.pk, now=NOW)
    assert not Response.objects.exists()


@pytest.mark.django_db
def test_answers_that_came_under_their_bare_ids_before_are_not_there_twice(export: Path):
    plain = "response id,score,created at\n1001,9,2025-03-01 10:00:00\n1002,5,2025-03-02 10:00:00\n"
    bare = export.with_name("plain.csv")
    bare.write_text(plain, encoding="utf-8")
    brought(bare)
    done = brought(export)
    assert (done.rows_added, done.rows_changed) == (2, 1)
    assert set(Response.objects.values_list("external_id", "score", "comment")) == {
        ("1001", 9, "Good"),
        ("1002", 5, ""),  # another tool's: it has the number only
        ("delighted:1002", 2, ""),
        ("delighted:1003", 7, "Later"),
    }


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("", []), ("Price", ["Price"]), ("a|b; a", ["a", "b"]), ('["Very slow", "x"]', ["Very slow", "x"]), ("[]", [])],
)
def test_tags(cell: str, tags: list[str]):
    assert tags_of(cell) == tags


@pytest.mark.django_db
def test_lists_of_those_not_written_to():
    unsubscribed = "Person ID,Email,Name,Unsubscribed At\n1,a@customer.example,A,2025-03-01 10:00:00 UTC\n"
    bounced = "person_email,bounced_at\nb@customer.example,1740823200\n"
    people = "Email,Unsubscribed At,Bounced At\nfine@customer.example,,\nc@customer.example,2025-03-01,\n"
    for text in (unsubscribed, bounced, people):
        assert suppression.from_csv(text, now=NOW).added == 1
    found = {row.address: (row.reason, row.at.date().isoformat()) for row in Suppression.objects.all()}
    assert found == {
        "a@customer.example": ("unsubscribed", "2025-03-01"),
        "b@customer.example": ("bounced", "2025-03-01"),
        "c@customer.example": ("unsubscribed", "2025-03-01"),
    }
