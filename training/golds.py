"""What a model version answered on gold: its round's frozen inputs and artifacts -> the gate's records."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from training.inputs import Json, thaw_schema
from training.ml.errors import DataError
from training.ml.gate import GateOutcome, GoldAnswers, GoldQuestion, gate, refused
from training.ml.loop import Stage
from training.ml.records import Attribute, Chain, read_jsonl
from training.models import ModelVersion, Round


def gate_outcome(version: ModelVersion, champion: ModelVersion) -> GateOutcome:
    """Whether the version may follow the champion; a refusal where one of them has no answers."""
    try:
        return gate(gold_answers(version), gold_answers(champion))
    except DataError as error:
        return refused(f"The two cannot be compared: {error}.")


def gold_answers(version: ModelVersion) -> GoldAnswers:
    """The greedy answers of the version on the gold set that its round froze.

    Raises:
        DataError: when it was never evaluated, or its answers are gone.
    """
    answers = {chain.question_id: chain.answer for chain in _greedy(version)}
    questions = _questions(version.round_id)
    return GoldAnswers(
        version.round_id, {name: one for name, one in questions.items() if name in answers}, answers
    )


def _greedy(version: ModelVersion) -> list[Chain]:
    stage = Stage(version.iteration, "evaluate")
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / version.round.artifact_path / stage.key
    if not (folder / "greedy.jsonl").is_file():
        raise DataError(
            f"{version}: its answers on gold are not in {folder.name}/greedy.jsonl of the round's artifacts: "
            "resume the round, or start one whose gold set both can be measured on"
        )
    return read_jsonl(folder / "greedy.jsonl", Chain)


def _questions(round_id: int) -> dict[str, GoldQuestion]:
    """{question id: as the round froze it} of its gold set. Its pool, which may be millions, is not read."""
    rows, verticals = (
        Round.objects.filter(pk=round_id).values_list("inputs__listings__gold", "inputs__verticals").get()
    )
    schema = thaw_schema({"verticals": verticals})
    return {
        f"{row['listing_id']}/{name}": GoldQuestion(
            row["vertical"], _asked(row, schema[row["vertical"]][name]), truth, name
        )
        for row in rows
        for name, truth in row["answers"].items()
    }


def _asked(row: Json, attribute: Attribute) -> str:
    """A digest of everything about the question that a model is shown."""
    shown: list[Any] = [
        row["vertical"],
        row["title"],
        row["description"],
        [image["sha256"] for image in row["images"]],
        attribute.code,
        attribute.description,
        attribute.allowed_values,
        attribute.multi,
    ]
    return sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()
