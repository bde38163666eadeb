"""Categories of a product taxonomy, as shops publish them, turned into verticals. Pure.

Four shapes are read: {attributes: {handle: ...}, categories: [...]}, {verticals: {name: {category_path,
attributes}}}, what Shopify's product-taxonomy publishes as taxonomy.json, and the short spelling of a schema,
whose verticals stand for categories. Any of them may be gzipped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import CatalogError
from catalog.schema.checks import MOST_ATTRIBUTES, attribute_faults
from catalog.schema.codes import NAME_LENGTH, code_of, is_code
from catalog.schema.parts import AttributeSpec, Json, Schema, ValueSpec, VerticalSpec
from catalog.schema.spec import UNSTORABLE
from catalog.states import state_of

SEPARATOR = " > "
OWNER = ": "
"""After the name of the vertical whose own attribute a handle names."""


@dataclass(frozen=True, slots=True)
class TaxonomyAttribute:
    """What a taxonomy says about an attribute."""

    handle: str
    name: str
    description: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A place in the taxonomy."""

    id: str
    path: str
    attributes: tuple[str, ...]
    """handles"""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(SEPARATOR)[2]

    @property
    def parent(self) -> str:
        """The part of the path before the last, or an empty text."""
        return self.path.rpartition(SEPARATOR)[0].rpartition(SEPARATOR)[2]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the best ones, and how many there are."""

    categories: tuple[Category, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The verticals of chosen categories, and in words where they are from and what is left out."""

    schema: Schema
    notes: Mapping[str, tuple[str, ...]]
    """{vertical code: sentences}"""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Attributes by handle, and the categories in the file's order."""

    attributes: Mapping[str, TaxonomyAttribute]
    categories: tuple[Category, ...]
    _folded: list[str] = field(default_factory=list, repr=False, compare=False)

    def search(self, text: str, *, most: int) -> Found:
        """The categories whose id or path has every word; those whose own name has them come first."""
        if not self._folded:
            self._folded.extend(f"{one.id} {one.path}".casefold() for one in self.categories)
        words = text.casefold().split()
        hits = [
            category
            for category, folded in zip(self.categories, self._folded, strict=True)
            if all(word in folded for word in words)
        ]
        if words:
            hits.sort(key=lambda one: (not _in_name(one, words), one.path.count(SEPARATOR)))
        return Found(tuple(hits[:most]), len(hits))

    def known(self, ids: Iterable[str]) -> list[Category]:
        """The categories with these ids, in the order of the ids, each once; unknown ids are left out."""
        by_id = {category.id: category for category in self.categories}
        return [by_id[one] for one in dict.fromkeys(ids) if one in by_id]

    def to_json(self) -> Json:
        """The first of the shapes, with only what is needed."""
        return {
            "attributes": {
                handle: {
                    "name": one.name,
                    "description": one.description,
                    "allowed_values": list(one.values),
                }
                for handle, one in self.attributes.items()
            },
            "categories": [
                {"id": one.id, "path": one.path, "attributes": list(one.attributes)}
                for one in self.categories
            ],
        }


def verticals_of(taxonomy: Taxonomy, ids: Iterable[str]) -> Choice:
    """The chosen categories as verticals, called after the category; two of one name get their parent's too.

    What cannot be taken over is left out and noted: values that spell a state, values that cannot be told
    apart, attributes with no or too many values, attributes beyond the most that a vertical may have.

    Raises:
        CatalogError: for an id that is not there, or when nothing is left of a category.
    """
    categories = taxonomy.known(ids := list(ids))
    if unknown := set(ids) - {category.id for category in categories}:
        raise CatalogError(f"category {min(unknown)!r} is not in the taxonomy: search for its name")
    names = [code_of(category.name) for category in categories]
    schema, notes = [], {}
    for category, name in zip(categories, names, strict=True):
        alone = names.count(name) == 1
        label = (category.name if alone else f"{category.name} ({category.parent or category.id})")[
            :NAME_LENGTH
        ]
        taken = _Taken(taxonomy, category)
        if not taken.attributes:
            raise CatalogError(
                f"category {category.path!r} has no attribute that can be used: choose another one"
            )
        code = code_of(label)
        schema.append(VerticalSpec(code, label, tuple(taken.attributes)))
        notes[code] = (f"From the taxonomy's {category.path}.", *taken.notes)
    return Choice(tuple(schema), notes)


