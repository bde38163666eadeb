"""The log, the triggers that lock it, and on PostgreSQL the words that it is searched by.

A later migration that makes SQLite alter the table has to lay the triggers again: Django makes it anew.
"""

import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from attrx_web.auditlog import triggers

# As people part words: to PostgreSQL's parser "kurta/17" is a path (catalog, migration 0008).
PUNCTUATION = """!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"""
QUOTED = PUNCTUATION.replace("'", "''")
SAID = "person || ' ' || object_name || ' ' || object_key || ' ' || client || ' ' || left(reason, 2000)"
WORDS = f"to_tsvector('simple', translate({SAID}, '{QUOTED}', '{' ' * len(PUNCTUATION)}'))"
POSTGRESQL = (
    f"ALTER TABLE auditlog_event ADD COLUMN words tsvector GENERATED ALWAYS AS ({WORDS}) STORED",
    "CREATE INDEX auditlog_event_by_word ON auditlog_event USING gin (words)",
    *triggers.POSTGRESQL,
)


def lock(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else triggers.SQLITE:
        schema_editor.execute(statement, params=None)


def unlock(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in triggers.POSTGRESQL_REVERSED if postgresql else triggers.SQLITE_REVERSED:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("action", models.CharField(help_text="An Action.", max_length=40)),
                (
                    "person_key",
                    models.BigIntegerField(help_text="Of the user; none: nobody had signed in.", null=True),
                ),
                (
                    "person",
                    models.CharField(blank=True, help_text="The user's name at that time.", max_length=150),
                ),
                ("via", models.CharField(max_length=10)),
                ("address", models.GenericIPAddressField(null=True)),
                (
                    "client",
                    models.CharField(blank=True, help_text="Browser, token, command, task.", max_length=300),
                ),
                (
                    "request_id",
                    models.CharField(blank=True, help_text="As in the site's log.", max_length=64),
                ),
                ("object_kind", models.CharField(help_text="A Kind.", max_length=20)),
                (
                    "object_key",
                    models.CharField(blank=True, help_text="As in its page's address.", max_length=200),
                ),
                ("object_name", models.CharField(blank=True, max_length=300)),
                ("before", models.JSONField(help_text="{what: how it was}, of what was changed.", null=True)),
                ("after", models.JSONField(help_text="{what: how it is since}.", null=True)),
                ("reason", models.TextField(blank=True, help_text="In the person's words.")),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "default_permissions": (),
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["at", "id"], name="auditlog_event_by_time"),
                    models.Index(fields=["action", "at", "id"], name="auditlog_event_by_action"),
                    models.Index(fields=["person", "at", "id"], name="auditlog_event_by_person"),
                    models.Index(fields=["address", "at", "id"], name="auditlog_event_by_address"),
                    models.Index(
                        fields=["object_kind", "object_key", "at", "id"], name="auditlog_event_by_object"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action", ""), _negated=True), name="auditlog_event_action_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("via__in", ["browser", "token", "command", "worker"])),
                        name="auditlog_event_via_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("object_kind", ""), _negated=True),
                        name="auditlog_event_object_given",
                    ),
                ],
            },
        ),
        migrations.RunPython(lock, unlock),
    ]
