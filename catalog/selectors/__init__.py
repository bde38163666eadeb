"""Reads of the catalogue, a module for each part of it."""

from catalog.selectors.listings import listing_counts, listings_of
from catalog.selectors.photos import ShownPhoto, photo_shown
from catalog.selectors.schema import (
    attributes_with_values,
    schema_now,
    schema_version_now,
    schema_versions_now,
    vertical_spec,
)

__all__ = [
    "ShownPhoto",
    "attributes_with_values",
    "listing_counts",
    "listings_of",
    "photo_shown",
    "schema_now",
    "schema_version_now",
    "schema_versions_now",
    "vertical_spec",
]
