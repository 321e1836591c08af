"""Indexes that every answer paid for and hardly anybody read: smaller now, or gone."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_DROPPED = {
    "invitation": ("survey_id", "version_id", "ticket_id", "added_by_id"),  # invitation_fate begins with the survey
    "response": ("ticket_id", "added_by_id"),
}


def _drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Without Django's own AlterField, which on SQLite writes the table anew and loses the triggers of the words."""
    for name, columns in _DROPPED.items():
        table = apps.get_model("nineplus", name)._meta.db_table
        with editor.connection.cursor() as cursor:
            found = editor.connection.introspection.get_constraints(cursor, table)
        for index, one in found.items():
            if one["index"] and not one["unique"] and one["columns"] in [[column] for column in columns]:
                editor.execute(f'DROP INDEX "{index}"')
    if editor.connection.vendor == "postgresql":  # on SQLite a constraint is part of the table, and costs little
        with editor.connection.cursor() as cursor:
            found = editor.connection.introspection.get_constraints(cursor, "nineplus_response")
        for constraint, one in found.items():
            if one["foreign_key"] and one["columns"] == ["version_id"]:
                editor.execute(f'ALTER TABLE nineplus_response DROP CONSTRAINT "{constraint}"')


def _reference(to: str, **how: object) -> models.ForeignKey:
    return models.ForeignKey(to=f"nineplus.{to}", db_index=False, on_delete=django.db.models.deletion.SET_NULL, **how)


class Migration(migrations.Migration):
    dependencies = [("nineplus", "0017_connections_told")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_drop, migrations.RunPython.noop, elidable=True)],
            state_operations=[
                migrations.AlterField(
                    "invitation",
                    "survey",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="nineplus.survey",
                    ),
                ),
                migrations.AlterField(
                    "invitation", "version", _reference("surveyversion", null=True, related_name="+")
                ),
                migrations.AlterField(
                    "invitation", "ticket", _reference("ticket", null=True, related_name="invitations")
                ),
                migrations.AlterField("invitation", "added_by", _reference("import", null=True, related_name="+")),
                migrations.AlterField("response", "ticket", _reference("ticket", null=True, related_name="responses")),
                migrations.AlterField("response", "added_by", _reference("import", null=True, related_name="+")),
                migrations.AlterField(
                    "response",
                    "version",
                    _reference("surveyversion", null=True, related_name="+", db_constraint=False),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="response", name="response_changed"),
        *(
            migrations.AddIndex(
                model_name=model,
                index=models.Index(fields=[field], name=name, condition=models.Q(**{f"{field}__isnull": False})),
            )
            for model, field, name in (
                ("invitation", "ticket", "invitation_ticket"),
                ("invitation", "added_by", "invitation_added"),
                ("response", "ticket", "response_ticket"),
                ("response", "added_by", "response_added"),
                ("response", "changed_at", "response_changed"),
            )
        ),
    ]
