"""Each alert says by which letter it went or why by none, and people choose day and hour of letters that collect."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

_WHY = [
    ("never", "you had not chosen this way"),
    ("kind", "you did not want this kind any more"),
    ("read", "you had read it here before"),
    ("hidden", "your role did not show customers"),
    ("gone", "your account was switched off"),
    ("no_app", "no Slack app was connected"),
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0034_contacts_by_domain")]

    operations = [
        migrations.AddField("alert", "mail_not", models.CharField(blank=True, choices=_WHY, default="", max_length=10)),
        migrations.AddField("alert", "chat_not", models.CharField(blank=True, choices=_WHY, default="", max_length=10)),
        migrations.AddField(
            "alert",
            "letter",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="nineplus.message",
            ),
        ),
        migrations.AddField("alertchoice", "digest_hour", models.PositiveSmallIntegerField(default=8)),
        migrations.AddField(
            "alertchoice",
            "digest_day",
            models.CharField(choices=[(day, day.title()) for day in _DAYS], default="monday", max_length=10),
        ),
        migrations.AlterField(
            "alertchoice",
            "mailed",
            models.CharField(
                choices=[
                    ("at_once", "At once"),
                    ("daily", "Once a day, together"),
                    ("weekly", "Once a week, together"),
                    ("never", "Never"),
                ],
                default="at_once",
                max_length=10,
            ),
        ),
        migrations.RunSQL(
            "UPDATE nineplus_alert SET mail_not = 'never' WHERE mail_at IS NULL AND mailed_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            "alert",
            models.CheckConstraint(
                condition=Q(mail_at__isnull=False, mail_not="")
                | (Q(mail_at__isnull=True, mailed_at__isnull=True) & ~Q(mail_not="")),
                name="alert_mailed_or_why_not",
            ),
        ),
        migrations.AddConstraint(
            "alert",
            models.CheckConstraint(condition=Q(chat_at__isnull=True) | Q(chat_not=""), name="alert_in_chat_or_why_not"),
        ),
        migrations.AddConstraint(
            "alertchoice",
            models.CheckConstraint(condition=Q(digest_day__in=_DAYS), name="alert_digest_day_known"),
        ),
        migrations.AddConstraint(
            "alertchoice", models.CheckConstraint(condition=Q(digest_hour__lt=24), name="alert_digest_hour")
        ),
    ]
