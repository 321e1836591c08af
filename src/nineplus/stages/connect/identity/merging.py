"""Two rows become one: every change is journaled in the transaction that makes it, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from nineplus.connectors import Kind
from nineplus.rules.identity import registrable
from nineplus.stages.capture.people import known, suppression
from nineplus.stages.connect.identity import advocacy
from nineplus.stages.connect.identity.keys import MODELS, TABLES, aliases
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import (
    Account,
    Alias,
    Contact,
    Event,
    Invitation,
    Match,
    MatchKey,
    Membership,
    Merge,
    Removal,
    Revision,
    Ticket,
)
from nineplus.store.models.asking import SuppressionReason
from nineplus.store.models.capture import Fate
from nineplus.store.models.identity import MatchState
from nineplus.store.models.revisions import Revised

BY_HAND = "by_hand"
THERE = "merged_there"
_WISHES = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED, SuppressionReason.MANUAL)
_FILLED = {
    "contact": ("name", "email", "phone", "language", "time_zone", "country", "account_id", "created_at"),
    "account": ("name", "domain", "owner_id", "created_at"),
}
"""What the row that stays takes over where it has nothing itself."""


def merge(*, table: str, kept: int, gone: int, reason: str = BY_HAND, by: int | None = None, now: datetime) -> Merge:
    """Make these two contacts (or accounts) one: what `gone` had is `kept`'s, and its ids and addresses lead there.

    Blanks of `kept` are filled from `gone`. Raises NotFound, NotPossible for the same row twice and for erased people.
    """
    if table not in MODELS:
        raise NotPossible("Contacts are merged with contacts, and accounts with accounts.")
    with transaction.atomic():
        revision = Revision.next()
        made = join(table, kept=kept, gone=gone, reason=reason, by=by, revision=revision, now=now)
        Event.publish_once(kind="mart.stale", now=now)
    return made


def join(
    table: str,
    *,
    kept: int,
    gone: int,
    reason: str,
    by: int | None,
    revision: int,
    now: datetime,
    key_why: str = "joined",
) -> Merge:
    """`merge` in the caller's transaction and revision. `key_why`: "merged" when the other system dropped that key."""
    winner, loser = _both(table, kept, gone)
    journal: dict[str, Any] = {"row": written(loser)}
    journal["dropped"] = _drop_doubles(table, kept=kept, gone=gone)
    journal["acts"] = advocacy.join(kept=kept, gone=gone) if table == "contact" else []
    journal["moved"] = _move(MODELS[table], kept=kept, gone=gone, revision=revision)
    journal["skipped"] = _ask_once(kept, revision=revision) if table == "contact" else []
    journal["filled"] = _fill(table, winner, loser)
    journal["aliases"] = list(Alias.objects.filter(table=table, row=gone).values_list("pk", flat=True))
    Alias.objects.filter(table=table, row=gone).update(row=kept)
    journal["made"] = _other_names(table, winner, loser, why=key_why, now=now)
    journal["refusals"] = _carry_refusals(table, kept=kept, gone=gone, now=now)
    Removal.record(model=MODELS[table], rows=[gone], revision=revision)
    loser.delete()
    winner.revision = revision
    winner.save()
    MatchKey.objects.filter(table=table, row=gone).delete()
    said(table, kept, gone, state=MatchState.SAME, reason=reason, by=by, now=now)
    return Merge.objects.create(table=table, kept=kept, gone=gone, reason=reason, journal=journal, at=now, by_id=by)


