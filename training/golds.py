"""What a model version answered on gold: its round's frozen inputs and its rows -> the gate's records."""

import json
from hashlib import sha256
from typing import Any

from training.inputs import Json, thaw_names, thaw_schema
from training.ml.errors import DataError
from training.ml.gate import GateOutcome, GoldAnswers, GoldQuestion, gate, refused
from training.ml.records import Attribute
from training.models import ModelVersion, Round
from training.selectors.golds import gold_answers


def gate_outcome(version: ModelVersion, champion: ModelVersion) -> GateOutcome:
    """Whether the version may follow the champion; a refusal where one of them has no answers."""
    try:
        return gate(answers_of(version), answers_of(champion))
    except DataError as error:
        return refused(f"The two cannot be compared: {error}.")


def answers_of(version: ModelVersion) -> GoldAnswers:
    """The greedy answers of the version on the gold set that its round froze.

    Raises:
        DataError: when it was never evaluated, or not since answers are kept.
    """
    rows = gold_answers(round_id=version.round_id).filter(iteration=version.iteration).order_by()
    said = {
        (listing, attribute): greedy or None
        for listing, attribute, greedy in rows.values_list(
            "listing__external_id", "attribute__code", "greedy"
        )
    }
    if not said:
        raise DataError(
            f"{version}: its answers on gold are not kept, since it was measured before they were: "
            "start a round whose gold set both can be measured on"
        )
    questions = _questions(version.round_id)
    answered = {name: (question, said[key]) for name, (question, key) in questions.items() if key in said}
    return GoldAnswers(
        version.round_id,
        {name: question for name, (question, _) in answered.items()},
        {name: answer for name, (_, answer) in answered.items()},
    )


def _questions(round_id: int) -> dict[str, tuple[GoldQuestion, tuple[str, str]]]:
    """{question id: (as the round froze it, its (external id, attribute code))} of its gold set.

    Its pool, which may be millions, is not read.
    """
    rows, verticals = (
        Round.objects.filter(pk=round_id).values_list("inputs__listings__gold", "inputs__verticals").get()
    )
    frozen = {"verticals": verticals}
    schema, names = thaw_schema(frozen), thaw_names(frozen)
    return {
        f"{row['listing_id']}/{name}": (
            GoldQuestion(row["vertical"], _asked(row, schema[row["vertical"]][name]), truth, name),
            (row["listing_id"], names.attributes[row["vertical"], name]),
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
