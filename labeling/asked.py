"""What a task asks: the attributes of its vertical as the schema is now, or those that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from catalog import selectors as catalog
from catalog.models import Attribute, SchemaVersion
from catalog.schema.spec import AttributeSpec, VerticalSpec
from labeling.answers import Rules
from labeling.errors import LabelingError
from labeling.models import Task
from labeling.truth import Said

SCHEMAS_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema version, which never changes, read once."""

    version_id: int
    spec: VerticalSpec
    rules: Mapping[str, Rules]
    """{attribute code: what it allows}"""
    attribute_ids: Mapping[str, int]
    """{attribute code: primary key}"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one task."""

    where: str
    """the listing, for messages"""
    schema: Schema
    attributes: tuple[AttributeSpec, ...]
    """in the order in which they are asked"""

    @property
    def required(self) -> tuple[AttributeSpec, ...]:
        """Those without which the task is not done."""
        return tuple(attribute for attribute in self.attributes if attribute.required)

    def attribute(self, code: str) -> AttributeSpec:
        """The attribute with this code.

        Raises:
            LabelingError: when the task does not ask it.
        """
        for attribute in self.attributes:
            if attribute.code == code:
                return attribute
        asked = ", ".join(attribute.code for attribute in self.attributes)
        raise LabelingError(
            f"{self.where}: attribute {code!r} is not asked (any more): answer one of {asked or 'none'}"
        )

    def checked(self, attribute: AttributeSpec, values: tuple[str, ...], state: str) -> Said | None:
        """The answer in the attribute's order; None for no answer at all, which takes an earlier one back.

        Raises:
            LabelingError: for an answer that the attribute does not allow.
        """
        if not values and not state:
            return None
        rules = self.schema.rules[attribute.code]
        given = rules.checked(where=self.question(attribute), values=values, state=state)
        return Said(tuple(given), state)

    def question(self, attribute: AttributeSpec) -> str:
        """The listing and the attribute, as messages begin."""
        return f"{self.where}, attribute {attribute.code!r}"


def asked_of(task: Task) -> Asked:
    """What the task asks now.

    Raises:
        LabelingError: when its vertical has no schema.
    """
    listing = task.listing
    where = f"listing {listing.external_id!r}"
    version = catalog.schema_version_now(listing.vertical_id)
    if version is None:
        raise LabelingError(f"{where}: its vertical has no schema: add one first")
    schema = _schema(version.pk, version.created)
    wanted = schema.spec.asked
    return Asked(where, schema, tuple(one for one in wanted if not task.asks or one.code in task.asks))


def schema_of(version_id: int) -> Schema:
    """A schema version by its primary key."""
    version = SchemaVersion.objects.only("created").get(pk=version_id)
    return _schema(version.pk, version.created)


@lru_cache(maxsize=SCHEMAS_REMEMBERED)
def _schema(version_id: int, created: datetime) -> Schema:
    """`created` tells versions of two databases apart that have the same key."""
    version = SchemaVersion.objects.get(pk=version_id)
    spec = VerticalSpec.from_json(version.content)
    rules = {
        one.code: Rules(one.code, one.multi, tuple(value.code for value in one.offered)) for one in spec.asked
    }
    ids = dict(Attribute.objects.filter(vertical=version.vertical_id).values_list("code", "pk"))
    return Schema(version_id, spec, rules, ids)
