"""Rows written past the ORM are read by it as they were meant, on either database."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction

from nineplus.store import bulk
from nineplus.store.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)
ELSEWHERE = AT.astimezone(timezone(timedelta(hours=-7)))
COLUMNS = {"id": "bigint", "kind": "text", "data": "jsonb", "state": "text", "created_at": "timestamptz",
           "due_at": "timestamptz", "claimed_by": "text", "attempts": "smallint", "error": "text",
           "done_at": "timestamptz"}  # fmt: skip
STRANGE = [
    "",
    "plain",
    "\\N",
    "\\",
    "a\tb\\t",
    "line\nand\r\nline",
    "\u202eright to left",
    "🎉",
    "100 % %s",
    '"',
    "\x0b",
]


def row(number: int, **more: object) -> list[object]:
    known: dict[str, object] = dict.fromkeys(COLUMNS, "")
    known |= {"id": number, "kind": "k", "data": {}, "state": "waiting", "attempts": 0, "done_at": None}
    known |= {"created_at": AT, "due_at": bulk.stored(AT)}
    return list((known | more).values())


def test_every_text_comes_back_as_it_was():
    with transaction.atomic():
        ids = bulk.new_ids("nineplus_event", len(STRANGE))
        rows = [row(pk, error=text, data={"said": text}) for pk, text in zip(ids, STRANGE, strict=True)]
        bulk.insert("nineplus_event", COLUMNS, rows)
    assert list(Event.objects.order_by("id").values_list("error", flat=True)) == STRANGE
    assert [data["said"] for data in Event.objects.order_by("id").values_list("data", flat=True)] == STRANGE


@pytest.mark.parametrize("more", [[], ["\x1d"], ["\x1e\x1f"]], ids=["", "null's sign", "separators"])
def test_rows_that_are_texts_come_back_as_they_were(more: list[str]):
    said, at = STRANGE + more, bulk.stored(AT)
    with transaction.atomic():
        ids = bulk.new_ids("nineplus_event", len(said))
        rows = [
            row(pk, error=text, data=bulk.as_json({"said": text}), created_at=at)
            for pk, text in zip(ids, said, strict=True)
        ]
        bulk.insert_texts("nineplus_event", tuple(COLUMNS), rows)
    assert list(Event.objects.order_by("id").values_list("error", flat=True)) == said
    assert {(one.created_at, one.done_at, one.attempts) for one in Event.objects.all()} == {(AT, None, 0)}
    assert [one.data["said"] for one in Event.objects.order_by("id")] == said


def test_times_are_the_same_moment_however_they_came():
    with transaction.atomic():
        [pk] = bulk.new_ids("nineplus_event", 1)
        made = row(pk, created_at=ELSEWHERE, due_at=bulk.stored(ELSEWHERE), data='{"a": [1, null]}')
        bulk.insert("nineplus_event", COLUMNS, [made])
    [event] = Event.objects.all()
    assert (event.created_at, event.due_at, event.done_at) == (AT, AT, None)
    assert event.data == {"a": [1, None]}
    assert Event.objects.filter(created_at=AT, due_at=AT).exists()


def test_more_rows_than_one_statement_takes():
    with transaction.atomic():
        ids = bulk.new_ids("nineplus_event", 1_201)
        bulk.insert("nineplus_event", COLUMNS, [row(pk) for pk in ids])
        bulk.insert("nineplus_event", COLUMNS, [])
        assert Event.objects.create(kind="next", created_at=AT, due_at=AT).pk > max(ids)
    assert Event.objects.count() == 1_202


def test_what_the_table_refuses_is_refused_as_the_orm_says_it():
    [pk] = bulk.new_ids("nineplus_event", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert("nineplus_event", COLUMNS, [row(pk, kind="")])
    assert not Event.objects.exists()


def test_rows_told_by_name_get_their_defaults_and_their_ids():
    with transaction.atomic():
        Event.publish(kind="first", now=AT)
        ids = bulk.insert_rows(
            Event, [{"kind": "a", "created_at": AT, "due_at": ELSEWHERE, "data": {"n": text}} for text in STRANGE]
        )
    rows = {row.pk: row for row in Event.objects.filter(kind="a")}
    assert [rows[pk].data["n"] for pk in ids] == STRANGE
    assert {(row.state, row.attempts, row.error, row.done_at, row.due_at) for row in rows.values()} == {
        ("waiting", 0, "", None, AT)
    }
    assert bulk.insert_rows(Event, []) == ()


class _Colour(enum.StrEnum):
    RED = "red"


class _Old(str, enum.Enum):  # noqa: UP042 - its text is not its value
    BLUE = "blue"


class _Number(enum.IntEnum):
    TWO = 2


def test_members_of_enumerations_are_what_they_stand_for():
    at = bulk.stored(AT)
    with transaction.atomic():
        ids = bulk.new_ids("nineplus_event", 2)
        rows = [
            row(pk, error=text, attempts=_Number.TWO, data="{}", created_at=at)
            for pk, text in zip(ids, (_Colour.RED, _Old.BLUE), strict=True)
        ]
        bulk.insert_texts("nineplus_event", tuple(COLUMNS), rows)
    assert list(Event.objects.order_by("id").values_list("error", "attempts")) == [("red", 2), ("blue", 2)]
