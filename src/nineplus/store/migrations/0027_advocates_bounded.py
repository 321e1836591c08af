"""Bounds of advocacy: how often somebody does a kind of thing in a quarter, what a programme may spend in a period."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def costs_as_they_were(apps, schema_editor):
    Redemption, Reward = apps.get_model("nineplus", "Redemption"), apps.get_model("nineplus", "Reward")
    cost = Reward.objects.filter(pk=OuterRef("reward")).values("cost_minor")
    Redemption.objects.update(cost_minor=Subquery(cost))


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0026_direct_messages")]

    operations = [
        migrations.CreateModel(
            name="KindLimit",
            fields=[
                ("kind", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("in_quarter", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.AddField("programme", "budget_minor", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("programme", "budget_currency", models.CharField(blank=True, default="", max_length=3)),
        migrations.AddField("programme", "budget_period", models.CharField(blank=True, default="", max_length=10)),
        migrations.AddField(
            "reward",
            "programme",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="rewards", to="nineplus.programme"
            ),
        ),
        migrations.AddField("redemption", "cost_minor", models.PositiveBigIntegerField(default=0)),
        migrations.AddField(
            "redemption",
            "programme",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to="nineplus.programme",
            ),
        ),
        migrations.RunPython(costs_as_they_were, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                condition=models.Q(("programme__isnull", False)),
                fields=["programme", "at"],
                name="redemption_of_budget",
            ),
        ),
    ]
