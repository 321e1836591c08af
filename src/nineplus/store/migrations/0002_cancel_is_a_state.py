from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0001_initial")]

    operations = [migrations.RemoveField("import", "cancel_asked")]
