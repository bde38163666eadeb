"""What the API reads from who wants predictions, and what it answers."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from catalog.imaging.verify import BYTES_MOST
from labeling.serializers import STATES
from training.predicting.wanted import MOST_CHAINS, MOST_PHOTOS

LARGEST_KEY = 2**63 - 1
LONGEST_ID, LONGEST_TITLE, LONGEST_TEXT, LONGEST_ADDRESS = 200, 500, 10_000, 2_000
MOST_ATTRIBUTES = 200


@extend_schema_serializer(
    examples=[
        OpenApiExample("a listing of the catalogue", {"listing": "kurta-0042"}, request_only=True),
        OpenApiExample(
            "photos on the web",
            {
                "vertical": "kurta",
                "urls": ["https://example.com/kurta.jpg"],
                "title": "Blue cotton kurta",
                "attributes": ["color"],
            },
            request_only=True,
        ),
    ]
)
class PredictBody(serializers.Serializer[Any]):
    """A listing of the catalogue, or a vertical and photos of something that need not be in it."""

    listing = serializers.CharField(
        required=False, max_length=LONGEST_ID, help_text="Its id in the catalogue; then no photos are given."
    )
    vertical = serializers.CharField(
        required=False, max_length=LONGEST_ID, help_text="Code; needed with photos."
    )
    urls = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ADDRESS),
        required=False,
        max_length=MOST_PHOTOS,
        help_text="Addresses of photos, http or https.",
    )
    title = serializers.CharField(required=False, max_length=LONGEST_TITLE, help_text="Shown to the model.")
    description = serializers.CharField(
        required=False, max_length=LONGEST_TEXT, help_text="Shown to the model."
    )
    attributes = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ID),
        required=False,
        max_length=MOST_ATTRIBUTES,
        help_text="Codes; all of the vertical unless said.",
    )
    chains = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_CHAINS,
        help_text="As many as the version's round drew, unless said: only those have a confidence.",
    )
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_KEY, help_text="The champion, unless said."
    )
    reasoning = serializers.BooleanField(
        default=False, help_text="Whether to tell what each chain says, not only its answer."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A listing has its photos and its vertical; photos need one."""
        own = [name for name in ("photos", "urls", "vertical", "title", "description") if attrs.get(name)]
        if attrs.get("listing") and own:
            raise serializers.ValidationError({own[0]: "A listing has its own: leave it out."})
        if not attrs.get("listing") and not attrs.get("vertical"):
            raise serializers.ValidationError({"vertical": "Name the vertical of the photos, or a listing."})
        return attrs


class PredictForm(PredictBody):
    """The same as a form with files."""

    photos = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        max_length=MOST_PHOTOS,
        help_text="Files: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF.",
    )

    def validate_photos(self, photos: list[Any]) -> list[Any]:
        """None is so large that it should not be read."""
        for number, one in enumerate(photos, 1):
            if one.size > BYTES_MOST:
                most = f"{BYTES_MOST / 1e6:,.0f} MB are the most"
                raise serializers.ValidationError(
                    f"Number {number} has {one.size / 1e6:,.0f} MB, and {most}: save it smaller."
                )
        return photos


class ChainShown(serializers.Serializer[Any]):
    """A chain."""

    text = serializers.CharField(help_text="What it says, reasoning and answer.")
    answer = serializers.CharField(allow_null=True, help_text="In words; null: none that is allowed.")
    logprob = serializers.FloatField(help_text="Of its tokens, in nats.")


class PredictedShown(serializers.Serializer[Any]):
    """The answer to a question (training.predicting.asking.Predicted)."""

    attribute = serializers.CharField(help_text="Code.")
    values = serializers.ListField(child=serializers.CharField(), help_text="Value codes of the majority.")
    state = serializers.ChoiceField(choices=STATES, help_text="The majority, where it is a state.")
    said = serializers.CharField(
        allow_blank=True, help_text="The majority in words; empty: no chain ended in an allowed answer."
    )
    agreement = serializers.FloatField(help_text="Top count / chains.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="{answer: chains}")
    confidence = serializers.FloatField(
        allow_null=True, help_text="How likely it is right, as calibrated on judged answers; null: see `why`."
    )
    accepted = serializers.BooleanField(
        allow_null=True, help_text="Whether such an answer is accepted unseen; null: see `why`."
    )
    why = serializers.CharField(allow_blank=True, help_text="Why confidence or acceptance is not known.")
    chains = ChainShown(many=True, required=False, help_text="Where `reasoning` was asked for.")


class PredictionAnswer(serializers.Serializer[Any]):
    """The answers about one listing."""

    version = serializers.IntegerField(source="version.pk", help_text="The model version that answered.")
    version_name = serializers.CharField(source="version", help_text="What people call it.")
    vertical = serializers.CharField()
    chains = serializers.IntegerField(help_text="Drawn for each attribute.")
    routing = serializers.IntegerField(
        allow_null=True, help_text="The routing whose thresholds and calibration were used."
    )
    seconds = serializers.FloatField(help_text="From the request to the answer.")
    answers = PredictedShown(many=True)

    def to_representation(self, instance: Any) -> Any:
        """Without chains, unless they were asked for."""
        shown = super().to_representation(instance)
        if not self.context.get("reasoning"):
            for answer in shown["answers"]:
                answer.pop("chains", None)
        return shown
