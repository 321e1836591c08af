"""Two programmes do not ask the same person one right after the other."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0030_answers_within")]

    operations = [
        migrations.AddField("programme", "rest_days", models.PositiveSmallIntegerField(db_default=30, default=30))
    ]
