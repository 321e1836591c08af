"""Many answers in one commit: what becomes of each is what it would have been alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.rules.outcomes import State
from nineplus.stages import capture
from nineplus.stages.capture.answering import intake as intake_module
from nineplus.stages.capture.answering import keeping, rows
from nineplus.stages.capture.answering.intake import Intake, NotNow, Pace
from nineplus.stages.capture.answering.keeping import Answer, Invited, Kept, Parties, Passer, Program, keep
from nineplus.store.models import Code, CodePool, Event, Invitation, Response, Revision, Survey

from .test_links import NOW, invite, score, survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake() -> Iterator[Intake]:
    made = Intake()
    yield made
    made.stop()


def answer(to: Invitation | Passer, value: int = 9, now: datetime = NOW, **more: object) -> Answer:
    aim = Invited(to.pk) if isinstance(to, Invitation) else to
    return Answer(to=aim, score=value, now=now, channel=str(more.pop("channel", "link")), **more)


def together(*work: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment in threads of their own; what each returned or raised."""
    found: list[object] = [None] * len(work)
    begin = threading.Barrier(len(work))

    def do(number: int) -> None:
        begin.wait()
        try:
            found[number] = work[number]()
        except Exception as problem:
            found[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_row_has_every_column_that_the_models_have():
    """What is written past the ORM is what the ORM would have written."""
    asked = invite(survey())
    [kept] = keep([answer(asked, channel="email", language="de", signals={"how": "press"}, comment="Fast")])
    ours = Response.objects.values().get(pk=kept.response)
    event = Event.objects.values().get()
    Response.objects.all().delete()
    Event.objects.all().delete()
    theirs = Response(
        source="nineplus",
        external_id=str(asked.pk),
        survey=asked.survey,
        invitation=asked,
        version=asked.version,
        score=9,
        channel="email",
        language="de",
        signals={"how": "press"},
        answered_at=NOW,
        comment="Fast",
        revision=ours["revision"],
    )
    theirs.save()
    theirs.full_clean(validate_unique=False, exclude=[f.name for f in Response._meta.fields if not f.blank])
    assert {**Response.objects.values().get(), "id": None} == {**ours, "id": None}
    Event.objects.create(kind="response.scored", data={"response": kept.response}, created_at=NOW, due_at=NOW)
    assert {**Event.objects.values().get(), "id": None} == {**event, "id": None}
    columns = {field.column for field in Response._meta.concrete_fields}
    left_to_null = {field.column for field in Response._meta.concrete_fields if field.null}
    assert columns - set(rows._RESPONSE) <= left_to_null


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(7, 10), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_batch_is_the_same_as_one_after_the_other(steps: list[tuple[int, int, bool]]):
    def outcome(of: list[list[Answer]]) -> tuple[object, ...]:
        kept = [one for batch in of for one in keep(batch)]
        known = {pk: number for number, pk in enumerate(Response.objects.order_by("id").values_list("id", flat=True))}
        seen = tuple((one.state, one.score, known.get(one.response or 0)) for one in kept)
        made = list(Response.objects.order_by("id").values_list("score", "external_id", "signals", "changed_at"))
        told = [
            (kind, known[data["response"]]) for kind, data in Event.objects.order_by("id").values_list("kind", "data")
        ]
        fates = list(Invitation.objects.order_by("id").values_list("fate", flat=True))
        Response.objects.all().delete()
        Event.objects.all().delete()
        Invitation.objects.filter(fate="answered").update(fate="sent")
        return seen, made, told, fates

    of = Survey.objects.first() or survey()
    asked = list(Invitation.objects.order_by("id")) or [invite(of), invite(of, expires_at=NOW)]
    aims: list[Invitation | Passer] = [*asked, Passer(of.public_id, "k" * 16), Passer(of.public_id, "l" * 16)]
    answers = [
        answer(aims[aim], value, now=NOW + timedelta(minutes=number) if aim != 1 or late else NOW)
        for number, (aim, value, late) in enumerate(steps)
    ]
    assert outcome([answers]) == outcome([[one] for one in answers])


def test_one_commit_has_one_revision():
    of = survey()
    before = Revision.last()
    keep([answer(invite(of)) for _ in range(3)])
    assert set(Response.objects.values_list("revision", flat=True)) == {before + 1} == {Revision.last()}


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_on_one_link_are_one_response(intake: Intake):
    asked = invite(survey())
    found = together(*[lambda value=value: intake.keep(answer(asked, value % 2 + 8)) for value in range(50)])
    states = [one.state for one in found if isinstance(one, Kept)]
    assert (len(states), states.count(State.SAVED)) == (50, 1)
    assert Response.objects.count() == 1
    assert Event.objects.filter(kind="response.changed").count() == states.count(State.CHANGED)


@pytest.mark.django_db(transaction=True)
def test_no_code_is_given_twice_and_none_while_one_is_left_is_withheld(intake: Intake):
    pool = CodePool.objects.create(name="Coffee", created_at=NOW)
    Code.objects.bulk_create(Code(pool=pool, code=f"C{n}") for n in range(30))
    of = survey(code_pool=pool.pk)
    asked = [invite(of) for _ in range(40)]
    other = Intake()  # as in another process
    half = [lambda one=one, into=(intake, other)[one.pk % 2]: into.keep(answer(one)) for one in asked]
    codes = [one.code for one in together(*half) if isinstance(one, Kept)]
    other.stop()
    given_out = [code for code in codes if code]
    assert (len(codes), len(given_out), len(set(given_out))) == (40, 30, 30)
    assert Code.objects.filter(given_at__isnull=True).count() == 0


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_kept_fails_alone(intake: Intake, monkeypatch: pytest.MonkeyPatch):
    of = survey()
    asked = [invite(of) for _ in range(3)]

    def nobody(revision: int) -> Parties:
        raise ValueError("nobody")

    bad = Answer(to=Program(nobody, source="api", key="k"), score=1, now=NOW)
    hold, original = threading.Event(), keeping.keep

    def slow(answers, **more):  # type: ignore[no-untyped-def]
        hold.wait(5)
        return original(answers, **more)

    monkeypatch.setattr(keeping, "keep", slow)
    threading.Timer(0.2, hold.set).start()
    found = together(*[lambda one=one: intake.keep(answer(one)) for one in asked], lambda: intake.keep(bad))
    assert [type(one) for one in found] == [Kept, Kept, Kept, ValueError]
    assert Response.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_answers_in_a_stream_give_each_commit_a_moment_and_one_alone_has_none(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
):
    asked = survey()
    first, *others = [invite(asked) for _ in range(4)]
    original, begun, hold, rests = keeping.keep, threading.Event(), threading.Event(), []

    def slow(answers, **more):  # type: ignore[no-untyped-def]
        begun.set()
        hold.wait(5)
        return original(answers, **more)

    monkeypatch.setattr(keeping, "keep", slow)
    monkeypatch.setattr(intake_module.time, "sleep", rests.append)
    alone = threading.Thread(target=lambda: (intake.keep(answer(first)), connection.close()))
    alone.start()
    assert begun.wait(5)
    waiting = [threading.Thread(target=lambda to=to: (intake.keep(answer(to)), connection.close())) for to in others]
    for thread in waiting:
        thread.start()
    while len(intake._waiting) < 3:
        threading.Event().wait(0.001)
    hold.set()
    for thread in (alone, *waiting):
        thread.join()
    assert len(rests) == 1, "after the first, since three waited; none after the three"
    assert 0.0 <= rests[0] <= intake_module.APART
    assert Response.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_how_many_come_a_second_is_known_between_two_looks(intake: Intake, monkeypatch: pytest.MonkeyPatch):
    asked, now = survey(), [100.0]
    monkeypatch.setattr(intake_module.time, "monotonic", lambda: now[0])
    pace = Pace(intake)
    for _ in range(3):
        intake.keep(answer(invite(asked)))
    now[0] += 2.0
    assert pace.since_last() == 1.5
    now[0] += 2.0
    assert pace.since_last() == 0.0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_went_away_for_a_moment_costs_nothing(intake: Intake, monkeypatch: pytest.MonkeyPatch):
    asked, original, failures = invite(survey()), keeping.keep, [1, 1]

    def failing(answers, **more):  # type: ignore[no-untyped-def]
        if failures:
            failures.pop()
            kept = original(answers, **more) if not failures else None  # committed, but nobody was told
            raise OperationalError(f"gone {kept is None}")
        return original(answers, **more)

    monkeypatch.setattr(keeping, "keep", failing)
    monkeypatch.setattr(intake_module, "_AGAIN_AFTER", (0.0, 0.0))
    assert intake.keep(answer(asked)).state is State.SAME
    assert Response.objects.count() == Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_is_said(intake: Intake, monkeypatch: pytest.MonkeyPatch):
    def failing(answers, **more):  # type: ignore[no-untyped-def]
        raise OperationalError("gone")

    monkeypatch.setattr(keeping, "keep", failing)
    monkeypatch.setattr(intake_module, "_AGAIN_AFTER", (0.0,))
    with pytest.raises(NotNow):
        intake.keep(answer(invite(survey())))


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_and_asks_again(intake: Intake, monkeypatch: pytest.MonkeyPatch):
    asked, original, hold = invite(survey()), keeping.keep, threading.Event()

    def slow(answers, **more):  # type: ignore[no-untyped-def]
        hold.wait(5)
        return original(answers, **more)

    monkeypatch.setattr(keeping, "keep", slow)
    monkeypatch.setattr(intake_module, "PATIENCE", 0.05)
    with pytest.raises(NotNow):
        intake.keep(answer(asked))
    hold.set()
    monkeypatch.setattr(intake_module, "PATIENCE", 20.0)
    assert intake.keep(answer(asked)).state is State.SAME
    assert Response.objects.count() == 1


def test_an_answer_by_link_and_one_by_program_go_the_same_way():
    asked = invite(survey())
    score(asked)
    capture.record_response(score=3, survey=asked.survey.name, now=NOW)
    assert set(Event.objects.values_list("kind", flat=True)) == {"response.scored"}
    assert Response.objects.filter(survey=asked.survey).count() == 2


@pytest.mark.of_postgresql
def test_postgresql_plans_what_every_batch_asks_only_once():
    some = survey()
    for _ in range(2):
        keep([answer(invite(some))])
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        runs = dict(cursor.fetchall())
    parts = ("mine AS", "_agg(", "'answered'", "nineplus_event")
    found = [next((runs[one] for one in runs if part in one), 0) for part in parts]
    assert found == [2, 2, 2, 2]
