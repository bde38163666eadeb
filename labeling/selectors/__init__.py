"""Reads of what people said, a module for each part of it."""

from labeling.selectors.labels import LabelRow, import_source, label_rows, labelled_listing_counts

__all__ = ["LabelRow", "import_source", "label_rows", "labelled_listing_counts"]
