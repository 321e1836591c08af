import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

_STATES = [
    ("waiting", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
]


def take_over_the_window(apps, schema_editor):
    """What people set as the days a ticket may explain an answer becomes a version of the rule."""
    preferences = apps.get_model("nineplus", "Preference")
    days = preferences.objects.filter(key="link_days").values_list("value", flat=True).first()
    if days is not None:
        apps.get_model("nineplus", "LinkRuleVersion").objects.create(
            version=2, settings={"version": 2, "window_days": days}, created_at=timezone.now(), state="done"
        )
        preferences.objects.filter(key="link_days").delete()


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0009_words_of_comments")]

    operations = [
        migrations.CreateModel(
            name="LinkCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_version", models.PositiveIntegerField()),
                ("place", models.PositiveIntegerField()),
                ("response", models.BigIntegerField()),
                ("ticket", models.BigIntegerField()),
                ("tier", models.CharField(max_length=2)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("no", "No"), ("unsure", "Unsure")],
                        default="",
                        max_length=6,
                    ),
                ),
                ("judged_at", models.DateTimeField(null=True)),
                (
                    "judged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rule_version", "response", "ticket"), name="link_check_once"),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["", "yes", "no", "unsure"])),
                        name="link_check_verdict_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkRuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(unique=True)),
                ("settings", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("state", models.CharField(choices=_STATES, default="waiting", max_length=10)),
                ("step", models.CharField(blank=True, default="", max_length=40)),
                ("steps_done", models.PositiveSmallIntegerField(default=0)),
                ("steps_total", models.PositiveSmallIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True, default="")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", [state for state, _ in _STATES])),
                        name="link_rule_state_known",
                    )
                ],
            },
        ),
        migrations.RunPython(take_over_the_window, migrations.RunPython.noop, elidable=True),
    ]
