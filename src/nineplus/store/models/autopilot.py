"""Who is on a survey's list of people asked regularly, as programs written for Delighted keep it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Membership(models.Model):
    """One contact on the list of one survey and medium. Planning reads the contact's flag, not this row."""

    survey = models.ForeignKey("nineplus.Survey", on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey("nineplus.Contact", on_delete=models.CASCADE, related_name="memberships")
    medium = models.CharField(max_length=10)  # email, sms
    properties = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "medium", "contact"], name="membership_once"),
            models.CheckConstraint(condition=Q(medium__in=["email", "sms"]), name="membership_medium_known"),
        ]
