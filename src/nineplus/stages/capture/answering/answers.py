"""Taking in one answer: the score at once, the comment when it comes. Safe to repeat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from nineplus.model.survey import Content
from nineplus.rules.outcomes import State
from nineplus.stages.capture.answering.amending import read_extras, said
from nineplus.stages.capture.answering.keeping import Answer, Parties, Program, frozen_attributes, keep
from nineplus.stages.capture.people import known
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stats import scale
from nineplus.store.models import Account, Attribute, Contact, Event, Response, Revision, Survey, Ticket
from nineplus.store.models.capture import Touchpoint

_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """The response, and whether this call made it (False: the same answer had come before)."""

    response: Response
    created: bool


def record_response(
    *,
    score: int,
    survey: str,
    touchpoint: str = Touchpoint.CUSTOM,
    comment: str = "",
    answered_at: datetime | None = None,
    account: str = "",
    email: str = "",
    channel: str = "",
    language: str = "",
    attributes: Mapping[str, str] | None = None,
    beside: Beside | None = None,
    source: str = "api",
    key: str = "",
    asker: str = "",
    survey_row: int | None = None,
    contact_row: int | None = None,
    now: datetime,
) -> Recorded:
    """Keep one answer with its event, durably and once.

    `survey` is a survey's name (made with `touchpoint` when new), `account` an account's id at the company,
    `email` the contact's address; unknown ones are added. `key` makes it idempotent: the same key of the same
    `asker` (the program whose keys these are) again returns the first response. Attributes are frozen: the
    account's, over them the contact's, over them these. `beside` is what came with the score. `survey_row` and
    `contact_row` are ids of rows that the caller has already: they count in place of the name and the address.
    Raises NotPossible for what cannot be an answer, Conflict when the key came before with another answer.
    """
    _check(
        score=score,
        survey=survey,
        touchpoint=touchpoint,
        survey_row=survey_row,
        answered_at=answered_at or now,
        now=now,
    )
    payload = _payload(
        score=score,
        survey=survey,
        touchpoint=touchpoint,
        comment=comment,
        answered_at=answered_at.astimezone(UTC).isoformat() if answered_at else None,
        account=account,
        email=email,
        channel=channel,
        language=language,
        attributes=dict(attributes or {}),
        survey_row=survey_row,
        contact_row=contact_row,
        **(beside or Beside()).payload,
    )
    beside = beside or Beside()
    if beside.anonymous and (email.strip() or contact_row or beside.ticket):
        raise NotPossible("An anonymous answer is nobody's: leave out the person and the ticket.")
    about = _ticket(beside.ticket)
    key = _external_id(key, asker=asker) if key else uuid.uuid4().hex

    def parties(revision: int) -> Parties:
        at = _At(source=source, revision=revision, now=now)
        company = _account(account, at=at)
        person = _known(contact_row) if contact_row else _contact(email, account=company, at=at)
        return Parties(
            survey=survey_row or _survey(survey, touchpoint=touchpoint, at=at).pk,
            account=_first(company and company.pk, person and person.account_id, about and about.account_id),
            contact=_first(person and person.pk, about and about.contact_id),
            ticket=about and about.pk,
            attributes=frozen_attributes(
                account=company.attributes if company else {},
                contact=person.attributes if person else {},
                own=defined(attributes or {}, now=now),
            ),
        )

    answer = Answer(
        to=Program(parties, source=source, key=key),
        score=score,
        at=answered_at or now,
        now=now,
        channel=channel,
        language=language,
        comment=said(comment),
        comment_raw=comment,
        raw=payload,
    )
    with transaction.atomic():
        [kept] = keep([answer])
        response = Response.objects.get(pk=kept.response)
        if kept.state is State.SAVED:
            _add(beside, response)
    if kept.state is not State.SAVED and response.raw != payload:
        raise Conflict("This key was used for another answer. Use a new key for a new answer.")
    return Recorded(response=response, created=kept.state is State.SAVED)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a program brings with a score. `extras` by the question's slug; `ticket` is its id at the help desk.

    None of a consent: nobody asked. An anonymous answer is never joined to a person.
    """

    extras: Mapping[str, Any] = field(default_factory=dict)
    consent_contact: bool | None = None
    consent_quote: bool | None = None
    tags: Sequence[str] = ()
    ticket: str = ""
    anonymous: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "extras": dict(self.extras),
            "consent_contact": self.consent_contact,
            "consent_quote": self.consent_quote,
            "tags": list(self.tags) or None,
            "ticket": self.ticket,
            "anonymous": self.anonymous or None,
        }


def _add(beside: Beside, response: Response) -> None:
    """Put it on the new response, in the transaction that made it. Raises NotPossible for an extra that is none."""
    if beside == Beside():
        return
    response.extras = _read(beside.extras, response)
    response.consent_contact, response.consent_quote = beside.consent_contact, beside.consent_quote
    response.tags = list(dict.fromkeys(beside.tags))
    response.anonymous = beside.anonymous
    response.save(update_fields=["extras", "consent_contact", "consent_quote", "tags", "anonymous"])


def _read(extras: Mapping[str, Any], response: Response) -> dict[str, Any]:
    """As the survey's questions have it; as they came where the questions were asked elsewhere."""
    version = response.survey.current
    if version is None:
        return dict(extras)
    group = scale.group_of(response.score).value
    taken, wrong = read_extras(extras, content=Content.model_validate(version.content), group=group)
    if wrong:
        raise NotPossible("; ".join(f"{slug}: {words}" for slug, words in wrong.items()))
    return {slug: value for slug, value in taken.items() if value is not None}


