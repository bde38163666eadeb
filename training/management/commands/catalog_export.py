"""Write listings, labels or predictions to a file or folder: manage.py catalog_export labels --format csv."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.errors import CatalogError
from catalog.exporting.members import write_members
from catalog.exporting.whole import new_file, new_folder
from training import exporting
from training.exporting import Format, Order, What, choice
from training.listings import listings_matching
from training.services.downloads import export_record


class Command(BaseCommand):
    help = (
        "Write listings, labels, predictions, or labels beside predictions to a file or folder, as a whole."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=[what.value for what in What])
        parser.add_argument("--format", choices=[one.value for one in Format], default=Format.CSV.value)
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE_OR_FOLDER",
            help="a new name; of label-studio and hf a folder or a .zip (default: named by what it is)",
        )
        parser.add_argument("--vertical", metavar="CODE", help="only listings of this vertical")
        parser.add_argument("--split", metavar="SPLIT", help="only listings of this split")
        parser.add_argument("--filter", default="", metavar="QUERY", help="query string of the listings page")
        parser.add_argument(
            "--model-version", type=int, metavar="ID", help="whose predictions (default: the champion's)"
        )
        parser.add_argument(
            "--accepted",
            action="store_true",
            help="of predictions only the answers that the current routing accepts",
        )
        parser.add_argument("--bom", action="store_true", help="begin CSV with a BOM, for Excel")
        parser.add_argument(
            "--photo-prefix",
            default="",
            metavar="TEXT",
            help="for label-studio: goes before a photo's name in the media storage, such as s3://bucket/",
        )
        parser.add_argument("--progress", action="store_true", help="show how far it is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            order = self.order(options)
            out: Path = options["out"] or Path(order.name if order.format.is_folder else order.file_name)
            written = self.write(order, out, show=options["progress"])
            given = {name: options[name] for name in ("vertical", "split", "filter") if options[name]}
            export_record(order=order, filters=given | {"file": str(out)})
        except CatalogError as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            problem = f"{out} could not be written ({error.strerror}): make room, or give another place"
            raise CommandError(problem) from error
        self.stdout.write(f"{order.counted(written)}: {out}")

    def order(self, options: dict[str, Any]) -> Order:
        """What the options ask for.

        Raises:
            CatalogError: where there is no such filter, vertical, split or model version.
        """
        what, query = What(options["what"]), choice.filters_in(options["filter"])
        for name in ("vertical", "split"):
            if options[name] is not None:
                query[name] = options[name]
        prefix: str = options["photo_prefix"]
        version, accepted = options["model_version"], options["accepted"]
        if accepted:
            version = choice.accepting_version(what, Format(options["format"]), version)
        return Order(
            what=what,
            format=Format(options["format"]),
            listings=listings_matching(query),
            version=choice.version_named(version) if what.needs_version else None,
            accepted=accepted,
            bom=options["bom"],
            address=lambda photo: f"{prefix}{photo.file}",
        )

    def write(self, order: Order, out: Path, *, show: bool) -> int:
        """Write it, with a bar on standard error if asked for; returns its rows or listings."""
        total = exporting.row_count(order, most=None) if show else None
        written = 0
        with tqdm(total=total, unit="row", disable=not show) as bar:

            def tell(count: int) -> None:
                nonlocal written
                written += count
                bar.update(count)

            _write(replace(order, tell=tell), out)
        return written


def _write(order: Order, out: Path) -> None:
    """Write it to a new file, or to a new folder where it is several files and no zip is asked for."""
    if order.format.is_folder and out.suffix != order.suffix:
        with new_folder(out) as folder:
            write_members(folder, exporting.members(order))
    else:
        with new_file(out) as file:
            file.writelines(exporting.pieces(order))
