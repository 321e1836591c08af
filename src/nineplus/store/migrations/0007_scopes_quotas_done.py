from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0006_webhooks_and_compatibility")]

    operations = [
        migrations.CreateModel(
            "Quota",
            [
                ("who", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("used", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            "apikey", "scopes", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
        ),
        migrations.CreateModel(
            "Done",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asker", models.CharField(max_length=12)),
                ("key", models.CharField(max_length=200)),
                ("fingerprint", models.CharField(max_length=64)),
                ("result", models.JSONField(null=True)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("asker", "key"), name="done_once")]},
        ),
    ]
