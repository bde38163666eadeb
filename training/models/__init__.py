"""What the model learned: rounds and their stages, model versions, predictions and metrics."""

from training.models.golds import GoldAnswer
from training.models.health import (
    Alert,
    AlertDelivery,
    AlertRule,
    Channel,
    FigureKind,
    HealthRun,
    WeeklyFigure,
)
from training.models.promotions import AliasChange, ChangeKind, GateCheck
from training.models.rounds import ZERO_SHOT, Method, Metric, Round, RoundStage
from training.models.shards import Shard
from training.models.versions import Alias, AliasName, ModelVersion, Prediction

__all__ = [
    "ZERO_SHOT",
    "Alert",
    "AlertDelivery",
    "AlertRule",
    "Alias",
    "AliasChange",
    "AliasName",
    "ChangeKind",
    "Channel",
    "FigureKind",
    "GateCheck",
    "HealthRun",
    "GoldAnswer",
    "Method",
    "Metric",
    "ModelVersion",
    "Prediction",
    "Round",
    "RoundStage",
    "Shard",
    "WeeklyFigure",
]
