"""What the model learned: rounds and their stages, model versions, predictions and metrics."""

from training.models.rounds import ZERO_SHOT, Method, Metric, Round, RoundStage
from training.models.versions import Alias, AliasName, ModelVersion, Prediction

__all__ = [
    "ZERO_SHOT",
    "Alias",
    "AliasName",
    "Method",
    "Metric",
    "ModelVersion",
    "Prediction",
    "Round",
    "RoundStage",
]
