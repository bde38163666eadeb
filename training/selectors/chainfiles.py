"""The chains behind a version's predictions, from the shard files of its round: for reviewers to read."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from labeling.chains import Chain
from training.ml.loop import Stage
from training.ml.shards import GREEDY
from training.models import ModelVersion, Round

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
    ids = _ids(version, questions)
    found: defaultdict[Question, list[Chain]] = defaultdict(list)
    for question_id, chain in _read(files, ids.keys()):
        found[ids[question_id]].append(chain)
    return {question: _best_first(chains) for question, chains in found.items()}


def _folders(version: ModelVersion) -> Iterable[Path]:
    """Where chains on the pool by this version may lie: of the iteration that it began, or of a last look."""
    folder = Round.objects.only("artifact_path").get(pk=version.round_id).folder / "shards"
    for stage in (Stage(version.iteration + 1, "sample"), Stage(version.iteration, "predict")):
        yield folder / stage.key


def _ids(version: ModelVersion, questions: Collection[Question]) -> dict[str, Question]:
    """{the question's id in the round: the question}, by the names that attributes had when it began."""
    verticals = Round.objects.values_list("inputs__verticals", flat=True).get(pk=version.round_id)
    names = {
        (vertical["code"], attribute["code"]): attribute["name"]
        for vertical in verticals
        for attribute in vertical["attributes"]
    }
    return {
        f"{question[0]}/{names[question[1:]]}": question for question in questions if question[1:] in names
    }


def _read(files: list[Path], ids: Collection[str]) -> Iterable[tuple[str, Chain]]:
    import pyarrow as pa  # Only jobs come here: the web process does without.
    import pyarrow.dataset as ds

    columns = ["question_id", "index", "text", "answer", "logprob"]
    wanted = ds.field("question_id").isin(list(ids))
    try:
        rows = ds.dataset(files, format="parquet").to_table(columns=columns, filter=wanted).to_pylist()
    except (OSError, pa.ArrowException) as error:
        logger.warning("chains cannot be read (%s): reviewers see the votes without them", error)
        return
    for row in rows:
        if row["index"] != GREEDY:
            chain = Chain(text=row["text"], answer=row["answer"] or "", logprob=row["logprob"])
            yield row["question_id"], chain


def _best_first(chains: list[Chain]) -> list[Chain]:
    """By the votes of their answers, those without one last; among equals the likeliest."""
    votes: defaultdict[str, int] = defaultdict(int)
    for chain in chains:
        votes[chain.answer] += 1
    return sorted(
        chains,
        key=lambda one: (not one.answer, -votes[one.answer], one.answer, -(one.logprob or 0.0)),
    )
