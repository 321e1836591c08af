"""Cases and letters say when the mart has to look at them again."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0028_feed_rhythm")]

    operations = [
        migrations.AddField(model_name=name, name="revision", field=models.BigIntegerField(db_index=True, default=0))
        for name in ("case", "personalletter")
    ]
