from django.db import migrations

from nineplus.store import word_index


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0008_connections")]

    operations = [migrations.RunPython(word_index.install, word_index.remove)]