def merged_there(kind: Kind, merged: Mapping[str, str], *, source: str, now: datetime, revision: int) -> int:
    """The other system merged these keys into others: what belonged to the one belongs to the other now. How many.

    In the caller's transaction. A contact or account keeps the old key as an alias.
    """
    model = {"accounts": Account, "contacts": Contact, "tickets": Ticket}.get(kind)
    if model is None:
        return 0
    names = {*merged, *merged.values()}
    rows = dict(model._default_manager.filter(source=source, external_id__in=names).values_list("external_id", "pk"))
    rows.update(aliases(kind, [key for key in names if key not in rows], source=source))
    done = 0
    for old, new in merged.items():
        loser, winner = rows.get(old), rows.get(new)
        if loser is None or loser == winner:
            continue
        if winner is None:  # the survivor has not come yet: the row goes on under its key
            model._default_manager.filter(pk=loser, source=source, external_id=old).update(
                external_id=new, revision=revision
            )
            rows[new] = loser
        elif kind in TABLES and _mergeable(model, loser, winner):
            table = TABLES[kind]
            join(table, kept=winner, gone=loser, reason=THERE, by=None, revision=revision, now=now, key_why="merged")
        else:
            _absorb(model, loser=loser, winner=winner, revision=revision)
        if kind in TABLES:
            Alias.objects.update_or_create(
                table=TABLES[kind],
                source=source,
                external_id=old,
                defaults={"row": rows[new], "why": "merged", "at": now},
            )
        rows = {key: rows[new] if row == loser else row for key, row in rows.items()}
        done += 1
    return done


# -- joining ------------------------------------------------------------------------------------------------------


def _both(table: str, kept: int, gone: int) -> tuple[Any, Any]:
    if kept == gone:
        raise NotPossible("This is one and the same.")
    rows = MODELS[table]._default_manager.select_for_update().in_bulk([kept, gone])
    if len(rows) < 2:
        raise NotFound(f"One of the two {table}s is not there any more.")
    if any(getattr(row, "erased_at", None) for row in rows.values()):
        raise NotPossible("An erased person is merged with nobody.")
    return rows[kept], rows[gone]


def _mergeable(model: type[models.Model], *rows: int) -> bool:
    return model is not Contact or not Contact.objects.filter(pk__in=rows, erased_at__isnull=False).exists()


def references(model: type[models.Model]) -> Iterable[tuple[type[models.Model], str]]:
    """Everything that refers to rows of this model: the model and the name of its column."""
    for relation in model._meta.related_objects:
        plain = isinstance(relation, models.ManyToOneRel) and not isinstance(relation, models.OneToOneRel)
        if plain and relation.field.concrete:
            yield relation.related_model, relation.field.name


def _move(model: type[models.Model], *, kept: int, gone: int, revision: int) -> dict[str, list[int]]:
    """Whatever refers to the one refers to the other; the rows that were moved, by table and column."""
    moved = {}
    for theirs, name in references(model):
        rows = theirs._default_manager.filter(**{name: gone})
        if ids := list(rows.order_by("pk").values_list("pk", flat=True)):
            rows.update(**{name: kept}, **revised(theirs, revision))
            moved[f"{theirs._meta.model_name}.{name}"] = ids
    return moved


def _drop_doubles(table: str, *, kept: int, gone: int) -> list[dict[str, Any]]:
    """On one list once: memberships of which both have one go, and are remembered."""
    if table != "contact":
        return []
    have = set(Membership.objects.filter(contact=kept).values_list("survey", "medium"))
    doubles = [row for row in Membership.objects.filter(contact=gone) if (row.survey_id, row.medium) in have]
    Membership.objects.filter(pk__in=[row.pk for row in doubles]).delete()
    return [written(row) for row in doubles]


def _ask_once(contact: int, *, revision: int) -> list[int]:
    """Two asks of one survey that wait for what is one person now: the later one is skipped."""
    seen: set[int] = set()
    late = []
    waiting = Invitation.objects.filter(contact=contact, fate=Fate.PLANNED).order_by("due_at", "pk")
    for pk, survey in waiting.values_list("pk", "survey"):
        if survey in seen:
            late.append(pk)
        seen.add(survey)
    Invitation.objects.filter(pk__in=late).update(fate=Fate.SKIPPED, reason="same_person", revision=revision)
    return late


