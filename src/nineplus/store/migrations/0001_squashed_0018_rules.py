"""The steps up to 0018 in one: what a fresh database takes instead of them. Whoever has taken some takes the rest."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from nineplus.store import word_index


class CreateModels(Operation):
    """Tables that are made together: Django would render every model anew for each, which takes most of the time."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, operations):
        self.operations = operations

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # rendered once, when all are known
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return "Create the models"


class Migration(migrations.Migration):
    replaces = [
        ("nineplus", "0001_initial"),
        ("nineplus", "0002_cancel_is_a_state"),
        ("nineplus", "0003_asking"),
        ("nineplus", "0004_removals_and_keys"),
        ("nineplus", "0006_webhooks_and_compatibility"),
        ("nineplus", "0007_scopes_quotas_done"),
        ("nineplus", "0008_connections"),
        ("nineplus", "0009_words_of_comments"),
        ("nineplus", "0010_attribution"),
        ("nineplus", "0011_declined_at_and_indexes"),
        ("nineplus", "0012_feeds"),
        ("nineplus", "0013_identity"),
        ("nineplus", "0014_outbound_by_state"),
        ("nineplus", "0015_comments_read"),
        ("nineplus", "0016_cases"),
        ("nineplus", "0017_connections_told"),
        ("nineplus", "0018_fewer_indexes"),
        ("nineplus", "0018_rules"),
    ]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("name", models.CharField(blank=True, default="", max_length=300)),
                        ("domain", models.CharField(blank=True, db_index=True, default="", max_length=255)),
                        ("created_at", models.DateTimeField(null=True)),
                        ("attributes", models.JSONField(default=dict)),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="accounts",
                                to="nineplus.owner",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="account_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="account_external_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Preference",
                    fields=[
                        ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("value", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Removal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=40)),
                        ("row", models.BigIntegerField()),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name="Revision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.BigIntegerField(default=0)),
                        ("forgotten", models.BigIntegerField(db_default=0, default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("email", models.EmailField(max_length=254, unique=True)),
                        ("name", models.CharField(blank=True, max_length=200)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("analyst", "Analyst"),
                                    ("agent", "Agent"),
                                    ("viewer", "Viewer"),
                                ],
                                default="viewer",
                                max_length=10,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"), name="user_email_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["owner", "analyst", "agent", "viewer"])),
                                name="user_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attribute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=60, unique=True)),
                        ("label", models.CharField(max_length=120)),
                        (
                            "type",
                            models.CharField(
                                choices=[("text", "Text"), ("number", "Number"), ("date", "Date"), ("flag", "Flag")],
                                default="text",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("type__in", ["text", "number", "date", "flag"])),
                                name="attribute_type_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=60)),
                        ("data", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("claimed", "Claimed"),
                                    ("done", "Done"),
                                    ("parked", "Parked"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("claimed_by", models.CharField(blank=True, default="", max_length=80)),
                        ("claimed_until", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True, default="")),
                        ("done_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["kind", "due_at", "id"],
                                name="event_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "claimed")), fields=["claimed_until"], name="event_claimed"
                            ),
                            models.Index(condition=models.Q(("state", "parked")), fields=["id"], name="event_parked"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "claimed", "done", "parked"])),
                                name="event_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", ""), _negated=True), name="event_has_kind"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("file_name", models.CharField(max_length=255)),
                        ("stored_as", models.CharField(blank=True, max_length=255)),
                        ("digest", models.CharField(blank=True, max_length=64)),
                        ("bytes", models.BigIntegerField(default=0)),
                        ("mapping", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                    ("cancelled", "Cancelled"),
                                    ("undoing", "Undoing"),
                                    ("undone", "Undone"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("line", models.BigIntegerField(default=0)),
                        ("rows_total", models.BigIntegerField(null=True)),
                        ("rows_added", models.BigIntegerField(default=0)),
                        ("rows_changed", models.BigIntegerField(default=0)),
                        ("rows_same", models.BigIntegerField(default=0)),
                        ("rows_refused", models.BigIntegerField(default=0)),
                        ("report", models.JSONField(default=dict)),
                        ("error", models.TextField(blank=True, default="")),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "draft",
                                            "waiting",
                                            "running",
                                            "done",
                                            "failed",
                                            "cancelled",
                                            "undoing",
                                            "undone",
                                        ],
                                    )
                                ),
                                name="import_state_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("email", models.CharField(blank=True, db_index=True, default="", max_length=320)),
                        ("name", models.CharField(blank=True, default="", max_length=300)),
                        ("created_at", models.DateTimeField(null=True)),
                        ("attributes", models.JSONField(default=dict)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="contacts",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        ("consent", models.BooleanField(null=True)),
                        ("country", models.CharField(blank=True, db_default="", default="", max_length=2)),
                        ("erased_at", models.DateTimeField(null=True)),
                        ("language", models.CharField(blank=True, db_default="", default="", max_length=12)),
                        (
                            "phone",
                            models.CharField(blank=True, db_default="", db_index=True, default="", max_length=20),
                        ),
                        ("time_zone", models.CharField(blank=True, db_default="", default="", max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="contact_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="contact_external_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=40)),
                        ("row", models.BigIntegerField()),
                        ("before", models.JSONField()),
                        (
                            "source_import",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="changes",
                                to="nineplus.import",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source_import", "table", "row"), name="import_change_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("line", models.BigIntegerField()),
                        ("row", models.JSONField()),
                        ("column", models.CharField(blank=True, default="", max_length=255)),
                        ("code", models.CharField(max_length=40)),
                        ("reason", models.TextField()),
                        (
                            "source_import",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refused",
                                to="nineplus.import",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["source_import", "line"], name="import_row_line")],
                    },
                ),
                migrations.CreateModel(
                    name="Note",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateField()),
                        ("label", models.CharField(max_length=200)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SavedMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("kind", models.CharField(max_length=20)),
                        ("mapping", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="saved_mapping_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("plan", models.CharField(blank=True, default="", max_length=120)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("renews_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="subscriptions",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "external_id"), name="subscription_external_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                name="subscription_external_given",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("started_at__isnull", True),
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="subscription_ends_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Movement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("expansion", "Expansion"),
                                    ("contraction", "Contraction"),
                                    ("churn", "Churn"),
                                    ("renewal", "Renewal"),
                                    ("reactivation", "Reactivation"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="movements",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "subscription",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="movements",
                                to="nineplus.subscription",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="movement_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="movement_external_given"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ["new", "expansion", "contraction", "churn", "renewal", "reactivation"],
                                    )
                                ),
                                name="movement_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor__lte", 0), ("kind__in", ["contraction", "churn"])),
                                    models.Q(
                                        ("amount_minor__gte", 0),
                                        ("kind__in", ["new", "expansion", "renewal", "reactivation"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="movement_sign_fits_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.Exact(
                                        django.db.models.functions.text.Length("currency"), 3
                                    ),
                                    django.db.models.lookups.Exact(
                                        django.db.models.functions.text.Upper("currency"), models.F("currency")
                                    ),
                                ),
                                name="movement_currency_code",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Survey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "touchpoint",
                            models.CharField(
                                choices=[
                                    ("post-resolution", "After a ticket is resolved"),
                                    ("post-onboarding", "After onboarding"),
                                    ("pre-renewal", "Before renewal"),
                                    ("relationship", "Relationship"),
                                    ("post-purchase", "After a purchase"),
                                    ("custom", "Custom"),
                                ],
                                default="custom",
                                max_length=20,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        ("changed_at", models.DateTimeField(null=True)),
                        ("draft", models.JSONField(null=True)),
                        ("plan", models.JSONField(null=True)),
                        ("planned_to", models.DateTimeField(null=True)),
                        ("public_id", models.CharField(max_length=32, null=True, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("history", "History"),
                                    ("draft", "Draft"),
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("closed", "Closed"),
                                ],
                                db_default="history",
                                default="history",
                                max_length=10,
                            ),
                        ),
                        (
                            "current",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.surveyversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["name"], name="survey_name")],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="survey_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="survey_external_given"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "touchpoint__in",
                                        [
                                            "post-resolution",
                                            "post-onboarding",
                                            "pre-renewal",
                                            "relationship",
                                            "post-purchase",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="survey_touchpoint_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="survey_has_name"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["history", "draft", "active", "paused", "closed"])),
                                name="survey_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("channel", models.CharField(blank=True, default="", max_length=20)),
                        ("sent_at", models.DateTimeField(null=True)),
                        (
                            "fate",
                            models.CharField(
                                choices=[
                                    ("planned", "Planned"),
                                    ("skipped", "Skipped"),
                                    ("sent", "Sent"),
                                    ("delivered", "Delivered"),
                                    ("opened", "Opened"),
                                    ("answered", "Answered"),
                                    ("declined", "Declined"),
                                    ("bounced", "Bounced"),
                                    ("expired", "Expired"),
                                ],
                                default="planned",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, default="", max_length=60)),
                        ("attributes", models.JSONField(default=dict)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="invitations",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="invitations",
                                to="nineplus.contact",
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="nineplus.survey",
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="invitations",
                                to="nineplus.ticket",
                            ),
                        ),
                        ("arm", models.CharField(blank=True, db_default="", default="", max_length=60)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("expires_at", models.DateTimeField(null=True)),
                        ("language", models.CharField(blank=True, db_default="", default="", max_length=12)),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("reminded_at", models.DateTimeField(null=True)),
                        ("signals", models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.surveyversion",
                            ),
                        ),
                        ("declined_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["survey", "fate", "due_at"], name="invitation_fate"),
                            models.Index(fields=["fate", "expires_at"], name="invitation_expires"),
                            models.Index(
                                condition=models.Q(("ticket__isnull", False)),
                                fields=["ticket"],
                                name="invitation_ticket",
                            ),
                            models.Index(
                                condition=models.Q(("added_by__isnull", False)),
                                fields=["added_by"],
                                name="invitation_added",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="invitation_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="invitation_external_given"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "fate__in",
                                        [
                                            "planned",
                                            "skipped",
                                            "sent",
                                            "delivered",
                                            "opened",
                                            "answered",
                                            "declined",
                                            "bounced",
                                            "expired",
                                        ],
                                    )
                                ),
                                name="invitation_fate_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fate", "skipped"), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="invitation_skip_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ticket",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("opened_at", models.DateTimeField()),
                        ("first_response_at", models.DateTimeField(null=True)),
                        ("resolved_at", models.DateTimeField(null=True)),
                        ("priority", models.CharField(blank=True, default="", max_length=60)),
                        ("category", models.CharField(blank=True, default="", max_length=200)),
                        ("team", models.CharField(blank=True, default="", max_length=200)),
                        ("owner", models.CharField(blank=True, default="", max_length=200)),
                        ("channel", models.CharField(blank=True, default="", max_length=60)),
                        ("sla_breached", models.BooleanField(null=True)),
                        ("reopens", models.IntegerField(null=True)),
                        ("escalated", models.BooleanField(null=True)),
                        ("attributes", models.JSONField(default=dict)),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tickets",
                                to="nineplus.contact",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["account", "opened_at"], name="ticket_of_account"),
                            models.Index(fields=["resolved_at"], name="ticket_resolved"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="ticket_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="ticket_external_given"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reopens__isnull", True), ("reopens__gte", 0), _connector="OR"),
                                name="ticket_reopens_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("resolved_at__isnull", True),
                                    ("resolved_at__gte", models.F("opened_at")),
                                    _connector="OR",
                                ),
                                name="ticket_resolved_after_opened",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_response_at__isnull", True),
                                    ("first_response_at__gte", models.F("opened_at")),
                                    _connector="OR",
                                ),
                                name="ticket_answered_after_opened",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Response",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("score", models.SmallIntegerField()),
                        ("comment", models.TextField(blank=True, default="")),
                        ("comment_raw", models.TextField(blank=True, default="")),
                        ("answered_at", models.DateTimeField()),
                        ("channel", models.CharField(blank=True, default="", max_length=20)),
                        ("language", models.CharField(blank=True, default="", max_length=12)),
                        ("attributes", models.JSONField(default=dict)),
                        ("raw", models.JSONField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="responses",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="responses",
                                to="nineplus.contact",
                            ),
                        ),
                        (
                            "invitation",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="response",
                                to="nineplus.invitation",
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responses",
                                to="nineplus.survey",
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="responses",
                                to="nineplus.ticket",
                            ),
                        ),
                        ("anonymous", models.BooleanField(db_default=False, default=False)),
                        ("changed_at", models.DateTimeField(null=True)),
                        ("consent_contact", models.BooleanField(null=True)),
                        ("consent_quote", models.BooleanField(null=True)),
                        ("extras", models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                        ("signals", models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                        ("tags", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                        (
                            "version",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.surveyversion",
                            ),
                        ),
                        ("notes", models.JSONField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["answered_at", "id"], name="response_newest"),
                            models.Index(fields=["survey", "answered_at", "id"], name="response_of_survey"),
                            models.Index(fields=["account", "answered_at", "id"], name="response_of_account"),
                            models.Index(
                                condition=models.Q(("ticket__isnull", False)), fields=["ticket"], name="response_ticket"
                            ),
                            models.Index(
                                condition=models.Q(("added_by__isnull", False)),
                                fields=["added_by"],
                                name="response_added",
                            ),
                            models.Index(
                                condition=models.Q(("changed_at__isnull", False)),
                                fields=["changed_at"],
                                name="response_changed",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="response_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="response_external_given"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("score__gte", 0), ("score__lte", 10)), name="response_score_0_to_10"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("anonymous", False),
                                    models.Q(("contact__isnull", True), ("invitation__isnull", True)),
                                    _connector="OR",
                                ),
                                name="response_anonymous_is_nobodys",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TicketEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("stage", "Stage"),
                                    ("owner", "Owner"),
                                    ("team", "Team"),
                                    ("priority", "Priority"),
                                    ("reply", "Reply"),
                                    ("escalation", "Escalation"),
                                    ("reopen", "Reopen"),
                                    ("resolution", "Resolution"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("from_value", models.CharField(blank=True, default="", max_length=200)),
                        ("to_value", models.CharField(blank=True, default="", max_length=200)),
                        ("by_customer", models.BooleanField(null=True)),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "ticket",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="events",
                                to="nineplus.ticket",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["ticket", "at"], name="ticket_event_history")],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="ticketevent_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                name="ticketevent_external_given",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "stage",
                                            "owner",
                                            "team",
                                            "priority",
                                            "reply",
                                            "escalation",
                                            "reopen",
                                            "resolution",
                                        ],
                                    )
                                ),
                                name="ticket_event_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("prefix", models.CharField(max_length=12, unique=True)),
                        ("digest", models.CharField(max_length=64, unique=True)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("analyst", "Analyst"),
                                    ("agent", "Agent"),
                                    ("viewer", "Viewer"),
                                ],
                                default="analyst",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="keys",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="nineplus.survey",
                            ),
                        ),
                        ("scopes", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["owner", "analyst", "agent", "viewer"])),
                                name="api_key_role_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodePool",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, unique=True)),
                        ("worth", models.CharField(blank=True, default="", max_length=200)),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Code",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=120)),
                        ("given_at", models.DateTimeField(null=True)),
                        (
                            "response",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="codes",
                                to="nineplus.response",
                            ),
                        ),
                        (
                            "pool",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="codes",
                                to="nineplus.codepool",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("given_at__isnull", True)), fields=["pool", "id"], name="code_free"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("pool", "code"), name="code_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("response__isnull", False)),
                                fields=("pool", "response"),
                                name="code_one_a_response",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Experiment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("subject", "Subject line"),
                                    ("wording", "Wording"),
                                    ("timing", "Timing"),
                                    ("incentive", "Incentive"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("arms", models.JSONField()),
                        ("seed", models.CharField(max_length=40)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="experiments",
                                to="nineplus.survey",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["subject", "wording", "timing", "incentive"])),
                                name="experiment_kind_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True), ("started_at__isnull", False)),
                                fields=("survey",),
                                name="experiment_one_running",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("invitation", "Invitation"),
                                    ("reminder", "Reminder"),
                                    ("test", "Test"),
                                    ("reply", "Reply"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=0)),
                        ("medium", models.CharField(max_length=10)),
                        ("address", models.CharField(blank=True, default="", max_length=320)),
                        ("body", models.JSONField(default=dict)),
                        ("key", models.CharField(max_length=80, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("sending", "Sending"),
                                    ("sent", "Sent"),
                                    ("unsure", "Unsure"),
                                    ("failed", "Failed"),
                                    ("dropped", "Dropped"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("claimed_by", models.CharField(blank=True, default="", max_length=80)),
                        ("claimed_until", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("provider_id", models.CharField(blank=True, db_index=True, default="", max_length=255)),
                        ("parts", models.PositiveSmallIntegerField(default=1)),
                        ("error", models.TextField(blank=True, default="")),
                        ("created_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        (
                            "invitation",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="nineplus.invitation",
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="messages",
                                to="nineplus.sender",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["due_at", "id"],
                                name="message_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "sending")),
                                fields=["claimed_until"],
                                name="message_sending",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "sending", "sent", "unsure", "failed", "dropped"])
                                ),
                                name="message_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["invitation", "reminder", "test", "reply"])),
                                name="message_kind_known",
                            ),
                            models.UniqueConstraint(fields=("invitation", "kind", "number"), name="message_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sender",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("channel", models.CharField(max_length=40)),
                        ("medium", models.CharField(max_length=10)),
                        ("settings", models.JSONField(default=dict)),
                        ("secrets", models.TextField(blank=True, default="")),
                        ("from_address", models.CharField(blank=True, default="", max_length=320)),
                        ("hook_key", models.CharField(max_length=40, unique=True)),
                        ("is_default", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField()),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("error", models.TextField(blank=True, default="")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)), fields=("medium",), name="sender_one_default"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=255)),
                        ("kind", models.CharField(max_length=20)),
                        ("at", models.DateTimeField()),
                        ("detail", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="notices",
                                to="nineplus.message",
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to="nineplus.sender",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("sender", "external_id"), name="notice_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Suppression",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("medium", models.CharField(max_length=10)),
                        ("digest", models.CharField(max_length=64)),
                        ("address", models.CharField(blank=True, default="", max_length=320)),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("unsubscribed", "Unsubscribed"),
                                    ("bounced", "Bounced"),
                                    ("complained", "Complained"),
                                    ("erased", "Erased"),
                                    ("manual", "Added by hand"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("detail", models.CharField(blank=True, default="", max_length=500)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("medium", "digest", "reason"), name="suppression_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reason__in", ["unsubscribed", "bounced", "complained", "erased", "manual"])
                                ),
                                name="suppression_reason_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SurveyVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="nineplus.survey",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("survey", "number"), name="survey_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("url", models.CharField(max_length=500)),
                        ("format", models.CharField(max_length=20)),
                        ("events", models.JSONField(default=list)),
                        ("secrets", models.TextField(blank=True, default="")),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        ("error", models.TextField(blank=True, default="")),
                        (
                            "survey",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="nineplus.survey",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("medium", models.CharField(max_length=10)),
                        ("properties", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("updated_at", models.DateTimeField()),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="nineplus.contact",
                            ),
                        ),
                        (
                            "survey",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="nineplus.survey",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("survey", "medium", "contact"), name="membership_once"),
                            models.CheckConstraint(
                                condition=models.Q(("medium__in", ["email", "sms"])), name="membership_medium_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("event", models.CharField(max_length=60)),
                        ("key", models.CharField(max_length=120)),
                        ("about", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("failed", "Failed")],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("error", models.CharField(blank=True, default="", max_length=500)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        (
                            "endpoint",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="nineplus.webhookendpoint",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["due_at", "id"],
                                name="delivery_waiting",
                            ),
                            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "delivered", "failed"])),
                                name="delivery_state_known",
                            ),
                            models.UniqueConstraint(fields=("endpoint", "key"), name="delivery_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Quota",
                    fields=[
                        ("who", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("number", models.BigIntegerField()),
                        ("used", models.BigIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Done",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("asker", models.CharField(max_length=12)),
                        ("key", models.CharField(max_length=200)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("result", models.JSONField(null=True)),
                        ("at", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("asker", "key"), name="done_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Alias",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=20)),
                        ("source", models.CharField(max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("row", models.BigIntegerField()),
                        ("why", models.CharField(max_length=20)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["table", "row"], name="alias_of_row")],
                        "constraints": [
                            models.UniqueConstraint(fields=("table", "source", "external_id"), name="alias_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.SlugField(max_length=40, unique=True)),
                        ("connector", models.CharField(max_length=40)),
                        ("title", models.CharField(max_length=200)),
                        ("settings", models.JSONField(default=dict)),
                        ("secrets", models.TextField(blank=True, default="")),
                        ("mapping", models.JSONField(default=dict)),
                        ("writes", models.JSONField(default=list)),
                        ("prepared_at", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("paused", "Paused"), ("broken", "Broken")],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("error", models.TextField(blank=True, default="")),
                        ("account", models.CharField(blank=True, default="", max_length=200)),
                        ("every", models.PositiveIntegerField(default=300)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("hook_key", models.CharField(max_length=40, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("lacking", models.JSONField(default=dict)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["active", "paused", "broken"])),
                                name="connection_state_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Owner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("name", models.CharField(blank=True, default="", max_length=300)),
                        ("email", models.CharField(blank=True, db_index=True, default="", max_length=320)),
                        ("active", models.BooleanField(default=True)),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="owner_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="owner_external_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StreamState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stream", models.CharField(max_length=60)),
                        ("cursor", models.JSONField(default=dict)),
                        ("caught_up_at", models.DateTimeField(null=True)),
                        ("seen", models.BigIntegerField(default=0)),
                        ("total", models.BigIntegerField(null=True)),
                        ("rows", models.BigIntegerField(default=0)),
                        ("error", models.TextField(blank=True, default="")),
                        ("schema", models.JSONField(default=dict)),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="streams",
                                to="nineplus.connection",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("connection", "stream"), name="stream_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SyncProblem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stream", models.CharField(max_length=60)),
                        ("key", models.CharField(blank=True, default="", max_length=200)),
                        ("code", models.CharField(max_length=60)),
                        ("reason", models.TextField()),
                        ("first_at", models.DateTimeField()),
                        ("last_at", models.DateTimeField()),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="problems",
                                to="nineplus.connection",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["connection", "stream", "code", "first_at", "last_at"], name="problem_by_reason"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("connection", "stream", "code", "key"), name="problem_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SyncRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("sync", "Sync"), ("full", "Full"), ("dry", "Dry")], max_length=6
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("waiting", "Waiting"),
                                    ("failed", "Failed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="running",
                                max_length=10,
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("beat_at", models.DateTimeField()),
                        ("holder", models.CharField(blank=True, default="", max_length=80)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("stream", models.CharField(blank=True, default="", max_length=60)),
                        ("counts", models.JSONField(default=dict)),
                        ("error", models.TextField(blank=True, default="")),
                        ("cancel", models.BooleanField(default=False)),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="runs",
                                to="nineplus.connection",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["connection", "-started_at"], name="sync_run_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["sync", "full", "dry"])), name="sync_run_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["running", "done", "waiting", "failed", "cancelled"])
                                ),
                                name="sync_run_state_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "running")),
                                fields=("connection",),
                                name="sync_run_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallBudget",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("bucket", models.CharField(max_length=40)),
                        ("began_at", models.DateTimeField()),
                        ("used", models.PositiveIntegerField(default=0)),
                        ("closed_until", models.DateTimeField(null=True)),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="budgets",
                                to="nineplus.connection",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("connection", "bucket"), name="budget_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Deal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(default="file", max_length=40)),
                        ("external_id", models.CharField(max_length=200)),
                        ("name", models.CharField(blank=True, default="", max_length=300)),
                        ("pipeline", models.CharField(blank=True, default="", max_length=200)),
                        ("stage", models.CharField(blank=True, default="", max_length=200)),
                        ("type", models.CharField(blank=True, default="", max_length=120)),
                        ("amount_minor", models.BigIntegerField(null=True)),
                        ("mrr_minor", models.BigIntegerField(null=True)),
                        ("currency", models.CharField(blank=True, default="", max_length=3)),
                        ("is_closed", models.BooleanField(null=True)),
                        ("is_won", models.BooleanField(null=True)),
                        ("created_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="deals",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.import",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="deals",
                                to="nineplus.contact",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "external_id"), name="deal_external_once"),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="deal_external_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outbound",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=120)),
                        ("what", models.CharField(max_length=12)),
                        ("object", models.CharField(max_length=20)),
                        ("target", models.CharField(max_length=200)),
                        ("values", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("writing", "Writing"),
                                    ("written", "Written"),
                                    ("refused", "Refused"),
                                    ("gone", "Gone"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("claimed_until", models.DateTimeField(null=True)),
                        ("error", models.TextField(blank=True, default="")),
                        ("remote_id", models.CharField(blank=True, default="", max_length=200)),
                        ("created_at", models.DateTimeField()),
                        ("written_at", models.DateTimeField(null=True)),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="outbound",
                                to="nineplus.connection",
                            ),
                        ),
                        (
                            "response",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="nineplus.response",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["connection", "state", "due_at", "id"], name="outbound_by_state")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "writing", "written", "refused", "gone"])),
                                name="outbound_state_known",
                            ),
                            models.UniqueConstraint(fields=("connection", "key"), name="outbound_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinkCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("rule_version", models.PositiveIntegerField()),
                        ("place", models.PositiveIntegerField()),
                        ("response", models.BigIntegerField()),
                        ("ticket", models.BigIntegerField()),
                        ("tier", models.CharField(max_length=2)),
                        (
                            "verdict",
                            models.CharField(
                                blank=True,
                                choices=[("yes", "Yes"), ("no", "No"), ("unsure", "Unsure")],
                                default="",
                                max_length=6,
                            ),
                        ),
                        ("judged_at", models.DateTimeField(null=True)),
                        (
                            "judged_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("rule_version", "response", "ticket"), name="link_check_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("verdict__in", ["", "yes", "no", "unsure"])),
                                name="link_check_verdict_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinkRuleVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.PositiveIntegerField(unique=True)),
                        ("settings", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("cancelled", "Cancelled"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("step", models.CharField(blank=True, default="", max_length=40)),
                        ("steps_done", models.PositiveSmallIntegerField(default=0)),
                        ("steps_total", models.PositiveSmallIntegerField(default=0)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("error", models.TextField(blank=True, default="")),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "running", "done", "cancelled", "failed"])
                                ),
                                name="link_rule_state_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Feed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("name", models.CharField(max_length=200)),
                        ("hook_key", models.CharField(max_length=64, unique=True)),
                        ("secrets", models.TextField()),
                        ("settings", models.JSONField(default=dict)),
                        ("survey", models.CharField(blank=True, default="", max_length=200)),
                        ("touchpoint", models.CharField(max_length=20)),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        ("taken", models.BigIntegerField(default=0)),
                        ("heard_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="FeedCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=200)),
                        ("code", models.CharField(max_length=40)),
                        ("reason", models.CharField(max_length=500)),
                        ("body", models.TextField()),
                        ("at", models.DateTimeField()),
                        (
                            "feed",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calls",
                                to="nineplus.feed",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["feed", "-id"], name="feed_call_newest")],
                        "constraints": [models.UniqueConstraint(fields=("feed", "key"), name="feed_call_once")],
                    },
                ),
                migrations.CreateModel(
                    name="MatchKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=10)),
                        ("key", models.BigIntegerField()),
                        ("row", models.BigIntegerField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["table", "row"], name="match_key_of_row")],
                        "constraints": [models.UniqueConstraint(fields=("table", "key", "row"), name="match_key_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Match",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=10)),
                        ("left", models.BigIntegerField()),
                        ("right", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=40)),
                        ("confidence", models.PositiveSmallIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("later", "Later"),
                                    ("same", "Same"),
                                    ("different", "Different"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["open", "later"])),
                                fields=["state", "-confidence", "id"],
                                name="match_open",
                            ),
                            models.Index(fields=["table", "right"], name="match_of_right"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "later", "same", "different"])),
                                name="match_state_known",
                            ),
                            models.UniqueConstraint(fields=("table", "left", "right"), name="match_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("table", "works"), ("left__lt", models.F("right")), _connector="OR"
                                ),
                                name="match_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Merge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=10)),
                        ("kept", models.BigIntegerField()),
                        ("gone", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=40)),
                        ("journal", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                        ("undone_at", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["table", "kept"], name="merge_of_kept"),
                            models.Index(fields=["table", "gone"], name="merge_of_gone"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("table__in", ["contact", "account", "works"])),
                                name="merge_table_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThemesVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("document", models.JSONField()),
                        ("taught", models.JSONField(null=True)),
                        ("mode", models.CharField(default="full", max_length=4)),
                        ("changes", models.JSONField(default=list)),
                        ("preview", models.JSONField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("cancelled", "Cancelled"),
                                    ("failed", "Failed"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("current", models.BooleanField(default=False)),
                        ("engine", models.PositiveIntegerField(default=1)),
                        ("seen_revision", models.BigIntegerField(default=0)),
                        ("seen_row", models.BigIntegerField(default=0)),
                        ("read", models.PositiveIntegerField(default=0)),
                        ("of", models.PositiveIntegerField(default=0)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("error", models.TextField(blank=True, default="")),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "waiting", "running", "done", "cancelled", "failed"])
                                ),
                                name="themes_state_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("current", True)), fields=("current",), name="themes_one_in_force"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")), fields=("state",), name="themes_one_draft"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("current", False), ("state", "done"), _connector="OR"),
                                name="themes_current_is_done",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommentReading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("revision", models.BigIntegerField(db_index=True)),
                        ("digest", models.CharField(max_length=32)),
                        ("language", models.CharField(blank=True, default="", max_length=12)),
                        ("language_sure", models.FloatField(default=0)),
                        ("empty_because", models.CharField(blank=True, default="", max_length=40)),
                        ("sentiment", models.CharField(max_length=10)),
                        ("feeling", models.FloatField(default=0)),
                        ("sure", models.FloatField(default=0)),
                        ("said", models.CharField(blank=True, default="", max_length=10)),
                        ("contradicts", models.BooleanField(default=False)),
                        ("clauses", models.JSONField(default=list)),
                        ("doubt", models.FloatField(null=True)),
                        (
                            "response",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="readings",
                                to="nineplus.response",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="readings",
                                to="nineplus.themesversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["version", "doubt", "id"], name="reading_doubt")],
                        "constraints": [models.UniqueConstraint(fields=("version", "response"), name="reading_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Topic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=64, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        ("phrases", models.JSONField(default=list)),
                        ("accounts", models.PositiveIntegerField()),
                        ("clauses", models.PositiveIntegerField()),
                        ("quotes", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[("new", "New"), ("theme", "Theme"), ("dismissed", "Dismissed")],
                                default="new",
                                max_length=10,
                            ),
                        ),
                        ("found_at", models.DateTimeField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["new", "theme", "dismissed"])),
                                name="topic_state_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommentReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("themes", models.JSONField(default=list)),
                        ("sentiment", models.CharField(blank=True, default="", max_length=10)),
                        ("drawn", models.BooleanField(default=False)),
                        ("at", models.DateTimeField(db_index=True)),
                        ("source", models.CharField(default="review", max_length=10)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "response",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="comment_reviews",
                                to="nineplus.response",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("response", "by"), name="comment_review_once_each"),
                            models.UniqueConstraint(
                                condition=models.Q(("by__isnull", True)),
                                fields=("response",),
                                name="comment_review_once_nobody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mention",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("theme", models.CharField(max_length=81)),
                        ("sentiment", models.CharField(max_length=10)),
                        ("feeling", models.FloatField(default=0)),
                        ("sure", models.FloatField()),
                        ("salience", models.FloatField(default=0)),
                        ("start", models.PositiveIntegerField()),
                        ("stop", models.PositiveIntegerField()),
                        ("reasons", models.JSONField(default=list)),
                        ("model", models.BooleanField()),
                        ("person", models.BooleanField(null=True)),
                        ("counts", models.BooleanField()),
                        (
                            "reading",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mentions",
                                to="nineplus.commentreading",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("reading", "theme"), name="mention_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ThemeLabel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("theme", models.CharField(max_length=81)),
                        ("holds", models.BooleanField()),
                        ("at", models.DateTimeField(db_index=True)),
                        ("source", models.CharField(default="page", max_length=10)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "response",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="theme_labels",
                                to="nineplus.response",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("response", "theme", "by"), name="theme_label_once_each"),
                            models.UniqueConstraint(
                                condition=models.Q(("by__isnull", True)),
                                fields=("response", "theme"),
                                name="theme_label_once_nobody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=40)),
                        ("slot", models.CharField(blank=True, default="", max_length=80)),
                        ("about", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("working", "In work"),
                                    ("waiting", "Waiting"),
                                    ("closed", "Closed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("team", models.CharField(blank=True, default="", max_length=60)),
                        (
                            "priority",
                            models.CharField(
                                choices=[("urgent", "Urgent"), ("high", "High"), ("normal", "Normal"), ("low", "Low")],
                                default="normal",
                                max_length=10,
                            ),
                        ),
                        ("because", models.JSONField(default=list)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("calendar", models.CharField(blank=True, default="", max_length=60)),
                        ("minutes", models.PositiveIntegerField()),
                        ("due_at", models.DateTimeField()),
                        ("pauses", models.JSONField(default=list)),
                        ("contacted_at", models.DateTimeField(null=True)),
                        ("promise", models.TextField(blank=True, default="")),
                        ("promised_for", models.DateTimeField(null=True)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("level", models.PositiveSmallIntegerField(default=0)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("outcome", models.CharField(blank=True, default="", max_length=20)),
                        ("root_cause", models.CharField(blank=True, default="", max_length=120)),
                        ("recovery_at", models.DateTimeField(null=True)),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="cases",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="cases",
                                to="nineplus.contact",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="merged",
                                to="nineplus.case",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="cases",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recovery",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.invitation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["state", "next_at", "id"], name="case_by_state"),
                            models.Index(fields=["owner", "state", "next_at"], name="case_of_owner"),
                            models.Index(fields=["opened_at", "id"], name="case_newest"),
                            models.Index(
                                condition=models.Q(("recovery_at__isnull", False)),
                                fields=["recovery_at"],
                                name="case_recovery",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "working", "waiting", "closed"])),
                                name="case_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("priority__in", ["urgent", "high", "normal", "low"])),
                                name="case_priority_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("slot", ""), _negated=True), fields=("slot",), name="case_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="case_has_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("slot", ""), ("state", "closed")),
                                    models.Q(
                                        models.Q(("state", "closed"), _negated=True),
                                        models.Q(("slot", ""), _negated=True),
                                        ("closed_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_slot_while_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "closed"), _negated=True),
                                    models.Q(("outcome", ""), _negated=True),
                                    ("merged_into__isnull", False),
                                    _connector="OR",
                                ),
                                name="case_closed_has_outcome",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    ("closed_at__gte", models.F("opened_at")),
                                    _connector="OR",
                                ),
                                name="case_closed_after_opened",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="nineplus.case",
                            ),
                        ),
                        (
                            "response",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cases",
                                to="nineplus.response",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("case", "response"), name="case_answer_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CaseEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("opened", "Opened"),
                                    ("joined", "Another answer"),
                                    ("owner", "Owner"),
                                    ("team", "Queue"),
                                    ("state", "State"),
                                    ("priority", "Priority"),
                                    ("contact", "Contact"),
                                    ("note", "Note"),
                                    ("promise", "Promise"),
                                    ("sent", "Reply sent"),
                                    ("unsent", "Reply not sent"),
                                    ("came", "They wrote"),
                                    ("machine", "A machine wrote"),
                                    ("escalated", "Escalated"),
                                    ("closed", "Closed"),
                                    ("reopened", "Reopened"),
                                    ("merged", "Merged"),
                                    ("asked", "Asked again"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("text", models.TextField(blank=True, default="")),
                        ("data", models.JSONField(default=dict)),
                        ("key", models.CharField(blank=True, default="", max_length=120)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entries",
                                to="nineplus.case",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["case", "at", "id"], name="case_entry_history")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "opened",
                                            "joined",
                                            "owner",
                                            "team",
                                            "state",
                                            "priority",
                                            "contact",
                                            "note",
                                            "promise",
                                            "sent",
                                            "unsent",
                                            "came",
                                            "machine",
                                            "escalated",
                                            "closed",
                                            "reopened",
                                            "merged",
                                            "asked",
                                        ],
                                    )
                                ),
                                name="case_entry_kind_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("key", ""), _negated=True),
                                fields=("case", "key"),
                                name="case_entry_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseMail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("came", models.CharField(blank=True, default="", max_length=255)),
                        ("address", models.CharField(blank=True, default="", max_length=320)),
                        ("subject", models.CharField(blank=True, default="", max_length=500)),
                        ("text", models.TextField(blank=True, default="")),
                        ("attachments", models.JSONField(default=list)),
                        ("machine", models.BooleanField(default=False)),
                        ("at", models.DateTimeField()),
                        ("settled", models.CharField(blank=True, default="", max_length=10)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mails",
                                to="nineplus.case",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="case_mail",
                                to="nineplus.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("settled", "")), fields=["at"], name="case_mail_unsettled")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("came", ""), _negated=True),
                                fields=("came",),
                                name="case_mail_came_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("team", models.CharField(blank=True, default="", max_length=60)),
                        ("calendar", models.CharField(blank=True, default="", max_length=60)),
                        ("takes_turns", models.BooleanField(default=True)),
                        ("capacity", models.PositiveSmallIntegerField(null=True)),
                        ("last_turn_at", models.DateTimeField(null=True)),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="seat",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Absence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("first", models.DateField()),
                        ("last", models.DateField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="absences",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last__gte", models.F("first"))), name="absence_ends_after_first"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Workflow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, unique=True)),
                        ("event", models.CharField(max_length=40)),
                        ("on", models.BooleanField(default=False)),
                        ("switched_at", models.DateTimeField(null=True)),
                        ("paused_because", models.CharField(blank=True, default="", max_length=300)),
                        ("fault", models.CharField(blank=True, default="", max_length=500)),
                        ("fault_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("on", True)), fields=["event"], name="workflow_on")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkflowVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("document", models.JSONField()),
                        ("at", models.DateTimeField()),
                        ("tried", models.JSONField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "workflow",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="nineplus.workflow",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("workflow", "number"), name="workflow_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkflowRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subject", models.CharField(max_length=80)),
                        ("at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("going", "Going"), ("done", "Done"), ("held", "Held"), ("failed", "Failed")],
                                max_length=10,
                            ),
                        ),
                        ("why", models.JSONField(default=list)),
                        ("path", models.JSONField(default=list)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.account",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="runs",
                                to="nineplus.case",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="nineplus.contact",
                            ),
                        ),
                        (
                            "response",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="runs",
                                to="nineplus.response",
                            ),
                        ),
                        (
                            "workflow",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="runs",
                                to="nineplus.workflow",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="runs",
                                to="nineplus.workflowversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["workflow", "at"], name="run_of_workflow"),
                            models.Index(
                                condition=models.Q(("state", "going")), fields=["due_at", "id"], name="run_due"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["going", "done", "held", "failed"])),
                                name="run_state_known",
                            ),
                            models.UniqueConstraint(fields=("workflow", "subject"), name="run_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WorkflowStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("place", models.CharField(max_length=40)),
                        ("what", models.CharField(max_length=60)),
                        ("at", models.DateTimeField()),
                        ("done", models.BooleanField(default=True)),
                        ("says", models.CharField(blank=True, default="", max_length=500)),
                        ("until", models.DateTimeField(null=True)),
                        (
                            "made",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="made_by_steps",
                                to="nineplus.case",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="nineplus.workflowrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("run", "place"), name="step_once")],
                    },
                ),
            ]
        ),
        migrations.RunPython(word_index.install, word_index.remove),
    ]
