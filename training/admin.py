from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin import ReadOnlyAdmin
from training.models import (
    AgreementSpread,
    Alert,
    AlertRule,
    Alias,
    AliasChange,
    Confusion,
    Delivery,
    Difference,
    GateCheck,
    GoldAnswer,
    HealthRun,
    HumanTime,
    Metric,
    ModelVersion,
    Prediction,
    Round,
    RoundFigure,
    RoundStage,
    RoutedQuestion,
    Routing,
    StageTime,
    Study,
    StudyArm,
    StudyFigure,
    StudyRun,
    StudyStep,
    WeeklyFigure,
)


class StageInline(admin.TabularInline[RoundStage, Round]):
    model = RoundStage
    extra = 0
    can_delete = False
    readonly_fields = ["iteration", "name", "status", "done", "total", "started", "finished", "error"]
    exclude = ["heartbeat", "result"]

    def has_add_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin[Round]):
    list_display = [
        "__str__",
        "status",
        "worker",
        "created_by",
        "created",
        "started",
        "heartbeat",
        "finished",
    ]
    list_filter = ["status"]
    list_select_related = ["created_by"]
    date_hierarchy = "created"
    exclude = ["inputs"]  # Megabytes of JSON; the artifact folder's manifest.json has them.
    inlines = [StageInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Round]:
        return super().get_queryset(request).defer("inputs")


@admin.register(RoundStage)
class RoundStageAdmin(ReadOnlyAdmin[RoundStage]):
    list_display = ["round", "iteration", "name", "status", "done", "total", "started", "finished"]
    list_filter = ["status", "name"]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin[ModelVersion]):
    list_display = ["__str__", "base_model", "adapter_path", "size", "files_removed", "created"]
    search_fields = ["base_model", "adapter_path"]
    date_hierarchy = "created"


@admin.register(Alias)
class AliasAdmin(ReadOnlyAdmin[Alias]):
    list_display = ["name", "version", "updated"]


@admin.register(AliasChange)
class AliasChangeAdmin(ReadOnlyAdmin[AliasChange]):
    list_display = ["created", "alias", "kind", "from_version", "to_version", "by", "reason"]
    list_filter = ["alias", "kind"]
    list_select_related = ["from_version", "to_version", "by"]


@admin.register(GateCheck)
class GateCheckAdmin(ReadOnlyAdmin[GateCheck]):
    list_display = ["created", "version", "champion", "passed"]
    list_filter = ["passed"]
    list_select_related = ["version", "champion"]


@admin.register(GoldAnswer)
class GoldAnswerAdmin(ReadOnlyAdmin[GoldAnswer]):
    list_display = ["listing", "attribute", "truth", "greedy", "majority", "agreement", "round", "iteration"]
    list_filter = ["attribute__vertical", "greedy_correct", "iteration"]
    list_select_related = ["listing", "attribute__vertical", "round"]
    search_fields = ["listing__external_id", "truth", "greedy"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoldAnswer]:
        return super().get_queryset(request).defer("round__inputs")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin[Prediction]):
    list_display = ["listing", "attribute", "majority", "agreement", "chains", "model_version"]
    list_filter = ["attribute__vertical", "model_version__iteration"]
    list_select_related = ["listing", "attribute__vertical", "model_version"]
    search_fields = ["listing__external_id", "majority"]


@admin.register(Routing)
class RoutingAdmin(ReadOnlyAdmin[Routing]):
    list_display = ["__str__", "version", "state", "status", "created_by", "created", "confirmed"]
    list_filter = ["state", "status"]
    list_select_related = ["version", "created_by"]
    exclude = ["calibration"]


@admin.register(RoutedQuestion)
class RoutedQuestionAdmin(ReadOnlyAdmin[RoutedQuestion]):
    list_display = ["listing", "attribute", "route", "rank", "routing", "released", "withdrawn"]
    list_filter = ["route", "attribute__vertical"]
    list_select_related = ["listing", "attribute__vertical", "routing"]
    search_fields = ["listing__external_id"]


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin[Metric]):
    list_display = [
        "round",
        "iteration",
        "method",
        "vertical",
        "attribute",
        "value",
        "low",
        "high",
        "questions",
    ]
    list_filter = ["method", "iteration", "vertical"]
    list_select_related = ["vertical", "attribute__vertical"]