def _ticket(external_id: str) -> Ticket | None:
    if not external_id.strip():
        return None
    found = Ticket.objects.filter(external_id=external_id.strip()).order_by("pk").first()
    if found is None:
        raise NotPossible("There is no ticket with this id. Bring the ticket in first, or leave it out.")
    return found


def _first(*ids: int | None) -> int | None:
    return next((one for one in ids if one), None)


def add_comment(*, response_id: int, comment: str, now: datetime) -> Response:
    """The comment that came after the score, or replaced an earlier one. Raises NotFound."""
    with transaction.atomic():
        revision = Revision.next()
        changed = Response.objects.filter(pk=response_id).update(
            comment=said(comment), comment_raw=comment, changed_at=now, revision=revision
        )
        if not changed:
            raise NotFound("There is no such response.")
        Event.publish(kind="response.changed", data={"response": response_id}, now=now)
    return Response.objects.get(pk=response_id)


@dataclass(frozen=True, slots=True)
class _At:
    """Under which source and revision rows of this transaction are written."""

    source: str
    revision: int
    now: datetime


def _check(
    *, score: int, survey: str, touchpoint: str, survey_row: int | None, answered_at: datetime, now: datetime
) -> None:
    try:
        scale.group_of(score)
    except (ValueError, TypeError):
        raise NotPossible(f"A score is a whole number from 0 to 10, not {score!r}.") from None
    if survey_row is None and not survey.strip():
        raise NotPossible("Name the survey that this answers.")
    if touchpoint not in Touchpoint.values:
        raise NotPossible(f"There is no touchpoint {touchpoint!r}. There are: {', '.join(Touchpoint.values)}.")
    if answered_at.tzinfo is None:
        raise NotPossible("The time of the answer needs a time zone. Write it as 2026-01-31T12:00:00Z.")
    if answered_at > now + _CLOCKS_DIFFER_BY:
        raise NotPossible("The time of the answer lies in the future.")


def _payload(**parts: Any) -> dict[str, Any]:
    """What makes two requests with one key the same answer."""
    return {name: value for name, value in parts.items() if value not in ("", {}, None)}


def _external_id(key: str, *, asker: str) -> str:
    """The key as the response's external id: two programs that count their answers from 1 must not meet."""
    scoped = f"{asker}:{key}" if asker else key
    return scoped if len(scoped) <= _LONGEST_ID else f"{asker}:{hashlib.sha256(key.encode()).hexdigest()}"


def _survey(name: str, *, touchpoint: str, at: _At) -> Survey:
    name = name.strip()
    found = Survey.objects.filter(name=name).order_by("pk").first()
    if found:
        return found
    return Survey.objects.create(
        source=at.source,
        external_id=uuid.uuid4().hex,
        name=name,
        touchpoint=touchpoint,
        created_at=at.now,
        revision=at.revision,
    )


def _account(external_id: str, *, at: _At) -> Account | None:
    external_id = external_id.strip()
    if not external_id:
        return None
    found = Account.objects.filter(external_id=external_id).order_by("pk").first()
    return found or Account.objects.create(
        source=at.source, external_id=external_id, name=external_id, created_at=at.now, revision=at.revision
    )


def _known(contact: int) -> Contact:
    found = Contact.objects.select_related("account").filter(pk=contact, erased_at=None).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _contact(email: str, *, account: Account | None, at: _At) -> Contact | None:
    email = email.strip().lower()
    if not email:
        return None
    people = Contact.objects.select_related("account").order_by("pk")
    found = (
        people.filter(email=email).first() or people.filter(pk=known.by_address("email", [email]).get(email)).first()
    )
    return found or Contact.objects.create(
        source=at.source, external_id=email, email=email, account=account, created_at=at.now, revision=at.revision
    )


def attribute_slug(name: str) -> str:
    """Under which slug an attribute of that name is kept. Raises NotPossible when nothing is left of it."""
    slug = slugify(name).replace("-", "_")[:60]
    if not slug:
        raise NotPossible("An attribute needs a name with letters or digits.")
    return slug


def changed_attributes(known: Mapping[str, Any], given: Mapping[str, str | None], *, now: datetime) -> dict[str, Any]:
    """The known attributes with the given ones over them; one that is given as None is taken away."""
    new = defined({name: value for name, value in given.items() if value is not None}, now=now)
    gone = {attribute_slug(name) for name, value in given.items() if value is None}
    return {slug: value for slug, value in {**known, **new}.items() if slug not in gone}


def defined(attributes: Mapping[str, str], *, now: datetime) -> dict[str, str]:
    """The attributes under their slugs; new ones become known, so that one can segment by them."""
    given = {attribute_slug(name): (name, value) for name, value in attributes.items()}
    known = set(Attribute.objects.filter(slug__in=given).values_list("slug", flat=True))
    Attribute.objects.bulk_create(
        [
            Attribute(slug=slug, label=name[:120], created_at=now)
            for slug, (name, _) in given.items()
            if slug not in known
        ],
        ignore_conflicts=True,
    )
    return {slug: value for slug, (_, value) in given.items()}
