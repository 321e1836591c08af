"""A search means the same on every database, whoever wrote the comment, and forgets what was erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from nineplus.stages import capture
from nineplus.stages.capture.people import erasing
from nineplus.store import word_index
from nineplus.store.models import Response
from nineplus.store.searching import Asked

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
COMMENTS = (
    "The INVOICE was wrong, 100% wrong!",
    "Über-schnelle Lieferung; Straße (mail to help@example.org)",
    "客服回复太慢，价格好。",
    "送料が高い iPhone版",
    "พนักงานบริการดีมาก",
    "सेवा बहुत धीमी है",
    "Поддержка ответила быстро",
    "can’t log in… “slow” v2.15",
    "응답이 느려요",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("invoice", {0}),
        ("wrong INVO", {0}),
        ("100%", {0}),
        ("voice", set()),
        ("über", {1}),
        ("ÜBER lief", {1}),
        ("example", {1}),
        ("straß", {1}),
        ("价格", {2}),
        ("好", {2}),
        ("格价", set()),
        ("客服 价格", {2}),
        ("iphone", {3}),
        ("料が高", {3}),
        ("บริการ", {4}),
        ("धीमी", {5}),
        ("ОТВЕТ", {6}),
        ("slow", {7}),
        ("15", {7}),
        ("느려", {8}),
        ("slow invoice", set()),
        ("!!!", set()),
        ("' OR \"x* NEAR(", set()),
    ],
)
@pytest.mark.parametrize("read", [True, False])
@pytest.mark.django_db
def test_words_begin_and_unspaced_scripts_contain(comments: list[int], text: str, found: set[int], read: bool):
    if read:
        word_index.take_in()
    asked = Asked.read(text)
    candidates = asked.ids(most=100)
    said = {pk for pk in candidates if asked.said_in(Response.objects.get(pk=pk).comment)}
    assert said == {comments[index] for index in found}
    assert {index for index, comment in enumerate(COMMENTS) if asked and asked.said_in(comment)} == found


@pytest.fixture
def comments() -> list[int]:
    return [_answer(comment).pk for comment in COMMENTS]


def _answer(comment: str, **more: object) -> Response:
    return capture.record_response(
        score=5, survey="S", touchpoint="relationship", comment=comment, answered_at=NOW, now=NOW, **more
    ).response


def _found(word: str) -> list[int] | None:
    return Asked.read(word).ids(most=3)


@pytest.mark.django_db
def test_the_index_follows_every_change():
    answer, other = _answer(""), _answer("a needle")
    assert _found("needle") == [other.pk]
    word_index.take_in(most=1)
    Response.objects.filter(pk=answer.pk).update(comment="a needle")
    assert sorted(_found("needle")) == [answer.pk, other.pk]  # one changed, one not reached
    while word_index.take_in():
        pass
    assert sorted(_found("needle")) == [answer.pk, other.pk]
    assert not word_index.waiting()
    Response.objects.filter(pk=answer.pk).update(comment="a thread")
    word_index.take_in()
    assert (_found("needle"), _found("thread")) == ([other.pk], [answer.pk])
    Response.objects.all().delete()
    assert (_found("needle"), _found("thread")) == ([], [])


@pytest.mark.django_db
def test_what_goes_before_it_is_read_was_never_there():
    answer = _answer("a needle")
    word_index.take_in()
    Response.objects.filter(pk=answer.pk).update(comment="a thread")
    Response.objects.filter(pk=answer.pk).update(comment="a ribbon")
    Response.objects.filter(pk=answer.pk).update(comment="")
    assert not word_index.waiting()
    assert [_found(word) for word in ("needle", "thread", "ribbon")] == [[], [], []]
    Response.objects.filter(pk=answer.pk).update(comment="a ribbon")
    Response.objects.filter(pk=answer.pk).delete()
    assert (_found("ribbon"), word_index.waiting()) == ([], False)


@pytest.mark.django_db
def test_an_answer_is_written_without_the_index():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'nineplus_response'")
            assert not [sql for (sql,) in cursor.fetchall() if "AFTER INSERT" in sql]


@pytest.mark.django_db
def test_too_many_are_not_named():
    for _ in range(4):
        _answer("the same")
    word_index.take_in()
    assert _found("same") is None
    assert len(Asked.read("same").ids(most=4)) == 4


@pytest.mark.django_db
def test_an_erased_persons_words_leave_the_index():
    answer = _answer("unmistakable", email="ada@example.org")
    word_index.take_in()
    erasing.erase(contact=answer.contact_id, now=NOW)
    assert _found("unmistakable") == []
    if connection.vendor == "sqlite":  # not marked as gone: gone from the table's pages
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM nineplus_said_data WHERE instr(block, CAST('mistakable' AS BLOB)) > 0")
            assert cursor.fetchone() == (0,)
