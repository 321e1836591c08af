"""Programmes ask on answers that are not too old."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0029_follow_ups")]

    operations = [
        migrations.AddField(
            "programme", "answers_within_days", models.PositiveSmallIntegerField(db_default=180, default=180)
        )
    ]
