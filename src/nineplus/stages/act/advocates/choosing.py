"""Who of an audience is asked now, decided where the answers are: one statement, however many answered.

`rules.advocates.against` says what it decides; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Lower, NullIf

from nineplus.model.survey import Condition
from nineplus.rules import advocates, audiences
from nineplus.stages.act.advocates import limits, programmes
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import personal
from nineplus.stages.govern import sample
from nineplus.store.models import Act, Advocate, Contact, Programme, Sender, Suppression
from nineplus.store.models.advocates import ActStage

_PORTION = 2_000
_QUARTER, _YEAR = timedelta(days=90), timedelta(days=365)
_NEWEST = {
    # The other columns are of the row with the maximum; a blank sorts before the fraction of a second. Sorting all
    # answers takes three times as long here.
    "sqlite": """
    SELECT contact_id, answered_at, score, MAX(answered_at || ' ' || printf('%%020d', id)) AS place
    FROM nineplus_response WHERE {contact} IS NOT NULL {only} GROUP BY {contact}""",
    "postgresql": """
    SELECT DISTINCT ON (contact_id) contact_id, answered_at, score
    FROM nineplus_response WHERE contact_id IS NOT NULL {only} ORDER BY contact_id, answered_at DESC, id DESC""",
}
_REASONS = """
WITH newest AS ({newest}
),
theirs AS (
    SELECT act.contact_id,
           MAX(CASE WHEN act.programme_id = %(programme)s AND act.stage <> 'declined'
                     AND (act.stage <> 'done' OR %(again)s = 0) THEN 1 ELSE 0 END) AS here,
           MAX(CASE WHEN act.programme_id = %(programme)s AND act.stage = 'declined'
                    THEN act.changed_at END) AS declined_at,
           SUM(CASE WHEN act.asked_at > %(often)s THEN 1 ELSE 0 END) AS asked,
           MAX(CASE WHEN act.programme_id <> %(programme)s THEN act.asked_at END) AS elsewhere_at,
           SUM(CASE WHEN of.kind = %(kind)s AND (act.stage IN ('asked', 'agreed', 'doing')
                     OR (act.stage = 'done' AND act.done_at >= %(quarter)s)) THEN 1 ELSE 0 END) AS of_kind
    FROM nineplus_act act JOIN nineplus_programme of ON of.id = act.programme_id
    WHERE act.contact_id IS NOT NULL AND act.stage <> 'skipped' {only}
    GROUP BY act.contact_id
)
SELECT newest.contact_id, CASE
    WHEN EXISTS (SELECT 1 FROM nineplus_advocate left_us
                 WHERE left_us.contact_id = newest.contact_id AND left_us.opted_out_at IS NOT NULL) THEN 'opted_out'
    WHEN theirs.here = 1 THEN 'already'
    WHEN newest.answered_at > %(cool_off)s THEN 'cool_off'
    WHEN newest.answered_at < %(long_ago)s THEN 'long_ago'
    WHEN newest.score < %(least_score)s THEN 'score'
    WHEN %(cases)s = 1 AND EXISTS (SELECT 1 FROM nineplus_case case_of
                 WHERE case_of.contact_id = newest.contact_id AND case_of.closed_at IS NULL) THEN 'open_case'
    WHEN theirs.of_kind >= %(in_quarter)s THEN 'limit'
    WHEN theirs.declined_at > %(declined)s THEN 'declined'
    WHEN theirs.asked >= %(asks)s THEN 'often'
    WHEN theirs.elsewhere_at > %(rest)s THEN 'resting'
    ELSE '' END
