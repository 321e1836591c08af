"""Taking in one answer: the score at once, the comment when it comes. Safe to repeat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from nineplus.connectors.files import comments
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stats import scale
from nineplus.store.models import Account, Attribute, Contact, Event, Response, Revision, Survey
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
    source: str = "api",
    key: str = "",
    asker: str = "",
    now: datetime,
) -> Recorded:
    """Keep one answer with its event, durably and once.

    `survey` is a survey's name (made with `touchpoint` when new), `account` an account's id at the company,
    `email` the contact's address; unknown ones are added. `key` makes it idempotent: the same key of the same
    `asker` (the program whose keys these are) again returns the first response. Attributes are frozen: the
    account's, over them the contact's, over them these.
    Raises NotPossible for what cannot be an answer, Conflict when the key came before with another answer.
    """
    _check(score=score, survey=survey, touchpoint=touchpoint, answered_at=answered_at or now, now=now)
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
    )
    answered_at = answered_at or now
    key = key and _external_id(key, asker=asker)
    if key and (before := _before(source=source, key=key, payload=payload)):
        return before
    try:
        with transaction.atomic():
            revision = Revision.next()
            at = _At(source=source, revision=revision, now=now)
            company = _account(account, at=at)
            person = _contact(email, account=company, at=at)
            response = Response.objects.create(
                source=source,
                external_id=key or uuid.uuid4().hex,
                revision=revision,
                survey=_survey(survey, touchpoint=touchpoint, at=at),
                account=company or (person.account if person else None),
                contact=person,
                score=score,
                comment=_said(comment),
                comment_raw=comment,
                answered_at=answered_at.astimezone(UTC),
                channel=channel,
                language=language,
                attributes=frozen_attributes(
                    account=company.attributes if company else {},
                    contact=person.attributes if person else {},
                    own=_defined(attributes or {}, now=now),
                ),
                raw=payload,
            )
            Event.publish(kind="response.scored", data={"response": response.pk}, now=now)
    except IntegrityError:
        # Only another request with the same key can have come between: it is the one that made the response.
        if key and (before := _before(source=source, key=key, payload=payload)):
            return before
        raise
    return Recorded(response=response, created=True)


def add_comment(*, response_id: int, comment: str, now: datetime) -> Response:
    """The comment that came after the score, or replaced an earlier one. Raises NotFound."""
    with transaction.atomic():
        revision = Revision.next()
        changed = Response.objects.filter(pk=response_id).update(
            comment=_said(comment), comment_raw=comment, revision=revision
        )
        if not changed:
            raise NotFound("There is no such response.")
        Event.publish(kind="response.changed", data={"response": response_id}, now=now)
    return Response.objects.get(pk=response_id)


def frozen_attributes(
    *, account: Mapping[str, Any], contact: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, str]:
    """The attributes of a response as they stand now: its own over the contact's over the account's, as text."""
    merged = {**account, **contact, **own}
    return {slug: str(value) for slug, value in merged.items() if value is not None and str(value) != ""}


@dataclass(frozen=True, slots=True)
class _At:
    """Under which source and revision rows of this transaction are written."""

    source: str
    revision: int
    now: datetime


def _check(*, score: int, survey: str, touchpoint: str, answered_at: datetime, now: datetime) -> None:
    try:
        scale.group_of(score)
    except (ValueError, TypeError):
        raise NotPossible(f"A score is a whole number from 0 to 10, not {score!r}.") from None
    if not survey.strip():
        raise NotPossible("Name the survey that this answers.")
    if touchpoint not in Touchpoint.values:
        raise NotPossible(f"There is no touchpoint {touchpoint!r}. There are: {', '.join(Touchpoint.values)}.")
    if answered_at.tzinfo is None:
        raise NotPossible("The time of the answer needs a time zone. Write it as 2026-01-31T12:00:00Z.")
    if answered_at > now + _CLOCKS_DIFFER_BY:
        raise NotPossible("The time of the answer lies in the future.")


def _said(comment: str) -> str:
    """The comment, or nothing when it only says STOP, n/a, -: the same rule as for files."""
    said, _silent = comments.split(pa.array([comment], pa.string()))
    return said[0].as_py() or ""


def _payload(**parts: Any) -> dict[str, Any]:
    """What makes two requests with one key the same answer."""
    return {name: value for name, value in parts.items() if value not in ("", {}, None)}


def _external_id(key: str, *, asker: str) -> str:
    """The key as the response's external id: two programs that count their answers from 1 must not meet."""
    scoped = f"{asker}:{key}" if asker else key
    return scoped if len(scoped) <= _LONGEST_ID else f"{asker}:{hashlib.sha256(key.encode()).hexdigest()}"


def _before(*, source: str, key: str, payload: Mapping[str, Any]) -> Recorded | None:
    found = Response.objects.filter(source=source, external_id=key).first()
    if found is None:
        return None
    if found.raw != payload:
        raise Conflict("This key was used for another answer. Use a new key for a new answer.")
    return Recorded(response=found, created=False)


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


def _contact(email: str, *, account: Account | None, at: _At) -> Contact | None:
    email = email.strip().lower()
    if not email:
        return None
    found = Contact.objects.select_related("account").filter(email=email).order_by("pk").first()
    return found or Contact.objects.create(
        source=at.source, external_id=email, email=email, account=account, created_at=at.now, revision=at.revision
    )


def _defined(attributes: Mapping[str, str], *, now: datetime) -> dict[str, str]:
    """The attributes under their slugs; new ones become known, so that one can segment by them."""
    given = {slugify(name).replace("-", "_")[:60]: (name, value) for name, value in attributes.items()}
    if "" in given:
        raise NotPossible("An attribute needs a name with letters or digits.")
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
