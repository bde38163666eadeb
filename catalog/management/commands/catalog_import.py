"""Import a data folder or a file of rows: manage.py catalog_import FOLDER --gold 20 --seed-set 10."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.importing.folder import folder_plan
from catalog.importing.plan import Column, Plan, Role
from catalog.management.importing import UNUSABLE, add_quotas, run_import
from catalog.selectors.imports import import_get
from catalog.services import imports, imports_queue


class Command(BaseCommand):
    help = (
        "Import a data folder (docs/data-format.md), or a CSV, JSONL or Parquet file, here and now. "
        "What is wrong with rows is written to a file; the others land. Exit code 1: some were refused; "
        "2: the import did not come to its end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", metavar="FILE_OR_FOLDER")
        parser.add_argument(
            "--photos",
            metavar="PLACE",
            help="a folder, a zip archive, or storage: and a prefix in the media storage "
            "(default: the folder that the file is in)",
        )
        parser.add_argument("--plan", type=Path, help="how the file is read, as --show-plan prints it")
        parser.add_argument(
            "--set",
            nargs="+",
            default=[],
            metavar="COLUMN=ROLE",
            help="what a column means: id, vertical, title, description, images, group, attribute:CODE, "
            "expand, metadata or ignored",
        )
        parser.add_argument("--vertical", metavar="CODE", help="of all rows")
        add_quotas(parser)
        parser.add_argument("--show-plan", action="store_true", help="print how the file is read, and stop")
        parser.add_argument("--check", action="store_true", help="say what is wrong, and write no listings")
        parser.add_argument("--resume", type=int, metavar="ID", help="go on with an import that stopped")
        parser.add_argument("--errors", type=Path, metavar="FILE", help="where the refused rows go")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            import_id = self.resumed(options) if options["resume"] else self.opened(options)
        except CatalogError as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        if options["show_plan"]:
            self.stdout.write(json.dumps(import_get(import_id).plan, indent=1, ensure_ascii=False))
            imports.import_discard(import_id=import_id)
            return
        if options["check"]:
            imports.import_check(import_id=import_id, send=False)
        elif not options["resume"]:
            imports.import_load(import_id=import_id, send=False)
        run_import(import_id, out=self.stdout, errors=options["errors"])

    def resumed(self, options: dict[str, Any]) -> int:
        """Queue an import again that stopped, or whose process died.

        Raises:
            CatalogError: when it did not stop.
        """
        import_id: int = options["resume"]
        imports_queue.imports_sweep()
        if not imports.import_resume(import_id=import_id, send=False):
            problem = f"import {import_id} is neither failed nor cancelled"
            raise CatalogError(f"{problem}: look at its page, where it says what it does")
        return import_id

    def opened(self, options: dict[str, Any]) -> int:
        """Take note of the folder or file.

        Raises:
            CatalogError: when it, its schema or its plan cannot be used.
        """
        path: Path | None = options["path"]
        if path is None:
            raise CatalogError("nothing to import: give a file or folder, or --resume ID")
        if path.is_dir():
            plan = replace(folder_plan(), gold=options["gold"], seed=options["seed_set"])
            return imports.folder_open(folder=path, plan=plan).pk
        path = path.resolve()
        place = str(path.parent) if options["photos"] is None else _place(options["photos"])
        opened = imports.import_open(name=path.name, path=str(path), photos=place, plan=_given_plan(options))
        plan = _changed(Plan.from_json(opened.plan), options)
        try:
            imports.import_plan(import_id=opened.pk, plan=plan)
        except CatalogError:
            imports.import_discard(import_id=opened.pk)
            raise
        return opened.pk


def _given_plan(options: dict[str, Any]) -> Plan | None:
    path: Path | None = options["plan"]
    if path is None:
        return None
    try:
        return Plan.from_json(json.loads(path.read_text(encoding="utf-8-sig")), where=str(path))
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}: give another --plan") from error
    except ValueError as error:
        if isinstance(error, CatalogError):
            raise
        raise CatalogError(f"{path}: not valid JSON ({error}): mend the file") from error


def _changed(plan: Plan, options: dict[str, Any]) -> Plan:
    """The plan with what the other options say."""
    if options["vertical"]:
        others = tuple(column for column in plan.columns if column.role is not Role.VERTICAL)
        plan = replace(plan, vertical=options["vertical"], columns=others)
    for given in options["set"]:
        name, equals, meaning = given.rpartition("=")
        if not equals:
            raise CatalogError(f"--set {given}: give COLUMN=ROLE, such as name=title")
        plan = plan.with_column(Column.meaning_of(name, meaning))
    if options["plan"] is None or options["gold"] != "0" or options["seed_set"] != "0":
        plan = replace(plan, gold=options["gold"], seed=options["seed_set"])
    return plan


def _place(photos: str) -> str:
    """The place as imports know it: paths are absolute."""
    return photos if photos.startswith("storage:") or not photos else str(Path(photos).resolve())
