"""Bring the schema to what a file says: manage.py schema_import schema.csv --dry-run."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.schema.changes import Change, changes_between
from catalog.schema.consequences import Counts, Effect, Impact, Touch, consequence_of
from catalog.schema.csvrows import SchemaFile
from catalog.schema.files import read_schema_file, read_taxonomy_file
from catalog.schema.merge import SHORT
from catalog.schema.taxonomy import verticals_of
from catalog.selectors.drafts import merged_file
from catalog.services.schema import schema_file_save
from training.schema_use import schema_stale_counts


class Command(BaseCommand):
    help = (
        "Merge a schema file (CSV or JSON), or categories of a taxonomy, into the schema, "
        "and say what that changes and makes stale."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--taxonomy", action="store_true", help="the file is a product taxonomy")
        parser.add_argument(
            "--category", action="append", default=[], metavar="ID", help="of the taxonomy; may be repeated"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--note", default="", help="why; default: the file's name")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["category"]) != options["taxonomy"]:
            raise CommandError("--taxonomy and --category go together: give both or neither", returncode=2)
        path: Path = options["file"]
        try:
            file = self.read(path, options["category"])
            changed = [
                self.report(spec.label, code=spec.code, changes=changes) for spec, changes in _changes(file)
            ]
            if not options["dry_run"]:
                schema_file_save(file=file, note=options["note"] or path.name)
        except CatalogError as error:
            raise CommandError(str(error), returncode=2) from error
        total = f"{sum(changed)} of {len(changed)} verticals"
        self.stdout.write(f"{total} would change" if options["dry_run"] else f"{total} changed")

    def read(self, path: Path, categories: list[str]) -> SchemaFile:
        """What the file says, or the chosen categories of a taxonomy.

        Raises:
            CatalogError: for a file that cannot be used.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CatalogError(f"{path}: cannot be read ({error.strerror}): give another file") from error
        if not categories:
            return read_schema_file(content, where=str(path))
        choice = verticals_of(read_taxonomy_file(content, where=str(path)), categories)
        for notes in choice.notes.values():
            for note in notes:
                self.stdout.write(note)
        return SchemaFile(choice.schema, SHORT)

    def report(self, label: str, *, code: str, changes: list[Change]) -> bool:
        """Print what changes about a vertical and what that makes stale; says whether anything does."""
        if not changes:
            self.stdout.write(f"{label}: nothing is different")
            return False
        impact = schema_stale_counts(vertical=code, changes=changes)
        self.stdout.write(f"{label}:")
        for change, counts in zip(changes, impact.changes, strict=True):
            self.stdout.write(f"  {change.said}{_stale(change, counts)}")
        for line in _totals(impact):
            self.stdout.write(f"  {line}")
        return True


def _changes(file: SchemaFile) -> list[tuple[Any, list[Change]]]:
    return [
        (spec, changes_between(now.published if now else None, spec))
        for _, now, spec in merged_file(file, onto_drafts=False)
    ]


def _stale(change: Change, counts: Counts) -> str:
    """(214 labels stale, 3 suggestions stale), or nothing."""
    consequence = consequence_of(change)
    parts = [
        *_part(counts.labels, "label", consequence.labels),
        *_part(counts.suggestions, "suggestion", consequence.suggestions),
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _part(count: int, what: str, touch: Touch) -> list[str]:
    if touch.effect is Effect.KEPT or not count:
        return []
    return [f"{count} {what}{'' if count == 1 else 's'} {touch.effect}"]


def _totals(impact: Impact) -> list[str]:
    lines = []
    if impact.stale.labels or impact.check.labels:
        lines.append(f"labels in all: {impact.stale.labels} stale, {impact.check.labels} to check")
    if impact.models:
        names = [
            f"{one.name} ({', '.join(one.aliases)})" if one.aliases else one.name for one in impact.models
        ]
        lines.append(f"models that have learned it as it was: {'; '.join(names)}")
    return lines
