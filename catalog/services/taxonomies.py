"""Writes to the taxonomies that admins have uploaded to choose categories from."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.schema.files import write_taxonomy_file
from catalog.schema.taxonomy import Taxonomy
from catalog.selectors.taxonomies import taxonomy_place


def taxonomy_keep(*, taxonomy: Taxonomy) -> str:
    """Keep the taxonomy in the media storage and return the key by which selectors find it.

    The key comes from the content: the same taxonomy is kept once.
    """
    content = write_taxonomy_file(taxonomy)
    key = hashlib.sha256(content).hexdigest()
    if not default_storage.exists(taxonomy_place(key)):
        default_storage.save(taxonomy_place(key), ContentFile(content))
    return key
