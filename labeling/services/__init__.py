"""Writes of what people said: single answers (`answers`), and those that come in bulk (`imports`)."""

from labeling.services.answers import (
    annotation_record,
    label_record,
    label_restore,
    suggestion_add,
)
from labeling.services.imports import (
    labels_record,
    labels_record_claims,
    labels_record_file,
)

__all__ = [
    "annotation_record",
    "label_record",
    "label_restore",
    "labels_record",
    "labels_record_claims",
    "labels_record_file",
    "suggestion_add",
]
