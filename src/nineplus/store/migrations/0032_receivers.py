"""Steps of rules that call others wait in a line for each receiver, and no other step for them."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0031_programmes_rest")]

    operations = [
        migrations.CreateModel(
            "Receiver",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255, unique=True)),
                ("free_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            "workflowrun",
            "receiver",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="runs",
                to="nineplus.receiver",
            ),
        ),
        migrations.RemoveIndex("workflowrun", "run_due"),
        migrations.AddIndex(
            "workflowrun",
            models.Index(fields=["due_at", "id"], name="run_due", condition=Q(state="going", receiver__isnull=True)),
        ),
        migrations.AddIndex(
            "workflowrun",
            models.Index(
                fields=["receiver", "due_at", "id"],
                name="run_to_call",
                condition=Q(state="going", receiver__isnull=False),
            ),
        ),
    ]
