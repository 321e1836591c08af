from django.db import migrations, models


class Migration(migrations.Migration):
    """What waits, what is claimed and what was refused is found by one index, on both databases."""

    dependencies = [
        ("nineplus", "0013_identity"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="outbound", name="outbound_waiting"),
        migrations.RemoveIndex(model_name="outbound", name="outbound_refused"),
        migrations.AddIndex(
            model_name="outbound",
            index=models.Index(fields=["connection", "state", "due_at", "id"], name="outbound_by_state"),
        ),
    ]
