"""Reads of the catalogue, a module for each part of it."""

from catalog.selectors.listings import listing_counts, listings_of
from catalog.selectors.photos import image_get, image_sha256
from catalog.selectors.schema import (
    attributes_with_values,
    schema_now,
    schema_version_now,
    schema_versions_now,
    vertical_spec,
)

__all__ = [
    "attributes_with_values",
    "image_get",
    "image_sha256",
    "listing_counts",
    "listings_of",
    "schema_now",
    "schema_version_now",
    "schema_versions_now",
    "vertical_spec",
]