class _Taken:
    """The attributes of a category that can be used, and notes on the rest."""

    def __init__(self, taxonomy: Taxonomy, category: Category) -> None:
        self.attributes: list[AttributeSpec] = []
        self.notes: list[str] = []
        names: set[str] = set()
        for handle in category.attributes:
            one = taxonomy.attributes[handle]
            label = one.name if code_of(one.name) not in names else f"{one.name} ({handle})"
            names.add(code_of(one.name))
            self.take(one, label)

    def take(self, given: TaxonomyAttribute, label: str) -> None:
        """Take one attribute over, or note why not."""
        spec = AttributeSpec(
            _attribute_code(given), label, given.description, values=tuple(self.values(given, label))
        )
        if len(self.attributes) == MOST_ATTRIBUTES:
            self.notes.append(f"{label} is left out: a vertical has {MOST_ATTRIBUTES} attributes at most.")
        elif fault := next(attribute_faults(spec), None):
            self.notes.append(f"{label} is left out: {fault.message}.")
        else:
            self.attributes.append(spec)

    def values(self, given: TaxonomyAttribute, label: str) -> Iterator[ValueSpec]:
        """The attribute's values that can be used."""
        seen: dict[str, str] = {}
        for value in given.values:
            code = code_of(value)
            if state := state_of(value):
                self.notes.append(
                    f"The value {value!r} of {label} is left out: {state} is a state, which answers every "
                    "attribute without being listed."
                )
            elif code in seen:
                self.notes.append(
                    f"The value {value!r} of {label} is left out: {seen[code]!r} is called the same."
                )
            else:
                seen[code] = value
                yield ValueSpec(code, value)


def parse_taxonomy(raw: object, *, where: str) -> Taxonomy:
    """Read a taxonomy in any of the shapes; `where` begins every message.

    Raises:
        CatalogError: when it has none of them, or no category with attributes.
    """
    try:
        attributes, categories = _shape(raw)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CatalogError(
            f"{where}: this is no taxonomy that attrx reads ({type(error).__name__}: {error}): "
            "see docs/data-format.md for the shapes"
        ) from error
    known = {
        category.id: Category(
            category.id, category.path, tuple(one for one in category.attributes if one in attributes)
        )
        for category in categories
    }
    usable = tuple(category for category in known.values() if category.attributes)
    if not usable:
        raise CatalogError(f"{where}: no category of this taxonomy has an attribute: give another file")
    return Taxonomy(attributes, usable)


Shape = tuple[dict[str, TaxonomyAttribute], list[Category]]


def _shape(raw: Any) -> Shape:
    if "categories" in raw:
        attributes = {handle: _attribute(handle, one) for handle, one in raw["attributes"].items()}
        return attributes, [
            Category(_line(one["id"]), _line(one["path"]), tuple(one["attributes"]))
            for one in raw["categories"]
        ]
    if isinstance(raw.get("verticals"), list):
        return _published(raw)
    return _by_vertical(raw.get("verticals", raw))


def _by_vertical(verticals: Mapping[str, Any]) -> Shape:
    """Each vertical has its own lists, so that its attributes are known by its name too."""
    attributes: dict[str, TaxonomyAttribute] = {}
    categories = []
    for name, vertical in verticals.items():
        own = vertical.get("attributes") if "category_path" in vertical else vertical
        handles = {f"{name}{OWNER}{handle}": one for handle, one in own.items()}
        attributes |= {handle: _attribute(handle, one) for handle, one in handles.items()}
        path = vertical.get("category_path") if "category_path" in vertical else name
        identity = vertical.get("category_id") if "category_path" in vertical else name
        categories.append(Category(_line(identity), _line(path), tuple(handles)))
    return attributes, categories


def _published(raw: Mapping[str, Any]) -> Shape:
    """Shopify's own file: an extended attribute takes the values of the one that it extends."""
    attributes: dict[str, TaxonomyAttribute] = {}
    for one in raw["attributes"]:
        values = {"allowed_values": [value["name"] for value in one["values"]]}
        attributes[one["handle"]] = _attribute(one["handle"], {**one, **values})
        for extended in one.get("extended_attributes") or ():
            fields = {"description": one.get("description"), **extended, **values}
            attributes[extended["handle"]] = _attribute(extended["handle"], fields)
    return attributes, [
        Category(
            _line(category["id"]).rpartition("/")[2],
            _line(category["full_name"]),
            tuple(one["handle"] for one in category["attributes"]),
        )
        for vertical in raw["verticals"]
        for category in vertical["categories"]
    ]


def _attribute(handle: str, raw: Mapping[str, Any]) -> TaxonomyAttribute:
    return TaxonomyAttribute(
        handle,
        name=_line(raw.get("name") or handle.rpartition(OWNER)[2]),
        description=_line(raw.get("description") or ""),
        values=tuple(_line(value) for value in raw["allowed_values"]),
    )


def _attribute_code(given: TaxonomyAttribute) -> str:
    """The handle, as far as it can be a code (a stroke becomes an underscore), or else the name's code."""
    handle = given.handle.rpartition(OWNER)[2]
    code = handle.replace("/", "_")
    return code if is_code(code) and handle != given.name else code_of(given.name)


def _line(text: object) -> str:
    if not isinstance(text, str) or UNSTORABLE.search(text):
        raise TypeError(f"{text!r} should be a text")
    return " ".join(text.split())


def _in_name(category: Category, words: Sequence[str]) -> bool:
    name = category.name.casefold()
    return all(word in name for word in words)
