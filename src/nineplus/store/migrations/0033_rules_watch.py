"""Rules about tickets, money and silence remember what they saw, and look for what is new by time."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0032_receivers")]

    operations = [
        migrations.AddField("workflow", "watched_at", models.DateTimeField(null=True)),
        migrations.AddField("workflow", "watched_revision", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddIndex("movement", models.Index(fields=["kind", "at"], name="movement_kind")),
        migrations.AddIndex("ticketevent", models.Index(fields=["kind", "at"], name="ticket_event_kind")),
        migrations.AddIndex(
            "ticket",
            models.Index(Coalesce("resolved_at", "opened_at"), name="ticket_breached", condition=Q(sla_breached=True)),
        ),
    ]
