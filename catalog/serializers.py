"""What the API says about the schema, about imports, and of the audit log.

DRF keeps declared fields apart from what a serializer has by the same name, such as `label`: where a type
checker cannot know that, it is told.
"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from attrx_web.auditlog.models import Event
from attrx_web.roles import roles_of
from catalog.errors import CatalogError
from catalog.importing.plan import Plan
from catalog.models import Import, ImportProblem, Status
from catalog.models.imports import Stage

Json = dict[str, Any]


def may_see_names(context: Mapping[str, Any]) -> bool:
    """Whether who asks may know who said what: reviewers and admins. Nobody, where a view does not tell."""
    request = context.get("request")
    return request is not None and roles_of(request).reviewer


@extend_schema_field(OpenApiTypes.STR)
class PersonField(serializers.SlugRelatedField[Any]):
    """The user name; null where nobody is named (any more), and for who may not see names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """The name, for who may see names."""
        return super().to_representation(value) if may_see_names(self.context) else None


class VerticalLine(serializers.Serializer[Any]):
    """A vertical in the list."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    attributes = serializers.IntegerField(help_text="That are asked.")
    values = serializers.IntegerField(help_text="That are offered.")
    listings = serializers.IntegerField(help_text="In use.")
    version = serializers.IntegerField(allow_null=True, help_text="Its newest schema version; null: none.")
    saved = serializers.DateTimeField(allow_null=True, help_text="When that was saved.")


class ValueShown(serializers.Serializer[Any]):
    """An allowed value."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    synonyms = serializers.ListField(child=serializers.CharField())
    retired = serializers.BooleanField()


class ExampleShown(serializers.Serializer[Any]):
    """A photo of a guideline."""

    photo = serializers.CharField(help_text="SHA-256.")
    caption = serializers.CharField(allow_blank=True)


class AttributeShown(serializers.Serializer[Any]):
    """A question with its closed list of values."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField(allow_blank=True)
    guideline = serializers.CharField(allow_blank=True)
    examples = ExampleShown(many=True)
    multi = serializers.BooleanField(help_text="Several values may hold.")
    required = serializers.BooleanField()  # type: ignore[assignment]
    weight = serializers.FloatField()
    retired = serializers.BooleanField()
    values = ValueShown(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "kurta",
            {
                "code": "kurta",
                "label": "Kurta",
                "version": 3,
                "attributes": [
                    {
                        "code": "neckline",
                        "label": "Neckline",
                        "description": "The shape of the neck opening",
                        "guideline": "",
                        "examples": [],
                        "multi": False,
                        "required": True,
                        "weight": 1.0,
                        "retired": False,
                        "values": [
                            {"code": "round", "label": "Round", "synonyms": ["crew"], "retired": False}
                        ],
                    }
                ],
            },
        )
    ]
)
class VerticalShown(serializers.Serializer[Any]):
    """The schema of a vertical as it is now."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    version = serializers.IntegerField(allow_null=True, help_text="Of the schema; null: not saved yet.")
    attributes = AttributeShown(many=True)


class WorkShown(serializers.ModelSerializer[Any]):
    """What every ledger row says."""

    status = serializers.ChoiceField(choices=Status.choices, read_only=True)
    created_by = PersonField()

    class Meta:
        model = Import
        fields = ["id", "status", "error", "cancel_requested", "created", "started", "finished", "created_by"]
        read_only_fields = fields


class ImportShown(WorkShown):
    """An import: a file that brings listings."""

    stage = serializers.ChoiceField(choices=Stage.choices, read_only=True, help_text="What it does next.")

    class Meta(WorkShown.Meta):
        model = Import
        fields = [
            *WorkShown.Meta.fields,
            *("name", "stage", "rows", "accepted"),
            *("listings_created", "listings_updated", "listings_unchanged"),
            *("listings_refused", "listings_without_photos"),
        ]
        read_only_fields = fields


class ImportWhole(ImportShown):
    """An import with how its file is read."""

    class Meta(ImportShown.Meta):
        fields = [*ImportShown.Meta.fields, "plan"]
        read_only_fields = fields


class ProblemShown(serializers.ModelSerializer[ImportProblem]):
    """Why a row did not land."""

    class Meta:
        model = ImportProblem
        fields = ["id", "row", "listing", "field", "value", "reason", "remedy"]
        read_only_fields = fields


class UploadBody(serializers.Serializer[Any]):
    """A file of rows, and where its photos are."""

    rows = serializers.FileField(max_length=200, help_text="CSV, JSONL or Parquet.")
    photos = serializers.FileField(max_length=200, required=False, help_text="A zip with the photos.")
    keys = serializers.CharField(
        max_length=900,
        required=False,
        allow_blank=True,
        default="",
        help_text="Instead of a zip: the beginning that the keys of the photos in the media storage share.",
    )
    plan = serializers.JSONField(
        required=False,
        help_text="How the file is read, as `manage.py catalog_import --show-plan` prints it; guessed unless "
        "given.",
    )
    load = serializers.BooleanField(
        default=False, help_text="Load the rows at once, without a look at what was guessed."
    )

    def validate(self, attrs: Json) -> Json:
        """Photos come from one place."""
        if attrs.get("photos") and attrs.get("keys"):
            raise serializers.ValidationError(
                {"keys": "Photos come in the zip already: leave one of them out."}
            )
        return attrs

    def validate_plan(self, value: Any) -> Plan:
        """The plan that the JSON describes."""
        try:
            return Plan.from_json(value)
        except CatalogError as error:
            raise serializers.ValidationError(f"{error}.") from error


class EventShown(serializers.ModelSerializer[Event]):
    """An entry of the audit log: who did what to what, when and from where."""

    before = serializers.JSONField(read_only=True, help_text="{what: how it was}, of what was changed.")
    after = serializers.JSONField(read_only=True, help_text="{what: how it is since}.")

    class Meta:
        model = Event
        fields = [
            *("id", "at", "action", "person", "via", "address", "client", "request_id"),
            *("object_kind", "object_key", "object_name", "before", "after", "reason"),
        ]
        read_only_fields = fields
