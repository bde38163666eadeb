"""The schema of a vertical as plain data: what it has, not whether it can be used. Pure.

`to_json` writes what schema versions and drafts keep; `from_json` reads that back and trusts it. What people
and files bring goes through schema.spec, which checks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """An allowed answer."""

    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    retired: bool = False

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {
            "code": self.code,
            "label": self.label,
            "synonyms": list(self.synonyms),
            "retired": self.retired,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ValueSpec":
        """What `to_json` wrote."""
        return cls(kept["code"], kept["label"], tuple(kept["synonyms"]), kept["retired"])


@dataclass(frozen=True, slots=True)
class Example:
    """A photo of an attribute's guideline."""

    photo: str
    """SHA-256 of a stored photo"""
    caption: str = ""

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {"photo": self.photo, "caption": self.caption}


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """A question with its closed list of values, in order."""

    code: str
    label: str
    description: str = ""
    guideline: str = ""
    examples: tuple[Example, ...] = ()
    multi: bool = False
    required: bool = True
    weight: float = 1.0
    retired: bool = False
    values: tuple[ValueSpec, ...] = ()

    @property
    def offered(self) -> tuple[ValueSpec, ...]:
        """The values that can be given now."""
        return tuple(value for value in self.values if not value.retired)

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {
            "code": self.code,
            "label": self.label,
            "description": self.description,
            "guideline": self.guideline,
            "examples": [example.to_json() for example in self.examples],
            "multi": self.multi,
            "required": self.required,
            "weight": self.weight,
            "retired": self.retired,
            "values": [value.to_json() for value in self.values],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "AttributeSpec":
        """What `to_json` wrote."""
        lists = {
            "examples": tuple(Example(**example) for example in kept["examples"]),
            "values": tuple(ValueSpec.from_json(value) for value in kept["values"]),
        }
        return cls(**{**kept, **lists})


@dataclass(frozen=True, slots=True)
class VerticalSpec:
    """A product family with its attributes, in order."""

    code: str
    label: str
    attributes: tuple[AttributeSpec, ...] = ()

    @property
    def asked(self) -> tuple[AttributeSpec, ...]:
        """The attributes that are asked now."""
        return tuple(attribute for attribute in self.attributes if not attribute.retired)

    def attribute(self, code: str) -> AttributeSpec | None:
        """The attribute with this code, retired or not."""
        return next((one for one in self.attributes if one.code == code), None)

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {
            "code": self.code,
            "label": self.label,
            "attributes": [attribute.to_json() for attribute in self.attributes],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "VerticalSpec":
        """What `to_json` wrote."""
        attributes = tuple(AttributeSpec.from_json(one) for one in kept["attributes"])
        return cls(kept["code"], kept["label"], attributes)


Schema = tuple[VerticalSpec, ...]


def schema_json(schema: Schema) -> Json:
    """The full spelling of a schema, which schema.spec reads."""
    return {"verticals": [vertical.to_json() for vertical in schema]}
