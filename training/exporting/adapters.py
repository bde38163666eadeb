"""A model version's adapter as a download: its files, its manifest and its card in one folder of a zip."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from catalog.exporting.members import Member
from training.cards import card_of, manifest_of
from training.ml.errors import DataError
from training.models import ModelVersion

PIECE = 1 << 20
OWN = ("README.md", "manifest.json")
"""Names that ours have, whatever training wrote under them."""


def adapter_name(version: ModelVersion) -> str:
    """What the download and the folder in it are called."""
    return f"attrx-version-{version.pk}"


def adapter_members(version: ModelVersion) -> Iterator[Member]:
    """The files of the zip, the small ones first.

    Raises:
        DataError: when the adapter's files are gone, before the first member is asked for.
    """
    folder = adapter_folder(version)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in OWN)
    return _members(version, folder, files)


def adapter_folder(version: ModelVersion) -> Path:
    """Where the adapter's files are.

    Raises:
        DataError: when they were removed, or are not where they should be.
    """
    if version.files_removed:
        raise DataError(
            f"{version}: its files were removed on {version.files_removed:%Y-%m-%d}: choose another version"
        )
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path
    if not folder.is_dir():
        raise DataError(
            f"{version}: its adapter is missing from the artifacts ({version.adapter_path}): "
            "restore the folder from a backup, or choose another version"
        )
    return folder


def _members(version: ModelVersion, folder: Path, files: list[Path]) -> Iterator[Member]:
    name = adapter_name(version)
    for own, text in zip(OWN, (card_of(version), manifest_of(version)), strict=True):
        data = text.encode()
        yield Member(f"{name}/{own}", [data], size=len(data))
    for path in files:
        yield Member(
            f"{name}/{path.relative_to(folder).as_posix()}",
            _pieces(path),
            is_packed=path.suffix == ".safetensors",
            size=path.stat().st_size,
        )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
