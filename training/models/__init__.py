"""What the model learned: rounds and their stages, model versions, predictions, metrics and routings."""

from training.models.accepted import AcceptedChange, ChangeCounter
from training.models.golds import GoldAnswer
from training.models.health import (
    Alert,
    AlertRule,
    Channel,
    Delivery,
    FigureKind,
    HealthRun,
    WeeklyFigure,
)
from training.models.loop import CPU, AgreementSpread, HumanTime, LabelUse, StageTime
from training.models.metrics import Against, Confusion, Difference, RoundFigure
from training.models.promotions import AliasChange, ChangeKind, GateCheck
from training.models.rounds import ZERO_SHOT, Method, Metric, Round, RoundStage
from training.models.routings import Route, RoutedQuestion, Routing, RoutingState, RoutingThreshold
from training.models.shards import Shard
from training.models.studies import Study, StudyArm, StudyFigure, StudyMeasure, StudyRun, StudyStep
from training.models.verdicts import VerdictUse
from training.models.versions import Alias, AliasName, ModelVersion, Prediction

__all__ = [
    "CPU",
    "ZERO_SHOT",
    "AcceptedChange",
    "AgreementSpread",
    "Against",
    "Alert",
    "Delivery",
    "AlertRule",
    "Alias",
    "AliasChange",
    "AliasName",
    "ChangeKind",
    "ChangeCounter",
    "Channel",
    "Confusion",
    "Difference",
    "FigureKind",
    "GateCheck",
    "HealthRun",
    "GoldAnswer",
    "HumanTime",
    "LabelUse",
    "Method",
    "Metric",
    "ModelVersion",
    "Prediction",
    "Round",
    "RoundFigure",
    "RoundStage",
    "Route",
    "RoutedQuestion",
    "Routing",
    "RoutingState",
    "RoutingThreshold",
    "Shard",
    "StageTime",
    "Study",
    "StudyArm",
    "StudyFigure",
    "StudyMeasure",
    "StudyRun",
    "StudyStep",
    "VerdictUse",
    "WeeklyFigure",
]
