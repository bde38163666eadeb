"""A round's frozen inputs: catalogue and labels -> JSON at the start (`freezing`, `verticals`), JSON -> the
loop's records in the job (`thawing`).

The photos themselves are not copied: the media storage names a file by its content.
"""

from training.inputs.freezing import freeze
from training.inputs.reviewed import reviewed_questions
from training.inputs.thawing import (
    Names,
    learned_from,
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
    "freeze",
    "learned_from",
    "reviewed_questions",
    "same_inputs",
    "schema_versions",
    "thaw_names",
    "thaw_schema",
    "thaw_splits",
    "thaw_start",
]
