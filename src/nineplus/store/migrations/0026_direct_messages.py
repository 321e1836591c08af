"""Colleagues are written to directly in Slack; how often it was looked for a message that may be there."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0025_reading_drawn")]

    operations = [
        migrations.AddField(
            model_name="chatplace",
            name="user",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chat_place",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(model_name="chatpost", name="looks", field=models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(model_name="alertchoice", name="slack", field=models.BooleanField(default=False)),
        migrations.AddField(model_name="alert", name="chat_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["chat_at"], name="alert_to_chat", condition=models.Q(chat_at__isnull=False)),
        ),
    ]
