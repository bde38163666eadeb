"""Full weights of a model version for other servers: manage.py version_merge 12 --out FOLDER."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.cards import card_of, manifest_of
from training.exporting.adapters import adapter_folder
from training.ml.errors import DataError
from training.ml.params import ModelParams
from training.selectors.versions import version_with


class Command(BaseCommand):
    help = (
        "Add a model version's adapter to its base model and write the full weights (safetensors), the "
        "processor, the manifest and the card into a new folder that vLLM and others load."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", type=int, help="its number, as on the page of versions")
        parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a folder to be made")

    def handle(self, *args: Any, **options: Any) -> None:
        from training.ml.merge import merge_adapter  # Loads torch.

        out: Path = options["out"]
        version = version_with(version_id=options["version"])
        if version is None:
            raise CommandError(f"there is no model version {options['version']}", returncode=2)
        params = ModelParams(**version.manifest.get("params", {}).get("model", {"base": version.base_model}))
        texts = {"README.md": card_of(version, is_merged=True), "manifest.json": manifest_of(version)}
        try:
            merge_adapter(params, adapter_folder(version), out, texts=texts)
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        self.stdout.write(f"{out}: {version} as full weights, {size / (1 << 20):.1f} MiB")
