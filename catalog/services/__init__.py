"""Writes to the catalogue: its schema, imports of listings, photos, splits."""

from catalog.services.schema import schema_import, schema_merge, schema_save

__all__ = ["schema_import", "schema_merge", "schema_save"]