@admin.register(RoundFigure)
class RoundFigureAdmin(ReadOnlyAdmin[RoundFigure]):
    list_display = [
        *("round", "iteration", "vertical", "attribute", "name", "answer", "value", "low", "high", "count")
    ]
    list_filter = ["name", "iteration", "vertical"]
    list_select_related = ["vertical", "attribute__vertical"]


@admin.register(Confusion)
class ConfusionAdmin(ReadOnlyAdmin[Confusion]):
    list_display = ["round", "iteration", "attribute", "truth", "said", "count"]
    list_filter = ["iteration", "attribute__vertical"]
    list_select_related = ["attribute__vertical"]


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin[Difference]):
    list_display = [
        *("round", "iteration", "against", "other_round", "other_iteration", "vertical", "attribute"),
        *("questions", "alone", "other_alone", "p_value"),
    ]
    list_filter = ["against", "iteration", "vertical"]
    list_select_related = ["vertical", "attribute__vertical"]


@admin.register(StageTime)
class StageTimeAdmin(ReadOnlyAdmin[StageTime]):
    list_display = ["stage", "device", "processes", "seconds"]
    list_filter = ["device", "stage__name"]
    list_select_related = ["stage"]


@admin.register(HumanTime)
class HumanTimeAdmin(ReadOnlyAdmin[HumanTime]):
    list_display = ["round_id", "vertical", "use", "listings", "timed", "turns", "seconds"]
    list_filter = ["use", "vertical"]
    list_select_related = ["vertical"]


@admin.register(AgreementSpread)
class AgreementSpreadAdmin(ReadOnlyAdmin[AgreementSpread]):
    list_display = ["round_id", "iteration", "vertical", "questions", "mean"]
    list_filter = ["iteration", "vertical"]
    list_select_related = ["vertical"]


@admin.register(HealthRun)
class HealthRunAdmin(ReadOnlyAdmin[HealthRun]):
    list_display = ["week", "status", "worker", "created", "started", "finished", "error"]
    list_filter = ["status"]


@admin.register(WeeklyFigure)
class WeeklyFigureAdmin(ReadOnlyAdmin[WeeklyFigure]):
    list_display = ["week", "vertical", "attribute", "kind", "value", "reference", "count", "adjusted"]
    list_filter = ["kind", "vertical"]
    list_select_related = ["vertical", "attribute__vertical"]


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnlyAdmin[AlertRule]):
    list_display = ["kind", "vertical", "least", "level", "active", "by_mail", "by_webhook", "changed_by"]
    list_select_related = ["vertical", "changed_by"]


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    list_display = ["opened", "kind", "vertical", "attribute", "week", "acknowledged_by", "resolved"]
    list_filter = ["kind", "vertical"]
    list_select_related = ["vertical", "attribute__vertical", "acknowledged_by"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ["id", "event", "alert", "subject", "channel", "status", "attempts", "due", "problem"]
    list_filter = ["channel", "status"]
    list_select_related = ["alert__vertical", "alert__attribute__vertical"]


@admin.register(Study)
class StudyAdmin(ReadOnlyAdmin[Study]):
    list_display = ["__str__", "recorded", "digest"]
    exclude = ["document"]  # Its page gives it whole.

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        return super().get_queryset(request).defer("document")


@admin.register(StudyArm)
class StudyArmAdmin(ReadOnlyAdmin[StudyArm]):
    list_display = ["study_id", "position", "name", "group", "text"]
    list_filter = ["group"]


@admin.register(StudyRun)
class StudyRunAdmin(ReadOnlyAdmin[StudyRun]):
    list_display = ["arm", "seed", "pool", "questions", "majority_class", "seconds"]
    list_select_related = ["arm"]


@admin.register(StudyStep)
class StudyStepAdmin(ReadOnlyAdmin[StudyStep]):
    list_display = ["run_id", "name", "greedy", "majority", "agreement", "learned_from", "names_evidence"]
    list_filter = ["name"]


@admin.register(StudyFigure)
class StudyFigureAdmin(ReadOnlyAdmin[StudyFigure]):
    list_display = ["arm", "step", "measure", "vertical", "mean", "low", "high", "seeds"]
    list_filter = ["measure", "vertical"]
    list_select_related = ["arm"]
