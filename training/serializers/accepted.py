"""What the API says of accepted answers."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from labeling.models import Provenance
from labeling.serializers import STATES
from training.selectors.accepted import SOURCES

ANSWER = {
    "listing": "kurta-0042",
    "vertical": "kurta",
    "attribute": "color",
    "values": ["blue"],
    "state": "",
    "source": "model",
    "provenance": "",
    "version": 12,
    "routing": 3,
    "agreement": 1.0,
    "expected": 0.97,
}
NEXT = "https://attrx.example.com/api/v1/accepted?cursor=WzQyLDAsMF0"


class AcceptedShown(serializers.Serializer[Any]):
    """What holds for a question (training.selectors.accepted.AcceptedAnswer)."""

    listing = serializers.CharField(help_text="Its id in the catalogue.")
    vertical = serializers.CharField()
    attribute = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(), help_text="Value codes.")
    state = serializers.ChoiceField(choices=STATES, help_text="The answer, where it is a state.")
    # DRF keeps declared fields apart from what a serializer has by the same name.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=SOURCES, help_text="people: a label, which always wins; model: accepted by a threshold."
    )
    provenance = serializers.ChoiceField(
        choices=[*Provenance.choices, ("", "")], help_text="Where a label comes from."
    )
    version = serializers.IntegerField(allow_null=True, help_text="The model version that says so.")
    routing = serializers.IntegerField(allow_null=True, help_text="The routing that accepts it.")
    agreement = serializers.FloatField(allow_null=True)
    expected = serializers.FloatField(
        allow_null=True, help_text="Precision expected of what is accepted of the attribute."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("a page", {"results": [ANSWER], "next": NEXT}, response_only=True)]
)
class AcceptedPage(serializers.Serializer[Any]):
    """The accepted answers of the next listings."""

    results = AcceptedShown(many=True, help_text="By listing and attribute; it may be empty before the end.")
    next = serializers.URLField(allow_null=True, help_text="The next page; null: that was the last.")


class ChangeShown(serializers.Serializer[Any]):
    """Something that changed (training.selectors.accepted.Change)."""

    listing = serializers.CharField(
        allow_null=True, help_text="null: any listing. Read the attribute's accepted answers again, all."
    )
    vertical = serializers.CharField()
    attribute = serializers.CharField()
    accepted = AcceptedShown(
        allow_null=True, help_text="What holds now; null with a listing: nothing is accepted any more."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a label, a withdrawal, and a routing",
            {
                "results": [
                    {
                        "listing": "kurta-0042",
                        "vertical": "kurta",
                        "attribute": "color",
                        "accepted": {
                            **ANSWER,
                            "source": "people",
                            "provenance": "verdict",
                            **dict.fromkeys(("version", "routing", "agreement", "expected")),
                        },
                    },
                    {"listing": "kurta-0043", "vertical": "kurta", "attribute": "color", "accepted": None},
                    {"listing": None, "vertical": "kurta", "attribute": "print", "accepted": None},
                ],
                "cursor": "5f0c2a9e-1207",
                "more": False,
            },
            response_only=True,
        )
    ]
)
class ChangesPage(serializers.Serializer[Any]):
    """What changed since a cursor."""

    results = ChangeShown(many=True, help_text="In the order of changes; a question comes once a page.")
    cursor = serializers.CharField(help_text="Store it with what you did, and send it as `since` next time.")
    more = serializers.BooleanField(help_text="Whether there is more already.")
