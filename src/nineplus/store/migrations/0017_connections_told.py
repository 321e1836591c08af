from django.db import migrations, models


class Migration(migrations.Migration):
    """What a key lacks is known to everybody; why things could not be used is counted from an index."""

    dependencies = [
        ("nineplus", "0016_cases"),
    ]

    operations = [
        migrations.AddField(model_name="connection", name="lacking", field=models.JSONField(default=dict)),
        migrations.AddIndex(
            model_name="syncproblem",
            index=models.Index(
                fields=["connection", "stream", "code", "first_at", "last_at"], name="problem_by_reason"
            ),
        ),
    ]
