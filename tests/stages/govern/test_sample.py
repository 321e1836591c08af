"""The sample company in the store: whole or not counted, in short steps, and gone without harm to one's own data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from django.apps import apps
from django.db import connection, transaction

from nineplus.jobs.kinds import HANDLERS
from nineplus.sample import company as generator
from nineplus.stages import capture
from nineplus.stages.errors import Conflict
from nineplus.stages.govern import sample
from nineplus.stages.govern.sample import setting
from nineplus.store.models import (
    Account,
    Act,
    Advocate,
    Attribute,
    Case,
    CaseAnswer,
    CaseEntry,
    CasePlaybook,
    CaseStep,
    Change,
    ChangeNews,
    Event,
    Import,
    Lead,
    Message,
    Note,
    PersonalLetter,
    Points,
    Preference,
    Programme,
    Redemption,
    Removal,
    Response,
    Revision,
    Reward,
    Subscription,
    Survey,
    Ticket,
    User,
    Workflow,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(whole):
    """The company with twelve of its accounts."""
    return _part(whole, whole.sources["accounts"]["account"][:12].combine_chunks())


@pytest.fixture
def everybody(whole, monkeypatch):
    """The company with the accounts of which the loop has something to say, and nobody else."""
    loop = whole.loop
    said = dict(zip(*(whole.sources["responses"][name].to_pylist() for name in ("response", "account")), strict=True))
    numbers = {deed.answer for deed in loop.deeds} | {case.answers[0] for case in loop.cases[-12:]}
    names = sorted({said[f"R-{number:06d}"] for number in numbers})
    part = _part(whole, pa.array(names))
    monkeypatch.setattr(generator, "company", lambda **_: part)
    monkeypatch.setattr(sample.state, "STEP", 4000)
    return names


def _part(whole, accounts):
    some = {
        name: table.filter(pc.is_in(table["account"], accounts)) if "account" in table.column_names else table
        for name, table in whole.sources.items()
    }
    tickets = some["tickets"]["ticket"].combine_chunks()
    some["ticket_events"] = some["ticket_events"].filter(pc.is_in(some["ticket_events"]["ticket"], tickets))
    return replace(whole, sources=some)


@pytest.fixture(scope="module")
def whole():
    return generator.company(until=NOW.date())


@pytest.fixture(autouse=True)
def quickly(made, monkeypatch):
    monkeypatch.setattr(generator, "company", lambda **_: made)
    monkeypatch.setattr(sample.state, "STEP", 100)


def test_it_is_loaded_once_and_taken_away_whole(made):
    sample.ask(now=NOW)
    with pytest.raises(Conflict):
        sample.ask(now=NOW)
    shares = []
    sample.load(now=NOW, progress=lambda doing, share: shares.append(share))
    assert sample.status() == sample.SampleStatus("loaded", 1.0)
    assert shares == sorted(shares)
    assert Response.objects.count() == made.sources["responses"].num_rows
    assert Ticket.objects.count() == made.sources["tickets"].num_rows
    assert Note.objects.count() == len(made.markers) > 0
    sample.load(now=NOW)
    assert Response.objects.count() == made.sources["responses"].num_rows
    revisions = Response.objects.values("revision").distinct().count()
    assert revisions > 1, "one long transaction keeps everybody waiting"
    sample.remove(now=NOW)
    assert not any(model.objects.exists() for model in (Response, Ticket, Account, Survey, Note))
    assert sample.status().state == "absent"
    assert set(Removal.objects.values_list("table", flat=True)) >= {"response", "ticket", "account", "ticketevent"}


def _counts():
    """Rows of every table, but of those that say what happened."""
    models = [
        model for model in apps.get_app_config("nineplus").get_models() if model not in (Event, Removal, Revision)
    ]
    return {model.__name__: model._default_manager.count() for model in models}


def test_its_loop_is_there_on_the_first_day_and_leaves_nothing(everybody):
    User.objects.create(email="ada@example.org", role="owner", created_at=NOW)
    before = _counts()
    sample.load(now=NOW)
    full = _counts()
    loop = (Case, CaseAnswer, CaseEntry, CasePlaybook, CaseStep, PersonalLetter, Workflow, Programme, Act, Advocate)
    loop += (Change, ChangeNews, Lead, Points, Redemption, Reward)
    assert [model.__name__ for model in loop if not full[model.__name__]] == []
    assert 1 <= Case.objects.filter(owner__isnull=False).count() <= 3
    assert Subscription.objects.filter(renews_at__gte=NOW).count() > len(everybody) / 2
    sample.remove(now=NOW)
    assert _counts() == before


def test_nothing_of_it_is_sent_or_told(everybody):
    sample.load(now=NOW)
    assert set(Event.objects.values_list("kind", flat=True)) <= {"mart.stale"}
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert not Message.objects.exclude(address__endswith=".example").exists()
    assert not Workflow.objects.filter(on=True).exists()
    assert not Programme.objects.filter(on=True).exists()
    assert not User.objects.exists()


def test_beside_answers_of_ones_own_no_case_is_given_to_anybody(everybody):
    User.objects.create(email="ada@example.org", role="owner", created_at=NOW)
    capture.record_response(score=9, survey="Ours", now=NOW)
    sample.load(now=NOW)
    assert Case.objects.exists()
    assert not Case.objects.filter(owner__isnull=False).exists()


def test_what_somebody_made_their_own_stays(everybody):
    sample.load(now=NOW)
    first, second = Workflow.objects.order_by("pk")
    Workflow.objects.filter(pk=first.pk).update(on=True)
    sample.remove(now=NOW)
    assert list(Workflow.objects.values_list("pk", flat=True)) == [first.pk]
    assert second.pk != first.pk
    made = {}
    setting._rules(made, at=NOW)
    assert made["workflow"] != [first.pk]
    assert Workflow.objects.filter(name=first.name).count() == 1


def test_what_a_killed_load_left_is_cleared_by_the_next(made):
    def dies(doing, share):
        if share > 0.3:
            raise KeyboardInterrupt

    sample.ask(now=NOW)
    with pytest.raises(KeyboardInterrupt):
        sample.load(now=NOW, progress=dies)
    assert sample.status().state == "asked"
    assert Ticket.objects.exists()
    sample.load(now=NOW)
    assert Ticket.objects.count() == made.sources["tickets"].num_rows
    assert sample.status().state == "loaded"


def test_a_load_that_nobody_does_any_more_can_be_asked_for_again():
    sample.ask(now=NOW)
    Event.objects.update(state="parked")
    sample.ask(now=NOW)
    assert Event.objects.filter(kind="sample.asked", state="waiting").count() == 1


def test_of_two_loads_the_first_gives_way():
    taken = []

    def overtaken(doing, share):
        if share >= 0.2 and not taken:
            taken.append(Preference.objects.filter(key="sample").update(value={"state": "asked", "token": "another"}))

    with pytest.raises(Conflict, match="somebody else"):
        sample.load(now=NOW, progress=overtaken)
    assert Account.objects.exists()
    assert not Ticket.objects.exists()


def test_removed_while_it_is_loaded_it_does_not_come_back():
    def removed(doing, share):
        if share >= 0.2:
            sample.remove(now=NOW)

    with pytest.raises(Conflict):
        sample.load(now=NOW, progress=removed)
    assert not Account.objects.exists()
    assert sample.status().state == "absent"


@pytest.mark.django_db(transaction=True)
def test_an_answer_of_ones_own_to_a_survey_of_the_sample_survives_its_removal(made):
    sample.load(now=NOW)
    survey = Survey.objects.order_by("pk").first()
    account = Account.objects.order_by("pk").first()
    mine = capture.record_response(score=9, survey=survey.name, account=account.external_id, now=NOW).response
    sample.remove(now=NOW)
    with transaction.atomic():
        connection.check_constraints()
    assert list(Response.objects.values_list("pk", "survey__name", "account__external_id")) == [
        (mine.pk, survey.name, account.external_id)
    ]
    assert Survey.objects.count() == Account.objects.count() == 1
    sample.load(now=NOW)
    assert Response.objects.count() == made.sources["responses"].num_rows + 1


def test_it_goes_in_short_steps(made):
    sample.load(now=NOW)
    shares = []
    sample.remove(now=NOW, progress=lambda doing, share: shares.append(share))
    assert shares == sorted(shares)
    gone = Removal.objects.filter(table="ticketevent")
    assert gone.values("revision").distinct().count() > 1, "one long transaction keeps everybody waiting"


def test_a_killed_removal_is_seen_and_finished_by_the_next():
    def dies(doing, share):
        if share > 0.4:
            raise KeyboardInterrupt

    sample.load(now=NOW)
    with pytest.raises(KeyboardInterrupt):
        sample.remove(now=NOW, progress=dies)
    assert sample.status().state == "removing"
    assert 0 < sample.status().share < 1
    assert Account.objects.exists()
    assert not Response.objects.exists()
    with pytest.raises(Conflict, match="taken away"):
        sample.ask(now=NOW)
    sample.remove(now=NOW)
    assert sample.status().state == "absent"
    assert not any(model.objects.exists() for model in (Response, Ticket, Account, Survey, Note, Attribute))


def test_a_removal_that_is_told_to_stop_rests_and_goes_on():
    sample.load(now=NOW)
    asked = iter([False, False, True])
    assert sample.remove(now=NOW, stopping=lambda: next(asked)).state == "removing"
    assert Account.objects.exists()
    assert sample.remove(now=NOW).state == "absent"


def test_the_worker_takes_it_away_and_asking_twice_is_asking_once():
    with pytest.raises(Conflict, match="not here"):
        sample.ask_removal(now=NOW)
    sample.load(now=NOW)
    sample.ask_removal(now=NOW)
    sample.ask_removal(now=NOW)
    assert sample.status().state == "removing"
    assert Event.objects.filter(kind="sample.unwanted").count() == 1
    for handler in HANDLERS["sample.unwanted"]:
        handler({}, now=NOW, stopping=lambda: False)
    assert sample.status().state == "absent"
    assert not Account.objects.exists()


def test_loaded_again_over_a_half_removed_one_it_is_there_whole(made):
    sample.load(now=NOW)
    asked = iter([False, False, True])
    sample.remove(now=NOW, stopping=lambda: next(asked))
    sample.load(now=NOW)
    assert sample.status().state == "loaded"
    assert Response.objects.count() == made.sources["responses"].num_rows
    assert Note.objects.count() == len(made.markers)
    sample.remove(now=NOW)
    assert not Note.objects.exists()
    assert not Attribute.objects.exists()


def test_attributes_that_it_made_go_with_it_unless_something_else_has_them():
    Attribute.objects.create(slug="plan", label="Plan", created_at=NOW)
    sample.load(now=NOW)
    assert set(Attribute.objects.values_list("slug", flat=True)) == {"plan", "region", "industry", "role"}
    capture.record_response(score=9, survey="Ours", attributes={"Region": "EMEA"}, now=NOW)
    Import.objects.create(
        kind="accounts", state="done", rows_added=1, created_at=NOW, report={"attributes": ["industry"]}
    )
    sample.remove(now=NOW)
    assert set(Attribute.objects.values_list("slug", flat=True)) == {"plan", "region", "industry"}


def test_attributes_of_a_load_that_was_killed_go_too(made):
    def dies(doing, share):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample.load(now=NOW, progress=dies)
    sample.load(now=NOW)
    sample.remove(now=NOW)
    assert not Attribute.objects.exists()
