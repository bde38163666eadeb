"""Reads of the taxonomies that admins have uploaded."""

from functools import lru_cache

from django.core.files.storage import default_storage

from catalog.schema.files import read_taxonomy_file
from catalog.schema.spec import SHA256
from catalog.schema.taxonomy import Taxonomy

KEPT_IN_MEMORY = 2
"""Searching one takes milliseconds, reading it a quarter of a second."""


def taxonomy_place(key: str) -> str:
    """Where in the media storage the taxonomy with this key lies."""
    return f"taxonomies/{key}.json.gz"


def taxonomy_kept(key: str) -> Taxonomy | None:
    """The taxonomy with this key; None where none was kept."""
    if not SHA256.fullmatch(key) or not default_storage.exists(taxonomy_place(key)):
        return None
    return _read(key)


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _read(key: str) -> Taxonomy:
    with default_storage.open(taxonomy_place(key)) as file:
        return read_taxonomy_file(file.read(), where="the kept taxonomy")
