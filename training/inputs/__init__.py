"""A round's frozen inputs: catalogue and labels -> JSON at the start (`freezing`, `verticals`), the pool ->
files in the job (`pool`), both -> the loop's records (`thawing`).

The photos themselves are not copied: the media storage names a file by its content.
"""

from training.inputs.freezing import freeze
from training.inputs.pool import PoolRows, pool_now
from training.inputs.reviewed import reviewed_questions
from training.inputs.thawing import (
    Names,
    labelled_to_learn_from,
    photo_paths,
    same_inputs,
    schema_versions,
    thaw_names,
    thaw_schema,
    thaw_splits,
    thaw_start,
)
from training.inputs.verticals import Json

__all__ = [
    "Json",
    "Names",
    "PoolRows",
    "freeze",
    "labelled_to_learn_from",
    "photo_paths",
    "pool_now",
    "reviewed_questions",
    "same_inputs",
    "schema_versions",
    "thaw_names",
    "thaw_schema",
    "thaw_splits",
    "thaw_start",
]