FROM newest LEFT JOIN theirs ON theirs.contact_id = newest.contact_id
ORDER BY newest.contact_id
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of everyone of the audience who ever answered: who is to be asked now (contacts), and who not, with why."""

    asked: Sequence[int]
    against: Mapping[int, str]


def chosen(programme: Programme, *, only: int | None = None, now: datetime) -> Chosen:
    """Who is asked now by the programme's terms, and who not (rules.advocates.REASONS); `only`: of this contact.

    Four queries at most.
    """
    inside = _audience(programme, only=only)
    statement = _REASONS.replace("{newest}", _NEWEST[connection.vendor])
    # All of them are found by reading the table once, not by the index of contacts.
    statement = statement.replace("{contact}", "+contact_id" if only is None else "contact_id")
    statement = statement.replace("{only}", "" if only is None else "AND contact_id = %(only)s")
    asked, against = [], {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_terms(programme, now=now), "only": only})
        for contact, reason in cursor.fetchall():
            if inside is not None and contact not in inside:
                continue
            if reason:
                against[contact] = reason
            else:
                asked.append(contact)
    return Chosen(asked, against)


def wants_no_part(contact: int) -> bool:
    """Do they want no part in programmes, under whichever of their records they said so?"""
    return Advocate.objects.filter(contact=contact, opted_out_at__isnull=False).exists()


def rests(programme: Programme, contact: int, *, now: datetime) -> bool:
    """Did another programme ask them so lately that they are let alone? As `chosen` decides it, of one person."""
    asked = Act.objects.filter(contact=contact, asked_at__gt=now - timedelta(days=programme.rest_days))
    return asked.exclude(stage=ActStage.SKIPPED).exclude(programme=programme).exists()


def refused(contacts: Collection[int], *, sender: Sender | None) -> dict[int, str]:
    """Of these people those who get no letter, with why (personal.REASONS), of whom few are looked at singly.

    Whoever has an address, wants no silence, is not made up and is on no list cannot be refused.
    """
    wanted, found = set(contacts), {}
    if not wanted:
        return {}
    for piece in _pieces(sorted(_doubtful() & wanted)):
        found |= personal.refused(list(Contact.objects.filter(pk__in=piece)), sender=sender)
    return found


def _doubtful() -> set[int]:
    doubts = ~Q(erased_at=None) | Q(email="") | Q(consent=False) | Q(source=sample.SOURCE)
    people = set(Contact.objects.filter(doubts).values_list("pk", flat=True))
    listed = Suppression.objects.filter(medium="email")
    by_address = Contact.objects.alias(small=Lower("email")).exclude(email="")
    people.update(
        by_address.filter(small__in=listed.exclude(address="").values(small=Lower("address"))).values_list(
            "pk", flat=True
        )
    )
    nameless = set(listed.filter(address="").values_list("digest", flat=True))
    if nameless:  # known by digest alone: whoever has come again under such an address
        rows = by_address.values_list("pk", "email")
        people.update(pk for pk, email in rows if suppression.digest_of("email", email) in nameless)
    return people


def _audience(programme: Programme, *, only: int | None) -> set[int] | None:
    """The contacts of the audience; None: everybody."""
    conditions = [Condition.model_validate(row) for row in programme.audience]
    if not conditions:
        return None
    slugs, types = sorted({one.attribute for one in conditions}), programmes.types()
    names = {f"value_{place}": _value(slug) for place, slug in enumerate(slugs)}
    people = Contact.objects.all() if only is None else Contact.objects.filter(pk=only)
    rows: QuerySet[Contact, Any] = people.annotate(**names).values_list("pk", *names)
    decided: dict[tuple[Any, ...], bool] = {}  # many share the same values
    inside = set()
    for pk, *values in rows:
        same = tuple(values)
        if same not in decided:
            decided[same] = audiences.matches(conditions, dict(zip(slugs, values, strict=True)), types)
        if decided[same]:
            inside.add(pk)
    return inside


def _value(slug: str) -> Any:
    """A contact's own value, else its account's."""
    texts = [
        NullIf(KeyTextTransform(slug, whose), Value(""), output_field=TextField())
        for whose in ("attributes", "account__attributes")
    ]
    return Coalesce(*texts, output_field=TextField())


def _terms(programme: Programme, *, now: datetime) -> dict[str, Any]:
    kind = KINDS[programme.kind]
    since, _ = advocates.period("quarter", now)
    days = {
        "cool_off": now - timedelta(days=programme.cool_off_days),
        "long_ago": now - timedelta(days=programme.answers_within_days),
        "often": now - _QUARTER,
        "rest": now - timedelta(days=programme.rest_days),
        "declined": now - _YEAR,
        "quarter": since,
    }
    return {
        **{name: connection.ops.adapt_datetimefield_value(at) for name, at in days.items()},
        "programme": programme.pk,
        "kind": kind.name,
        "again": int(kind.name in advocates.AGAIN),
        "cases": int(kind.may_choose_by_score),  # whoever complained has one: to pass them over is to choose by score
        "least_score": -1 if programme.least_score is None else programme.least_score,
        "in_quarter": limits.limits().get(kind.name, 2**31 - 1),
        "asks": programme.asks_in_90_days,
    }


def _pieces(rows: Sequence[int]) -> list[Sequence[int]]:
    return [rows[start : start + _PORTION] for start in range(0, len(rows), _PORTION)]
