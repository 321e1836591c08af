import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0003_asking")]

    operations = [
        migrations.AddField("revision", "forgotten", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "removal", "at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())
        ),
        migrations.AlterField(
            "apikey",
            "created_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="keys",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
