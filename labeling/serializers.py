"""What the API says about labels, tasks and leased work, and reads from who works.

DRF keeps declared fields apart from what a serializer has by the same name: a type checker is told.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from catalog.serializers import PersonField, may_see_names
from catalog.states import State
from labeling.leasing import MOST_ITEMS
from labeling.models import Label, Provenance, Purpose, Task, TaskStatus, Turn
from labeling.models.answers import BY_PEOPLE

STATES = [("", "none"), *((state.value, state.value) for state in State)]


class LabelShown(serializers.ModelSerializer[Label]):
    """The answer that holds for a question."""

    listing = serializers.CharField(source="listing.external_id", read_only=True, help_text="Its id.")
    vertical = serializers.CharField(source="attribute.vertical.code", read_only=True)
    attribute = serializers.CharField(source="attribute.code", read_only=True)
    values = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="Value codes.")
    state = serializers.ChoiceField(choices=STATES, read_only=True, help_text="Instead of values.")
    provenance = serializers.ChoiceField(choices=Provenance.choices, read_only=True)
    schema_version = serializers.IntegerField(
        source="schema_version.number", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Label
        fields = [
            *("id", "listing", "vertical", "attribute", "values", "state", "provenance", "source"),
            *("evidence_position", "schema_version", "created", "updated"),
        ]
        read_only_fields = fields

    def to_representation(self, instance: Label) -> dict[str, Any]:
        """The label; `source` is empty where it would name people to who may not see names."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.provenance in BY_PEOPLE and not may_see_names(self.context):
            shown["source"] = ""
        return shown


class TurnShown(serializers.ModelSerializer[Turn]):
    """One person's turn at a task."""

    person = PersonField()

    class Meta:
        model = Turn
        fields = ["id", "number", "person", "started", "finished", "seconds", "withdrawn", "returned"]
        read_only_fields = fields


class TaskShown(serializers.ModelSerializer[Task]):
    """Work for people: look at this listing."""

    listing = serializers.CharField(source="listing.external_id", read_only=True, help_text="Its id.")
    vertical = serializers.CharField(source="listing.vertical.code", read_only=True)
    purpose = serializers.ChoiceField(choices=Purpose.choices, read_only=True)
    status = serializers.ChoiceField(choices=TaskStatus.choices, read_only=True)
    asks = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Codes of attributes; empty: all."
    )
    turns = TurnShown(many=True, read_only=True)

    class Meta:
        model = Task
        fields = ["id", "listing", "vertical", "purpose", "status", "asks", "priority", "created", "turns"]
        read_only_fields = fields


class LeaseBody(serializers.Serializer[Any]):
    """What is to be leased."""

    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=Purpose.choices),
        min_length=1,
        max_length=len(Purpose),
        help_text="In the order in which work is looked for; annotators have seed and gold only.",
    )
    vertical = serializers.CharField(required=False, help_text="Its code: work of it comes first.")
    count = serializers.IntegerField(default=1, min_value=1, max_value=MOST_ITEMS)
    have = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        default=list,
        max_length=1000,
        help_text="Turns that you have already.",
    )


class ItemPhoto(serializers.Serializer[Any]):
    """A photo to look at: /catalog/photos/{sha256}/web"""

    sha256 = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ItemShown(serializers.Serializer[Any]):
    """A leased turn with all that is needed to answer it."""

    turn = serializers.IntegerField()
    token = serializers.UUIDField(help_text="Names the lease; every message about the turn has it.")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    vertical = serializers.CharField(help_text="In words.")
    asks = serializers.ListField(child=serializers.CharField(), help_text="Attributes; empty: all.")
    listing = serializers.CharField(help_text="Its id.")
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    metadata = serializers.JSONField()
    blind = serializers.BooleanField(help_text="Nothing of a model or of others is shown.")
    again = serializers.BooleanField(help_text="You finished it before.")
    returned = serializers.BooleanField(help_text="It was sent back to you.")
    schema = serializers.IntegerField(help_text="The schema version that is asked under, by its key.")
    photos = ItemPhoto(many=True)
    suggestions = serializers.DictField(help_text="{attribute: what is proposed}")
    said = serializers.DictField(help_text="{attribute: what others said}")
    answers = serializers.DictField(help_text="{attribute: what you answered before}")
    remarks = serializers.ListField(child=serializers.DictField())


class WaitingShown(serializers.Serializer[Any]):
    """Why there is nothing."""

    others = serializers.IntegerField(help_text="Turns that others have now.")
    aside = serializers.IntegerField(help_text="Tasks that you set aside.")


class LeasedShown(serializers.Serializer[Any]):
    """What was leased."""

    items = ItemShown(many=True)
    more = serializers.BooleanField(help_text="There may be more.")
    waiting = WaitingShown(required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer and finish",
            {
                "messages": [
                    {
                        "key": "b1f0-1",
                        "kind": "answer",
                        "turn": 7,
                        "token": "0c9a0d9e-8b1c-4e0e-9b65-0f5f3c1d2e4a",
                        "attribute": "neckline",
                        "values": ["round"],
                    },
                    {
                        "key": "b1f0-2",
                        "kind": "finish",
                        "turn": 7,
                        "token": "0c9a0d9e-8b1c-4e0e-9b65-0f5f3c1d2e4a",
                        "seconds": 8.5,
                    },
                ]
            },
            request_only=True,
        )
    ]
)
class MessagesBody(serializers.Serializer[Any]):
    """What you did, in order. Each message has a key of its own, and is done once."""

    messages = serializers.ListField(
        child=serializers.JSONField(
            help_text="{key, kind: answer | finish | aside | single | reopen | remark, turn, token, ...}"
        ),
        max_length=1000,
    )


class ReplyShown(serializers.Serializer[Any]):
    """What became of a message."""

    key = serializers.JSONField(help_text="The message's own; null where it had none that can be read.")
    status = serializers.ChoiceField(choices=["done", "conflict", "refused"])
    error = serializers.CharField(required=False, help_text="Why it was refused, and the remedy.")
    theirs = serializers.JSONField(required=False, help_text="What somebody else answered meanwhile.")
    token = serializers.CharField(required=False, help_text="Of a turn that was leased again.")
    item = serializers.JSONField(required=False, help_text="Of a turn that was leased again.")
    comment = serializers.IntegerField(required=False, help_text="The number of a remark.")


class RepliesShown(serializers.Serializer[Any]):
    """A reply to each message."""

    replies = ReplyShown(many=True)


class TokensBody(serializers.Serializer[Any]):
    """Leases by their tokens."""

    tokens = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


class AliveShown(serializers.Serializer[Any]):
    """The leases that are still yours."""

    alive = serializers.ListField(child=serializers.UUIDField())


class FinishedShown(serializers.Serializer[Any]):
    """A turn that you finished."""

    turn = serializers.IntegerField()
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    vertical = serializers.CharField(help_text="In words.")
    listing = serializers.CharField(help_text="Its id.")
    title = serializers.CharField(allow_blank=True)
    photo = serializers.CharField(allow_null=True, help_text="SHA-256 of the first one.")
    finished = serializers.DateTimeField()
    seconds = serializers.FloatField(allow_null=True)
    returned = serializers.BooleanField()
