"""What happens becomes a message in each channel that wants it: put down in the transaction that tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from nineplus.connectors.chat import Said
from nineplus.stages.act.chat import places, writing
from nineplus.stages.govern import sample
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Case, ChatPlace, ChatPost, Raised
from nineplus.store.models.chat import PlaceKind, PostState
from nineplus.store.questions import Question, integer


def put(
    place: ChatPlace,
    *,
    key: str,
    what: str,
    about: Mapping[str, Any] | None = None,
    case: Case | None = None,
    contact: int | None = None,
    due_at: datetime | None = None,
    now: datetime,
) -> int:
    """One message for that channel; 1 when it is new. The same key again puts nothing."""
    values = {
        "what": what,
        "about": {**(about or {}), **({"due": due_at.isoformat()} if due_at else {})},
        "case": case,
        "contact_id": contact,
        "due_at": due_at or now,
        "created_at": now,
    }
    return int(ChatPost.objects.get_or_create(place=place, key=key[:120], defaults=values)[1])


def say(
    place: ChatPlace, said: Said, *, key: str, what: str = "rule", contact: int | None = None, now: datetime
) -> int:
    """Put down what is said in these very words; `contact`: whose erasure takes them away."""
    return put(place, key=key, what=what, about={"said": said.to_dict()}, contact=contact, now=now)


def alert(raised: int, *, now: datetime) -> int:
    """Have the channels told that want this kind of alert; how many. Safe to repeat."""
    row = Raised.objects.filter(pk=raised).first()
    if row is None:
        return 0
    case, about = writing.case_of(row), {"raised": row.pk}
    return sum(
        put(one, key=f"alert {row.pk}", what="alert", about=about, case=case, contact=row.contact_id, now=now)
        for one in _wanting(row.kind)
    )


def opened(case: int, *, now: datetime) -> int:
    """Have the channels told that want cases; how many. Safe to repeat. Opened again: the message changes."""
    changed(case)
    wanting = _wanting(places.CASES)
    row = Case.objects.filter(pk=case).first() if wanting else None
    if row is None or row.answers.filter(response__source=sample.SOURCE).exists():
        return 0
    return sum(
        put(one, key=f"case {row.pk}", what="case", case=row, contact=row.contact_id, now=now) for one in wanting
    )


def _posted() -> QuerySet[ChatPost, int]:
    there = ~Q(ts="") | Q(state=PostState.SENDING, place__kind=PlaceKind.SLACK)  # or soon will be
    return ChatPost.objects.filter(there, case=integer("case")).values_list("pk", flat=True)


_POSTED = Question(_posted)


def changed(case: int) -> int:
    """Messages of this case tell how it is now; how many there are."""
    posts = _POSTED.all(case=case)
    return ChatPost.objects.filter(pk__in=posts).update(stale=True) if posts else 0  # to write nothing waits, too


def _wanting(kind: str) -> Sequence[ChatPlace]:
    return [one for one in _places() if kind in one.wants]


@read_once
def _places() -> Sequence[ChatPlace]:
    return list(ChatPlace.objects.order_by("pk"))
