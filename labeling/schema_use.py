"""Which answers there are to attributes whose schema is about to change, for schema.consequences."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import Count

from catalog.models import Attribute, Value
from catalog.schema.consequences import Answers
from catalog.states import state_of
from labeling.models import Label, Suggestion

SEPARATOR = ", "
"""Between the values of one answer in words, as in Suggestion.shares."""
CHUNK = 5000

Option = tuple[str, ...]


def label_answers(*, vertical: str, attributes: Iterable[str]) -> Iterator[Answers]:
    """The labels of these attributes of a vertical (codes), equal ones together; values by code."""
    rows = (
        Label.objects.filter(attribute__vertical__code=vertical, attribute__code__in=set(attributes))
        .order_by()
        .values_list("attribute__code", "values")
        .annotate(Count("pk"))
    )
    for attribute, values, count in rows.iterator(chunk_size=CHUNK):
        yield Answers(attribute, frozenset([tuple(values)]), count)


def suggestion_answers(*, vertical: str, attributes: Iterable[str]) -> list[Answers]:
    """The suggestions for these attributes of a vertical (codes), equal ones together; values by name."""
    asked = Attribute.objects.filter(vertical__code=vertical, code__in=set(attributes))
    codes = dict(asked.values_list("pk", "code"))
    names: dict[int, set[str]] = {pk: set() for pk in codes}
    for pk, label in Value.objects.filter(attribute__in=names).values_list("attribute", "label"):
        names[pk].add(label)
    rows = Suggestion.objects.filter(attribute__in=names).order_by().values_list("attribute", "shares")
    counts = Counter((pk, tuple(shares)) for pk, shares in rows.iterator(chunk_size=CHUNK))
    return [
        Answers(codes[pk], frozenset(_option(answer, names[pk]) for answer in answers), count)
        for (pk, answers), count in counts.items()
    ]


def _option(answer: str, names: set[str]) -> Option:
    """The values that an answer in words names; a state names none."""
    if answer in names:
        return (answer,)
    return () if state_of(answer) else tuple(answer.split(SEPARATOR))
