"""What the API says about rounds, model versions, metrics and routings, and reads from who manages them."""

from typing import Any, get_args

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from catalog.models import Status
from catalog.serializers import PersonField, WorkShown
from training.ml.params import ITERATIONS, Strategy
from training.ml.presets import PRESETS
from training.models import AliasName, Method, Metric, Round, Routing, RoutingState
from training.services import MOST_ITERATIONS
from training.version_forms import LONGEST_REASON

LARGEST_SEED = 2**31 - 1
LARGEST_KEY = 2**63 - 1


class MetricShown(serializers.ModelSerializer[Metric]):
    """Gold accuracy of a model on all, a vertical, or an attribute of it."""

    method = serializers.ChoiceField(choices=Method.choices, read_only=True)
    vertical = serializers.CharField(source="vertical.code", read_only=True, allow_null=True, default=None)
    attribute = serializers.CharField(source="attribute.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Metric
        fields = [
            *("id", "round", "iteration", "method", "vertical", "attribute", "questions", "correct"),
            *("unparseable", "majority_class", "value", "low", "high"),
        ]
        read_only_fields = fields


class RoundShown(WorkShown):
    """A round in the list."""

    class Meta(WorkShown.Meta):
        model = Round  # type: ignore[assignment]
        fields = [*WorkShown.Meta.fields, "counts", "questions", "stage_count", "note"]
        read_only_fields = fields


class StageShown(serializers.Serializer[Any]):
    """A stage of a round (training.selectors.StageRow)."""

    iteration = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="0: not known yet.")
    error = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField(allow_null=True)
    outcome = serializers.DictField(help_text="What its result says.")


class RoundWhole(RoundShown):
    """A round with its stages and what its models know."""

    stages = StageShown(source="stages_shown", many=True, read_only=True)
    metrics = MetricShown(source="metrics_shown", many=True, read_only=True)
    versions = serializers.ListField(
        source="versions_shown", child=serializers.IntegerField(), read_only=True
    )

    class Meta(RoundShown.Meta):
        fields = [*RoundShown.Meta.fields, "params", "left_out", "stages", "metrics", "versions"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "the usual loop", {"strategy": "sft_dpo", "iterations": 3, "seed": 0}, request_only=True
        )
    ]
)
class RoundBody(serializers.Serializer[Any]):
    """What a round is started with; what is left out is as on the page."""

    strategy = serializers.ChoiceField(choices=list(get_args(Strategy)), default="sft_dpo")
    preset = serializers.ChoiceField(choices=["", *PRESETS], default="", help_text="Empty: what suits.")
    iterations = serializers.IntegerField(default=ITERATIONS, min_value=0, max_value=MOST_ITERATIONS)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST_SEED)


class AccuracyShown(serializers.Serializer[Any]):
    """A gold accuracy with its 95 % interval, as shares."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    questions = serializers.IntegerField()


class VersionShown(serializers.Serializer[Any]):
    """A model version (training.version_page.VersionRow)."""

    id = serializers.IntegerField(source="version.pk")
    round = serializers.IntegerField(source="version.round_id")
    iteration = serializers.IntegerField(source="version.iteration")
    base_model = serializers.CharField(source="version.base_model")
    # DRF keeps declared fields apart from what a serializer has by the same name.
    parent = serializers.IntegerField(  # type: ignore[assignment]
        source="version.parent_id", allow_null=True
    )
    size = serializers.IntegerField(source="version.size", allow_null=True, help_text="Bytes.")
    created = serializers.DateTimeField(source="version.created")
    files_removed = serializers.DateTimeField(source="version.files_removed", allow_null=True)
    aliases = serializers.ListField(child=serializers.ChoiceField(choices=AliasName.choices))
    accuracy = AccuracyShown(source="figure", allow_null=True, help_text="Greedy, on all gold.")


class CheckShown(serializers.Serializer[Any]):
    """The gate's word on the version against the champion."""

    champion = serializers.IntegerField(source="champion_id")
    passed = serializers.BooleanField()
    created = serializers.DateTimeField()
    outcome = serializers.JSONField()


class VersionWhole(VersionShown):
    """A model version with its manifest, and the newest check against the champion."""

    manifest = serializers.JSONField(source="version.manifest")
    check = serializers.SerializerMethodField()

    def get_check(self, row: Any) -> dict[str, Any] | None:
        """The newest check; none without one."""
        found = self.context.get("check")
        return CheckShown(found).data if found else None


class RollbackBody(serializers.Serializer[Any]):
    """Back to the champion before."""

    champion = serializers.IntegerField(
        min_value=1, max_value=LARGEST_KEY, help_text="The champion as you know it: 409 if it is another one."
    )
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="It is kept in the history.")


class PromotionBody(RollbackBody):
    """Make a version the champion."""

    override = serializers.BooleanField(default=False, help_text="Even if it does not pass the gate.")


class AliasChangeShown(serializers.Serializer[Any]):
    """How an alias came to point elsewhere."""

    id = serializers.IntegerField()
    alias = serializers.ChoiceField(choices=AliasName.choices)
    kind = serializers.CharField()
    from_version = serializers.IntegerField(source="from_version_id", allow_null=True)
    to_version = serializers.IntegerField(source="to_version_id", allow_null=True)
    by = PersonField()
    reason = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()


class RoutingShown(WorkShown):
    """A routing: what becomes of a version's predictions."""

    state = serializers.ChoiceField(choices=RoutingState.choices, read_only=True)
    confirmed_by = PersonField()

    class Meta(WorkShown.Meta):
        model = Routing  # type: ignore[assignment]
        fields = [
            *WorkShown.Meta.fields,
            *("version", "state", "params", "done", "total", "summary"),
            *("confirmed", "confirmed_by", "superseded"),
        ]
        read_only_fields = fields


class ThresholdShown(serializers.Serializer[Any]):
    """From which agreement on answers to an attribute are accepted."""

    vertical = serializers.CharField(source="attribute.vertical.code")
    attribute = serializers.CharField(source="attribute.code")
    threshold = serializers.FloatField(allow_null=True, help_text="Null: nothing is accepted.")
    why = serializers.CharField(allow_blank=True)
    judged = serializers.IntegerField()
    above = serializers.IntegerField()
    correct = serializers.IntegerField()
    expected = serializers.FloatField(help_text="Precision of what is accepted, as calibrated.")
    bound = serializers.FloatField(allow_null=True)


class RoutingWhole(RoutingShown):
    """A routing with its thresholds."""

    thresholds = ThresholdShown(source="thresholds_shown", many=True, read_only=True)

    class Meta(RoutingShown.Meta):
        fields = [*RoutingShown.Meta.fields, "thresholds"]
        read_only_fields = fields
