import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0011_declined_at_and_indexes")]

    operations = [
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("hook_key", models.CharField(max_length=64, unique=True)),
                ("secrets", models.TextField()),
                ("settings", models.JSONField(default=dict)),
                ("survey", models.CharField(blank=True, default="", max_length=200)),
                ("touchpoint", models.CharField(max_length=20)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("taken", models.BigIntegerField(default=0)),
                ("heard_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FeedCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("code", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=500)),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "feed",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calls",
                        to="nineplus.feed",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["feed", "-id"], name="feed_call_newest")],
                "constraints": [models.UniqueConstraint(fields=("feed", "key"), name="feed_call_once")],
            },
        ),
    ]
