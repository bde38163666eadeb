"""Writes to the catalogue: its schema, imports of listings, photos, splits."""

from catalog.services.folder import FolderImport, folder_import
from catalog.services.schema import schema_import, schema_merge, schema_save

__all__ = ["FolderImport", "folder_import", "schema_import", "schema_merge", "schema_save"]
