"""What the API says about listings: what exists, what people said, what the champion thinks."""

from typing import Any

from rest_framework import serializers

from catalog.splits import Split
from labeling.serializers import STATES, LabelShown

SPLITS = [(split.value, split.value) for split in Split]


class ListingLine(serializers.Serializer[Any]):
    """A listing in the list (training.listings.Row)."""

    id = serializers.IntegerField(source="listing.pk")
    external_id = serializers.CharField(source="listing.external_id", help_text="Its id in the catalogue.")
    title = serializers.CharField(source="listing.title", allow_blank=True)
    vertical = serializers.CharField(help_text="In words.")
    split = serializers.ChoiceField(source="listing.split", choices=SPLITS)
    retired = serializers.BooleanField(source="listing.retired")
    created = serializers.DateTimeField(source="listing.created")
    photo = serializers.CharField(
        source="photo.sha256", allow_null=True, default=None, help_text="SHA-256 of the first one."
    )
    labelled = serializers.IntegerField(help_text="Attributes with a label.")
    asked = serializers.IntegerField(help_text="Attributes that its vertical asks about.")
    agreement = serializers.FloatField(
        allow_null=True, help_text="Of the prediction that is asked about, or the lowest of all."
    )


class PhotoShown(serializers.Serializer[Any]):
    """A photo in its place."""

    position = serializers.IntegerField(help_text="From 1.")
    sha256 = serializers.CharField()
    width = serializers.IntegerField(source="photo.width")
    height = serializers.IntegerField(source="photo.height")


class PredictionShown(serializers.Serializer[Any]):
    """The vote of the champion's chains on a question."""

    attribute = serializers.CharField(source="attribute.code")
    version = serializers.IntegerField(source="model_version_id", help_text="The model version.")
    values = serializers.ListField(child=serializers.CharField(), help_text="Value codes of the majority.")
    state = serializers.ChoiceField(choices=STATES, help_text="The majority, where it is a state.")
    agreement = serializers.FloatField(help_text="Top count / chains.")
    chains = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="{answer: chains}")


class ListingWholeShown(serializers.Serializer[Any]):
    """A listing with its photos, labels and the champion's predictions."""

    id = serializers.IntegerField(source="listing.pk")
    external_id = serializers.CharField(source="listing.external_id", help_text="Its id in the catalogue.")
    title = serializers.CharField(source="listing.title", allow_blank=True)
    description = serializers.CharField(source="listing.description", allow_blank=True)
    metadata = serializers.JSONField(source="listing.metadata")
    claims = serializers.JSONField(
        source="listing.claims", help_text="Answers that came with it and that nobody has confirmed."
    )
    vertical = serializers.CharField(source="listing.vertical.code", help_text="Its code.")
    split = serializers.ChoiceField(source="listing.split", choices=SPLITS)
    group = serializers.CharField(source="listing.group_key", help_text="Near-duplicates share it.")
    retired = serializers.BooleanField(source="listing.retired")
    created = serializers.DateTimeField(source="listing.created")
    updated = serializers.DateTimeField(source="listing.updated")
    images = PhotoShown(many=True)
    labels = LabelShown(many=True)
    predictions = PredictionShown(many=True)
