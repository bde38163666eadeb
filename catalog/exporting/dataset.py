"""The folder that Hugging Face `datasets` loads: its columns and its card. Pure.

It is an "image folder" (datasets 5.2, packaged_modules/folder_based_builder): in each split's folder lie the
photos and a metadata file, whose column `file_names` becomes the column `images`. The metadata are Parquet:
the loader guesses the types of JSONL, and refuses everything when a split without labels gives it nothing to
guess from. Nor can it load a row without photos.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.exporting.tables import Column, Columns, Kind, numbers, texts

ANSWER = (
    *texts("attribute", "attribute_label"),
    Column("values", Kind.TEXTS),
    Column("value_labels", Kind.TEXTS),
    *texts("state"),
)
LABELS = Column("labels", Kind.RECORDS, (*ANSWER, *texts("provenance"), *numbers("schema_version")))
PREDICTIONS = Column(
    "predictions", Kind.RECORDS, (*ANSWER, Column("agreement", Kind.SHARE), *numbers("votes", "chains"))
)
METADATA = "metadata.parquet"
TYPES = {Kind.TEXT: "string", Kind.NUMBER: "int64", Kind.SHARE: "float64"}


def metadata_columns(*, labels: bool, predictions: bool) -> Columns:
    """The columns of a metadata file."""
    return (
        Column("file_names", Kind.TEXTS),
        Column("listing", Kind.NUMBER),
        *texts("listing_id", "vertical", "vertical_label", "title", "description"),
        *([LABELS] if labels else []),
        *([PREDICTIONS] if predictions else []),
    )


@dataclass(slots=True)
class Size:
    """How much there is in a split."""

    listings: int = 0
    bytes: int = 0
    """of its photos"""


def card(columns: Columns, *, splits: Mapping[str, Size], left_out: int, missing: int) -> str:
    """README.md: the card's YAML, then what a person should know. The splits are in order and not empty."""
    features = [Column("images", Kind.TEXTS), *columns[1:]]
    lines = [
        "---",
        "license: unknown  # Say who may use this: huggingface.co/docs/hub/repositories-licenses",
        "pretty_name: Product listings with attributes",
        "task_categories:",
        "- image-classification",
        "- visual-question-answering",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(line for split in splits for line in (f"  - split: {split}", f"    path: data/{split}/**")),
        "dataset_info:",
        "  features:",
        *(line for feature in features for line in _feature(feature, "  ")),
        "  splits:",
        *(
            line
            for split, size in splits.items()
            for line in (
                f"  - name: {split}",
                f"    num_bytes: {size.bytes}",
                f"    num_examples: {size.listings}",
            )
        ),
        "---",
        "",
    ]
    return "\n".join(lines) + _text(columns, splits, left_out=left_out, missing=missing)


def _feature(column: Column, indent: str) -> list[str]:
    """The feature in the YAML that `datasets` writes."""
    head = f"{indent}- name: {column.name}"
    match column.kind:
        case Kind.TEXTS:
            return [head, f"{indent}  list: {'image' if column.name == 'images' else 'string'}"]
        case Kind.RECORDS:
            inner = [line for one in column.columns for line in _feature(one, f"{indent}  ")]
            return [head, f"{indent}  list:", *inner]
    return [head, f"{indent}  dtype: {TYPES[column.kind]}"]


def _text(columns: Columns, splits: Mapping[str, Size], *, left_out: int, missing: int) -> str:
    names = {column.name for column in columns}
    counts = ", ".join(f"{size.listings} {split}" for split, size in splits.items()) or "none"
    parts = [
        "# Product listings with attributes",
        f"Listings: {counts}. A row is a listing with its photos in order.",
    ]
    if "labels" in names:
        parts.append(
            "`labels` are the answers that hold, one for each labelled attribute: codes and labels of its "
            "values, or a state (`not_applicable`, `not_visible`, `unknown`), where the answer comes from, "
            "and the number of the schema version that was asked."
        )
    if "predictions" in names:
        parts.append(
            "`predictions` are what the majority of a model's chains answered; `agreement` is their share."
        )
    if left_out or missing:
        parts.append(
            f"Left out: {left_out} listings without a photo, {missing} photos whose file is missing."
        )
    return "\n\n".join(parts) + "\n"
