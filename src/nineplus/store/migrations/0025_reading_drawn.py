"""The next comment of the random sample is found without looking at all of them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0024_advocates")]

    operations = [
        migrations.AddIndex(
            model_name="commentreading",
            index=models.Index(fields=["version", "digest", "id"], name="reading_drawn"),
        ),
    ]
