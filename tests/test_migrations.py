"""Migrations let the release before run on beside them: docs/operations.md, upgrades."""

from collections.abc import Iterator, Sequence

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation

RULED_AFTER = {"catalog": 12, "labeling": 14, "training": 21}
"""The last migration of each app in the release that brought the rule."""
TAKES_AWAY = (
    *(migrations.RemoveField, migrations.DeleteModel),
    *(migrations.RenameField, migrations.RenameModel, migrations.AlterModelTable),
)


def ruled() -> Iterator[Migration]:
    """The migrations that the rule holds for."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in RULED_AFTER and int(name.split("_")[0]) > RULED_AFTER[app]:
            yield migration


def offences(operations: Sequence[Operation], *, unused_since: str = "") -> list[str]:
    """What would make the release before fail.

    Args:
        unused_since: the release that stopped using what is taken away: an attribute of the migration.
    """
    made = {one.name_lower for one in operations if isinstance(one, migrations.CreateModel)}
    found = []
    for one in operations:
        if isinstance(one, TAKES_AWAY) and not unused_since:
            found.append(f"{one.describe()}: stop using it in one release, take it away in the next")
        if (
            isinstance(one, migrations.AddField)
            and one.model_name_lower not in made
            and not is_optional(one.field)
        ):
            found.append(f"{one.describe()}: give it null=True or db_default, for rows of the release before")
    return found


def is_optional(field: "models.Field[object, object]") -> bool:
    """A row may be inserted by somebody who does not know the field."""
    return field.null or field.many_to_many is True or field.has_db_default()


def test_a_migration_lets_the_release_before_run_on() -> None:
    found = {
        f"{migration.app_label}.{migration.name}": offences(
            migration.operations, unused_since=getattr(migration, "unused_since", "")
        )
        for migration in ruled()
    }
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("listing", "title"),
        migrations.DeleteModel("Listing"),
        migrations.RenameField("listing", "title", "name"),
        migrations.RenameModel("Listing", "Product"),
        migrations.AddField("listing", "weight", models.IntegerField(default=0)),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_the_release_before_cannot_live_with_is_found(operation: Operation) -> None:
    assert len(offences([operation])) == 1


def test_what_it_can_live_with_is_not() -> None:
    added = [
        migrations.CreateModel("Weight", [("id", models.AutoField(primary_key=True))]),
        migrations.AddField("weight", "grams", models.IntegerField()),
        migrations.AddField("listing", "weight", models.IntegerField(null=True)),
        migrations.AddField("listing", "height", models.IntegerField(db_default=0)),
        migrations.AddField("listing", "tags", models.ManyToManyField("catalog.Listing")),
    ]
    assert offences(added) == []
    assert offences([migrations.RemoveField("listing", "title")], unused_since="0.2") == []
