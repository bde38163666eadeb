"""How accurate the champion is where people audited it."""

from training.ml.drift import Measured
from training.ml.live import live_accuracy
from training.models import ModelVersion
from training.routing.evidence import audited_of


def audited_accuracies(version: ModelVersion | None) -> dict[str, Measured]:
    """{vertical: accuracy of the version's majority on audited questions}, with its 95 % interval."""
    if version is None:
        return {}
    return {
        row.vertical: Measured(row.accuracy, row.low, row.high, row.questions)
        for row in live_accuracy(audited_of(version))
        if row.vertical
    }
