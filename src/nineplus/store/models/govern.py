"""People, keys and what the company calls itself."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from nineplus.store.models.checks import one_of


class Role(models.TextChoices):
    """Each role includes those below it."""

    OWNER = "owner", "Owner"  # everything, people and keys included
    ANALYST = "analyst", "Analyst"  # data in and out, all analyses
    AGENT = "agent", "Agent"  # answers and follow-ups
    VIEWER = "viewer", "Viewer"  # sees results, no comments of named people


def includes(held: str, wanted: str) -> bool:
    """Does whoever holds one role hold the other one too?"""
    return Role.values.index(held) <= Role.values.index(wanted)


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who logs in by e-mail. The role decides what they may do; each includes those below it."""

    Role = Role

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = Users()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            one_of("role", Role, name="user_role_known"),
        ]

    def may(self, role: str) -> bool:
        """Does this person's role include that one?"""
        return self.is_active and includes(self.role, role)


class ApiKey(models.Model):
    """A key for programs. Only its hash is kept; the prefix tells people which one it is.

    `role` is what it was made for. It never does more than its maker may now, and goes with its maker.
    A key with a `survey` opens the Delighted-compatible API for that survey, and nothing else.
    """

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.ANALYST)
    created_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="keys")
    survey = models.ForeignKey("nineplus.Survey", null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    scopes = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # none: all its role may

    class Meta:
        constraints = [one_of("role", Role, name="api_key_role_known")]

    @property
    def role_now(self) -> str:
        """The lower of its own role and its maker's; a key made at the command line has no maker."""
        if self.created_by is None:
            return self.role
        return max(self.role, self.created_by.role, key=Role.values.index)

    @property
    def opens(self) -> bool:
        """Is it neither revoked nor of somebody who may no longer log in?"""
        return self.revoked_at is None and (self.created_by is None or self.created_by.is_active)

    def may(self, role: str) -> bool:
        """Does what this key may do now include what that role may?"""
        return self.opens and includes(self.role_now, role)


class Quota(models.Model):
    """How much of one window's quota is handed out. Windows are numbered from 1970 (stages/govern/quotas.py)."""

    who = models.CharField(max_length=80, primary_key=True)
    number = models.BigIntegerField()
    used = models.BigIntegerField()


class Done(models.Model):
    """What a program asked for under an idempotency key, so that asking again does not do it twice.

    `result` names the rows it made and is null until the work is done: it holds no personal data.
    """

    asker = models.CharField(max_length=12)  # the prefix of the key
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # of method, path and body
    result = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asker", "key"], name="done_once")]


class Preference(models.Model):
    """One setting that people change in the browser: company name, time zone, sample loaded …"""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()


class Note(models.Model):
    """Something dated to be drawn on every time axis: a change of survey, of service, of price."""

    at = models.DateField()
    label = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
