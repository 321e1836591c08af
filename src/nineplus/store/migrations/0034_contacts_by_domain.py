"""Contacts are found by the domain of their address without reading all of them."""

from __future__ import annotations

from django.db import migrations, models

from nineplus.store.domains import Domain


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0033_rules_watch")]

    operations = [
        migrations.AddIndex(model_name="contact", index=models.Index(Domain("email"), name="contact_at_domain")),
    ]
