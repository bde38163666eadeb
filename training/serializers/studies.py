"""What the API says about studies."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from training.ml.study.guard_counts import recorded_counts
from training.ml.study.targets import Outcome, targets
from training.models import Study, StudyArm, StudyFigure, StudyMeasure


class TargetShown(serializers.Serializer[Any]):
    """Something that the loop is to reach (training.ml.study.targets)."""

    name = serializers.CharField()
    wanted = serializers.CharField()
    found = serializers.CharField(allow_blank=True, help_text="Empty: it was not measured.")
    outcome = serializers.ChoiceField(choices=[one.value for one in Outcome])


class StudyShown(serializers.ModelSerializer[Study]):
    """A study in the list."""

    title = serializers.CharField(source="__str__", read_only=True)
    # DRF keeps declared fields apart from what a serializer has by the same name.
    source = serializers.DictField(  # type: ignore[assignment]
        read_only=True, help_text="What its listings are."
    )
    sizes = serializers.DictField(read_only=True, help_text="Listings of each vertical.")
    summary = serializers.DictField(read_only=True, help_text="The last line that it printed.")

    class Meta:
        model = Study
        fields = ["id", "title", "recorded", "digest", "source", "sizes", "summary"]
        read_only_fields = fields


class StudyFigureShown(serializers.ModelSerializer[StudyFigure]):
    """A mean over the arm's seeds with its 95 % interval, in points of accuracy."""

    measure = serializers.ChoiceField(choices=StudyMeasure.choices, read_only=True)

    class Meta:
        model = StudyFigure
        fields = ["step", "measure", "vertical", "mean", "low", "high", "seeds"]
        read_only_fields = fields


class StudyArmShown(serializers.ModelSerializer[StudyArm]):
    """An arm with its figures, step by step."""

    figures = StudyFigureShown(many=True, read_only=True)

    class Meta:
        model = StudyArm
        fields = ["name", "group", "text", "figures"]
        read_only_fields = fields


class GuardsShown(serializers.Serializer[Any]):
    """How often the gate and the stop rule spoke of an arm's runs (training.ml.study.guard_counts)."""

    arm = serializers.CharField()
    seeds = serializers.IntegerField(help_text="Runs whose answers to gold were kept.")
    worse = serializers.IntegerField(help_text="Runs that ended worse than SFT.")
    passed = serializers.IntegerField(help_text="Runs whose last model the gate prefers to SFT's.")
    passed_worse = serializers.IntegerField(
        help_text="Of those, how many have gained nothing, or nothing but luck."
    )
    stopped = serializers.IntegerField(help_text="Runs that the stop rule would have ended.")


class StudyWhole(StudyShown):
    """A study with its parameters, targets and arms, and what the guards said of those.

    Every seed is in the page's JSON.
    """

    params = serializers.DictField(read_only=True)
    targets = serializers.SerializerMethodField()
    guards = serializers.SerializerMethodField()
    arms = StudyArmShown(many=True, read_only=True)

    class Meta(StudyShown.Meta):
        fields = [*StudyShown.Meta.fields, "params", "targets", "guards", "arms"]
        read_only_fields = fields

    @extend_schema_field(TargetShown(many=True))
    def get_targets(self, study: Study) -> list[dict[str, Any]]:
        """Which were met."""
        return list(TargetShown(targets(study.summary), many=True).data)

    @extend_schema_field(GuardsShown(many=True))
    def get_guards(self, study: Study) -> list[dict[str, Any]]:
        """Of each arm, in their order; empty where the study did not ask them."""
        counts = recorded_counts(study.summary)
        rows = [
            {"arm": arm.name, **asdict(counts[arm.name])} for arm in study.arms.all() if arm.name in counts
        ]
        return list(GuardsShown(rows, many=True).data)
