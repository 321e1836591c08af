"""People who may log in, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import preferences
from nineplus.store.models import Preference, User
from nineplus.store.models.govern import Role

_FIRST_OWNER = "first-owner"


def anyone() -> bool:
    """Is there anyone who could log in? While there is not, the first visitor creates the owner."""
    return User.objects.exists()


def create_owner(
    *, email: str, password: str, name: str = "", company: str = "", now: datetime, further: bool = False
) -> User:
    """Create the owner account of a fresh installation, or, from the command line, a `further` one.

    Raises Conflict when somebody exists already and no further owner was asked for (two first visits at once
    included), NotPossible when e-mail or password will not do.
    """
    user = _new(email=email, name=name, password=password, role=Role.OWNER, now=now)
    with transaction.atomic():
        if not further:
            if anyone():
                raise Conflict("There is an owner already. Ask them for an account.")
            try:  # of two first visits only one can write this row
                with transaction.atomic():
                    Preference.objects.create(key=_FIRST_OWNER, value=now.isoformat())
            except IntegrityError:
                raise Conflict("There is an owner already. Ask them for an account.") from None
        if company.strip():
            preferences.change(company=company)
        return _saved(user)


def create_person(*, email: str, role: str, password: str | None = None, name: str = "", now: datetime) -> User:
    """Add a person. Without a password they cannot log in until one is set for them.

    Raises NotPossible when e-mail, role or password will not do, Conflict when the e-mail is known.
    """
    return _saved(_new(email=email, name=name, password=password, role=role, now=now))


def everyone() -> Sequence[User]:
    """All people, owners first, then by name and e-mail."""
    order = Role.values.index
    return sorted(User.objects.all(), key=lambda user: (order(user.role), user.name.casefold(), user.email))


def called(email: str) -> User:
    """The colleague who has this address. Raises NotFound."""
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise NotFound(f"Nobody here has the address {email}.")
    return found


def change_role(*, user_id: int, role: str) -> User:
    """Give someone another role. Raises NotPossible when that would leave no owner."""
    _check_role(role)
    with transaction.atomic():
        user = _locked(user_id)
        if role != Role.OWNER:
            _keep_an_owner(user)
        user.role = role
        user.save(update_fields=["role"])
        return user


def deactivate(*, user_id: int) -> User:
    """Someone may no longer log in; what they did stays. Raises NotPossible for the last owner."""
    with transaction.atomic():
        user = _locked(user_id)
        _keep_an_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        return user


def activate(*, user_id: int) -> User:
    """Someone may log in again."""
    with transaction.atomic():
        user = _locked(user_id)
        user.is_active = True
        user.save(update_fields=["is_active"])
        return user


def set_password(*, user_id: int, password: str) -> User:
    """Set a password; every session of that person ends. Raises NotPossible when it is too weak."""
    with transaction.atomic():
        user = _locked(user_id)
        _check_password(password, user)
        user.set_password(password)
        user.save(update_fields=["password"])
        return user


def _new(*, email: str, name: str, password: str | None, role: str, now: datetime) -> User:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise NotPossible("That is not an e-mail address.") from None
    _check_role(role)
    user = User(email=email, name=name.strip(), role=role, created_at=now)
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    return user


def _saved(user: User) -> User:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict("There is an account with this e-mail address already.") from None
    return user


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise NotPossible(f"There is no role {role!r}. There are: {', '.join(Role.values)}.")


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise NotPossible(" ".join(problem.messages)) from None


def _locked(user_id: int) -> User:
    """The person, with all owners locked: two owners removing each other at once must not both succeed."""
    owners = User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk")
    list(owners)
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    return user


def _keep_an_owner(user: User) -> None:
    if user.role != Role.OWNER or not user.is_active:
        return
    if not User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk).exists():
        raise NotPossible("This is the last owner. Make someone else an owner first.")
