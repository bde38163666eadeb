"""Attributes for tests of teachers."""

from catalog.schema.parts import AttributeSpec, ValueSpec


def value(label: str, *synonyms: str, code: str = "", retired: bool = False) -> ValueSpec:
    return ValueSpec(code or label.lower().replace(" ", "-"), label, synonyms, retired)


COLOR = AttributeSpec(
    "color",
    "Colour",
    "What is its main colour?",
    guideline="The largest area counts.",
    values=(value("Red", "crimson"), value("Navy blue", "dark blue"), value("Mint", retired=True)),
)
PARTS = AttributeSpec(
    "parts",
    "Parts included",
    "What comes with it?",
    multi=True,
    values=(value("Strap"), value("Box, gift", code="box-gift"), value('Case 5"', code="small-case")),
)