def _fill(table: str, winner: Any, loser: Any) -> dict[str, list[Any]]:
    """What the row that stays takes over; per column what it had and what it has now, as the journal keeps it."""
    before = written(winner)
    for name in _FILLED[table]:
        if getattr(winner, name) in (None, ""):
            setattr(winner, name, getattr(loser, name))
    if loser.created_at and winner.created_at:
        winner.created_at = min(winner.created_at, loser.created_at)
    winner.attributes = {**loser.attributes, **winner.attributes}
    if table == "contact":
        winner.consent = _consent(winner, loser)
    after = written(winner)
    return {name: [before[name], after[name]] for name in after if after[name] != before[name]}


def _consent(winner: Contact, loser: Contact) -> bool | None:
    """Whoever said no under one of their names said no."""
    if False in (winner.consent, loser.consent):
        return False
    for medium, name in (("email", "email"), ("sms", "phone")):
        address = getattr(loser, name)
        told = suppression.suppressed(medium=medium, addresses=[address]).get(address) if address else None
        if told in _WISHES and address != getattr(winner, name):
            return False
    return loser.consent if winner.consent is None else winner.consent


def _other_names(table: str, winner: Any, loser: Any, *, why: str, now: datetime) -> list[int]:
    """Its id and addresses lead to the row that stays; the aliases that were made."""
    names = [(loser.source, loser.external_id)]
    if table == "contact":
        names += [(known.ADDRESS[name], getattr(loser, name)) for name in ("email", "phone")]
        own = {winner.email, winner.phone}
    else:
        names.append((known.ADDRESS["domain"], registrable(loser.domain)))
        own = {registrable(winner.domain)}
    there = {
        (row.source, row.external_id) for row in Alias.objects.filter(table=table, external_id__in=dict(names).values())
    }
    made = Alias.objects.bulk_create(
        Alias(table=table, source=source, external_id=text[:200], row=winner.pk, why=why, at=now)
        for source, text in names
        if text and (source, text) not in there and not (source.startswith("@") and text in own)
    )
    return [row.pk for row in made]


def _carry_refusals(table: str, *, kept: int, gone: int, now: datetime) -> list[int]:
    """Whom the one was told apart from, the other is told apart from too; suggestions with it are no longer needed."""
    mine = Match.objects.filter(models.Q(left=gone) | models.Q(right=gone), table=table)
    this = models.Q(left=min(kept, gone), right=max(kept, gone))
    mine.filter(state__in=(MatchState.OPEN, MatchState.LATER)).exclude(this).delete()
    made = []
    for row in mine.filter(state=MatchState.DIFFERENT):
        other = row.right if row.left == gone else row.left
        if other == kept:
            continue
        left, right = sorted((kept, other))
        new, fresh = Match.objects.get_or_create(
            table=table,
            left=left,
            right=right,
            defaults={"reason": row.reason, "confidence": row.confidence, "state": row.state, "at": now},
        )
        if fresh:
            made.append(new.pk)
    return made


def said(table: str, one: int, other: int, *, state: MatchState, reason: str, by: int | None, now: datetime) -> None:
    left, right = (other, one) if table == "works" else sorted((one, other))
    Match.objects.update_or_create(
        table=table,
        left=left,
        right=right,
        defaults={"state": state, "decided_by_id": by, "decided_at": now},
        create_defaults={
            "state": state,
            "decided_by_id": by,
            "decided_at": now,
            "reason": reason,
            "confidence": 0,
            "at": now,
        },
    )


# -- small -----------------------------------------------------------------------------------------------------


def written(row: models.Model) -> dict[str, Any]:
    """A row as the journal keeps it, without its revision."""
    found = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if column.name != "revision":
            found[column.attname] = value.isoformat() if isinstance(value, datetime) else value
    return found


def revised(model: type[models.Model], revision: int) -> dict[str, int]:
    return {"revision": revision} if issubclass(model, Revised) else {}


def _absorb(model: type[models.Model], *, loser: int, winner: int, revision: int) -> None:
    """Everything that refers to the loser refers to the winner, and the loser is gone; nothing is journaled."""
    _move(model, kept=winner, gone=loser, revision=revision)
    Alias.objects.filter(table=model._meta.model_name or "", row=loser).update(row=winner)
    Removal.record(model=model, rows=[loser], revision=revision)
    model._default_manager.filter(pk=loser).delete()
