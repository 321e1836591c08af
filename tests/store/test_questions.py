"""Questions whose SQL is made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.store.models import Account, Contact, Response, Survey
from nineplus.store.questions import Question, day, instant, integer, text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 5, 9, 30, 12, 345678, tzinfo=UTC)

ANSWER = Question(lambda: Response.objects.select_related("contact__account", "survey").filter(pk=integer("pk")))
BEFORE = Question(
    lambda: Response.objects.filter(answered_at__lt=instant("at")).order_by("answered_at").values_list("score", "tags")
)
NAMED = Question(lambda: Account.objects.filter(name=text("name")).values_list("pk", flat=True))
ON = Question(lambda: Response.objects.filter(answered_at__date__gte=day("on")).values_list("pk", flat=True))


@pytest.fixture
def answers() -> list[Response]:
    survey = Survey.objects.create(external_id="S", name="Relationship", created_at=NOW, revision=1)
    account = Account.objects.create(external_id="A", name="O'Neill % Söhne", revision=1)
    contact = Contact.objects.create(external_id="C", account=account, revision=1)
    return [
        Response.objects.create(
            external_id=f"R{n}",
            survey=survey,
            account=account if n else None,
            contact=contact if n else None,
            answered_at=NOW + timedelta(days=n),
            score=n,
            tags=[f"t{n}"],
            source="test",
            revision=1,
        )
        for n in range(3)
    ]


def test_rows_are_those_of_the_same_question_to_django(answers: list[Response]) -> None:
    for one in answers:
        found = ANSWER.first(pk=one.pk)
        assert found == one
        assert (found.answered_at, found.tags) == (one.answered_at, one.tags)
        with CaptureQueriesContext(connection) as asked:
            assert found.survey.name == "Relationship"
            assert (found.contact and found.contact.account) == one.account
        assert not asked.captured_queries
    assert ANSWER.first(pk=-1) is None
    assert ANSWER.first(pk=None) is None
    assert ANSWER.any(pk=answers[0].pk)
    assert not ANSWER.any(pk=-1)


def test_values_are_told_as_the_database_wants_them(answers: list[Response]) -> None:
    assert BEFORE.all(at=NOW) == []
    assert BEFORE.all(at=NOW + timedelta(days=1, microseconds=1)) == [(0, ["t0"]), (1, ["t1"])]
    assert NAMED.all(name="O'Neill % Söhne") == [answers[1].account_id]
    assert NAMED.all(name="' OR 1=1 --") == []
    assert ON.all(on=(NOW + timedelta(days=2)).date()) == [answers[2].pk]


def test_the_statement_is_made_once_and_sees_what_changed(answers: list[Response]) -> None:
    made: list[int] = []

    def make():
        made.append(1)
        return Response.objects.filter(pk=integer("pk")).values_list("score", flat=True)

    scores = Question(make)
    for score in (4, 9):
        Response.objects.filter(pk=answers[0].pk).update(score=score)
        assert scores.all(pk=answers[0].pk) == [score]
    assert made == [1]


def test_each_thread_asks_by_its_own_connection(answers: list[Response]) -> None:
    ANSWER.first(pk=answers[0].pk)
    mine = ANSWER._asked()
    others: list[object] = []

    def other() -> None:
        others.append(ANSWER._asked())
        connection.close()

    thread = Thread(target=other)
    thread.start()
    thread.join()
    assert others[0] is not mine
    assert others[0].query.kept.connection is not mine.query.kept.connection
