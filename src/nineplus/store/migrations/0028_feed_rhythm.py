"""When a feed called of late, so that each is judged by its own rhythm."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0027_advocates_bounded")]

    operations = [migrations.AddField(model_name="feed", name="calls_at", field=models.JSONField(default=list))]
