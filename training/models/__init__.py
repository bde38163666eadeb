"""What the model learned: rounds and their stages, model versions, predictions and metrics."""

from training.models.promotions import AliasChange, ChangeKind, GateCheck
from training.models.rounds import ZERO_SHOT, Method, Metric, Round, RoundStage
from training.models.shards import Shard
from training.models.verdicts import VerdictUse
from training.models.versions import Alias, AliasName, ModelVersion, Prediction

__all__ = [
    "ZERO_SHOT",
    "Alias",
    "AliasChange",
    "AliasName",
    "ChangeKind",
    "GateCheck",
    "Method",
    "Metric",
    "ModelVersion",
    "Prediction",
    "Round",
    "RoundStage",
    "Shard",
    "VerdictUse",
]
