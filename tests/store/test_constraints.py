"""What must hold is held by the database, whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, models, transaction

from nineplus.store.models import (
    Account,
    ApiKey,
    Event,
    Import,
    Invitation,
    Movement,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
    User,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def survey() -> Survey:
    return Survey.objects.create(external_id="s", name="Relationship", created_at=NOW, revision=1)


@pytest.fixture
def account() -> Account:
    return Account.objects.create(external_id="acme", revision=1)


@pytest.fixture
def ticket() -> Ticket:
    return Ticket.objects.create(external_id="t", opened_at=NOW, revision=1)


def refused(make: models.Manager | type[models.Model], **row: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.objects.create(**row)


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_is_from_0_to_10(survey: Survey, score: int):
    refused(Response, external_id="r", survey=survey, score=score, answered_at=NOW, revision=1)


def test_there_is_no_response_without_a_survey():
    refused(Response, external_id="r", score=9, answered_at=NOW, revision=1)


def test_a_survey_with_answers_cannot_be_deleted(survey: Survey):
    Response.objects.create(external_id="r", survey=survey, score=9, answered_at=NOW, revision=1)
    with pytest.raises(models.ProtectedError):
        survey.delete()


def test_an_external_id_is_used_once_per_source(survey: Survey):
    row = {"survey": survey, "score": 9, "answered_at": NOW, "revision": 1}
    Response.objects.create(source="file", external_id="1", **row)
    Response.objects.create(source="api", external_id="1", **row)
    refused(Response, source="file", external_id="1", **row)


@pytest.mark.parametrize("model", [Account, Survey, Ticket])
def test_an_external_id_is_never_empty(model: type[models.Model]):
    row = {Account: {}, Survey: {"name": "s", "created_at": NOW}, Ticket: {"opened_at": NOW}}[model]
    refused(model, external_id="", revision=1, **row)


def test_an_invitation_has_one_response(survey: Survey):
    invitation = Invitation.objects.create(external_id="i", survey=survey, revision=1)
    row = {"survey": survey, "invitation": invitation, "score": 9, "answered_at": NOW, "revision": 1}
    Response.objects.create(external_id="1", **row)
    refused(Response, external_id="2", **row)


def test_a_skip_has_its_reason(survey: Survey):
    refused(Invitation, external_id="i", survey=survey, fate="skipped", revision=1)


def test_a_ticket_is_answered_and_resolved_after_it_was_opened():
    before = NOW - timedelta(seconds=1)
    refused(Ticket, external_id="t", opened_at=NOW, resolved_at=before, revision=1)
    refused(Ticket, external_id="t", opened_at=NOW, first_response_at=before, revision=1)
    refused(Ticket, external_id="t", opened_at=NOW, reopens=-1, revision=1)


@pytest.mark.parametrize(
    ("kind", "amount"), [("churn", 100), ("contraction", 100), ("new", -100), ("expansion", -100), ("gift", 100)]
)
def test_a_movement_has_the_sign_of_its_kind(account: Account, kind: str, amount: int):
    refused(
        Movement,
        external_id="m",
        account=account,
        at=NOW,
        kind=kind,
        amount_minor=amount,
        currency="EUR",
        revision=1,
    )


@pytest.mark.parametrize("currency", ["", "EU", "eur", "Eur"])
def test_a_currency_is_a_code(account: Account, currency: str):
    row = {"account": account, "at": NOW, "kind": "new", "amount_minor": 1, "revision": 1}
    refused(Movement, external_id="m", currency=currency, **row)


def test_a_subscription_ends_after_its_start(account: Account):
    refused(
        Subscription,
        external_id="s",
        account=account,
        started_at=NOW,
        ended_at=NOW - timedelta(days=1),
        revision=1,
    )


def test_only_known_words_are_kept(survey: Survey, ticket: Ticket):
    refused(Survey, external_id="x", name="x", created_at=NOW, touchpoint="whenever", revision=1)
    refused(Invitation, external_id="x", survey=survey, fate="lost", revision=1)
    refused(TicketEvent, external_id="x", ticket=ticket, at=NOW, kind="sneeze", revision=1)
    refused(Event, kind="x", state="gone", created_at=NOW, due_at=NOW)
    refused(Event, kind="", created_at=NOW, due_at=NOW)
    refused(Import, kind="responses", file_name="x", state="gone", created_at=NOW)
    refused(User, email="a@example.org", role="king", created_at=NOW)
    refused(ApiKey, name="x", prefix="x", digest="x", role="king", created_at=NOW)


def test_an_email_belongs_to_one_person_however_it_is_written():
    User.objects.create(email="ada@example.org", created_at=NOW)
    refused(User, email="Ada@Example.org", created_at=NOW)


def test_revisions_are_handed_out_one_by_one():
    with transaction.atomic():
        first = Revision.next()
        second = Revision.next()
    assert (second - first, Revision.last()) == (1, second)


def test_a_revision_given_back_is_handed_out_again():
    with transaction.atomic():
        kept = Revision.next()
    with transaction.atomic():
        Revision.next()
        transaction.set_rollback(True)
    with transaction.atomic():
        assert Revision.next() == kept + 1


def test_the_migrations_say_what_the_models_say():
    call_command("makemigrations", "nineplus", check=True, dry_run=True, verbosity=0)


def test_the_whole_is_sound():
    call_command("check", fail_level="WARNING")
