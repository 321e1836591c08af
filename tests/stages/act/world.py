"""People, customers and answers of which cases are made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from nineplus.stages.act.cases import opening
from nineplus.store.models import Account, Case, Contact, Owner, Response, Seat, Survey, User

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
_NUMBER = count(1)


def noon() -> datetime:
    """The first noon of a Wednesday to come: nobody's quiet hours, whenever the suite runs."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today + timedelta(days=(2 - today.weekday()) % 7 or 7)


def agent(name: str, *, seat: bool = True, role: str = "agent", **sitting: object) -> User:
    user = User.objects.create(email=f"{name.lower()}@us.example", name=name, role=role, created_at=NOW)
    if seat:
        Seat.objects.create(user=user, **sitting)
    return user


def company(name: str = "Acme", *, owner: User | None = None) -> Account:
    other = None
    if owner is not None:
        other = Owner.objects.create(external_id=f"O{next(_NUMBER)}", name=owner.name, email=owner.email)
    return Account.objects.create(external_id=f"A{next(_NUMBER)}", name=name, owner=other, revision=1)


def person(name: str = "Bo", *, at: Account | None = None, **more: object) -> Contact:
    address = f"{name.lower()}{next(_NUMBER)}@customer.example"
    return Contact.objects.create(
        external_id=f"C{next(_NUMBER)}", name=name, email=address, account=at, revision=1, **more
    )


def answer(score: int = 2, *, by: Contact | None = None, at: datetime = NOW, comment: str = "", **more) -> Response:
    survey, _ = Survey.objects.get_or_create(
        external_id="S", defaults={"name": "Relationship", "created_at": NOW, "revision": 1}
    )
    return Response.objects.create(
        source="nineplus",
        external_id=f"R{next(_NUMBER)}",
        survey=survey,
        contact=by,
        account=by.account if by else None,
        score=score,
        comment=comment,
        answered_at=at,
        revision=1,
        **more,
    )


def case(*, at: datetime = NOW, by: Contact | None = None, score: int = 4) -> Case:
    """One that an answer of somebody opened."""
    made = opening.from_answer(answer(score, by=by or person(at=company()), at=at).pk, now=at)
    assert made is not None
    return made.case
