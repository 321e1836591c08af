"""People, keys and what the company calls itself."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who logs in by e-mail. The role decides what they may do; each includes those below it."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"  # everything, people and keys included
        ANALYST = "analyst", "Analyst"  # data in and out, all analyses
        AGENT = "agent", "Agent"  # answers and follow-ups
        VIEWER = "viewer", "Viewer"  # sees results, no comments of named people

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
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "analyst", "agent", "viewer"]), name="user_role_known"
            ),
        ]

    def may(self, role: str) -> bool:
        """Does this person's role include that one?"""
        order = [choice.value for choice in self.Role]
        return self.is_active and order.index(self.role) <= order.index(role)


class ApiKey(models.Model):
    """A key for programs. Only its hash is kept; the prefix tells people which one it is."""

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=User.Role.choices, default=User.Role.ANALYST)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="keys")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Preference(models.Model):
    """One setting that people change in the browser: company name, time zone, sample loaded …"""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()


class Note(models.Model):
    """Something dated to be drawn on every time axis: a change of survey, of service, of price."""

    at = models.DateField()
    label = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
