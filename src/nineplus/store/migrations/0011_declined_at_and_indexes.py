from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0010_attribution")]

    operations = [
        migrations.AddField(model_name="invitation", name="declined_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="invitation", index=models.Index(fields=["fate", "expires_at"], name="invitation_expires")
        ),
        migrations.AddIndex(model_name="response", index=models.Index(fields=["changed_at"], name="response_changed")),
        migrations.AddIndex(model_name="ticket", index=models.Index(fields=["resolved_at"], name="ticket_resolved")),
    ]
