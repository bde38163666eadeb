"""The chains behind predictions and gold answers, from the shard files of their round: for people to read."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from labeling.chains import Chain
from training.drilldown import Model
from training.ml.records import Chain as Drawn
from training.ml.run import Stage
from training.ml.shards import GREEDY
from training.models import ZERO_SHOT, ModelVersion, Round
from training.selectors.frozen import frozen_verticals

logger = logging.getLogger(__name__)

Question = tuple[str, str, str]
"""A listing's external id, the code of its vertical, the code of an attribute."""


def chains_of(version: ModelVersion, questions: Collection[Question]) -> dict[Question, list[Chain]]:
    """The chains that the version's votes counted, the likeliest of the most frequent answer first.

    Questions whose chains are gone, or cannot be read, are left out: a vote is a proposal without them too.
    """
    files = [path for folder in _folders(version) for path in sorted(folder.glob("*.parquet"))]
    if not files or not questions:
        return {}
    ids = _ids(version.round_id, questions)
    found: defaultdict[Question, list[Chain]] = defaultdict(list)
    for row in _read(files, ids.keys()):
        if row.index != GREEDY:
            chain = Chain(text=row.text, answer=row.answer or "", logprob=row.logprob)
            found[ids[row.question_id]].append(chain)
    return {question: _best_first(chains) for question, chains in found.items()}


def gold_chains_of(model: Model, questions: Collection[Question]) -> dict[Question, list[Drawn]]:
    """The chains of the model's evaluation on gold, the greedy one too; in order of their numbers.

    Questions whose chains are gone, or cannot be read, are left out.
    """
    is_base = model.iteration == ZERO_SHOT
    stage = Stage(0, "zero_shot") if is_base else Stage(model.iteration, "evaluate")
    files = sorted((_shards(model.round_id) / stage.key).glob("*.parquet"))
    if not files or not questions:
        return {}
    ids = _ids(model.round_id, questions)
    found: defaultdict[Question, list[Drawn]] = defaultdict(list)
    for row in sorted(_read(files, ids.keys()), key=lambda one: one.index):
        found[ids[row.question_id]].append(row)
    return dict(found)


def _folders(version: ModelVersion) -> Iterable[Path]:
    """Where chains on the pool by this version may lie: of the iteration that it began, or of a last look."""
    folder = _shards(version.round_id)
    for stage in (Stage(version.iteration + 1, "sample"), Stage(version.iteration, "predict")):
        yield folder / stage.key


def _shards(round_id: int) -> Path:
    return Round.objects.only("artifact_path").get(pk=round_id).folder / "shards"


def _ids(round_id: int, questions: Collection[Question]) -> dict[str, Question]:
    """{the question's id in the round: the question}, by the names that attributes had when it began."""
    names = {
        (vertical["code"], attribute["code"]): attribute["name"]
        for vertical in frozen_verticals(round_id=round_id)["verticals"]
        for attribute in vertical["attributes"]
    }
    return {
        f"{question[0]}/{names[question[1:]]}": question for question in questions if question[1:] in names
    }


def _read(files: list[Path], ids: Collection[str]) -> list[Drawn]:
    import pyarrow as pa  # The web process loads it when somebody wants to read chains.
    import pyarrow.dataset as ds

    columns = ["question_id", "index", "text", "answer", "logprob"]
    wanted = ds.field("question_id").isin(list(ids))
    try:
        rows = ds.dataset(files, format="parquet").to_table(columns=columns, filter=wanted).to_pylist()
    except (OSError, pa.ArrowException) as error:
        logger.warning("chains cannot be read (%s): people see the votes without them", error)
        return []
    return [Drawn(**row) for row in rows]


def _best_first(chains: list[Chain]) -> list[Chain]:
    """By the votes of their answers, those without one last; among equals the likeliest."""
    votes: defaultdict[str, int] = defaultdict(int)
    for chain in chains:
        votes[chain.answer] += 1
    return sorted(
        chains,
        key=lambda one: (not one.answer, -votes[one.answer], one.answer, -(one.logprob or 0.0)),
    )
