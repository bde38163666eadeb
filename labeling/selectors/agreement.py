"""Reads for the pages of agreement: what several people said to the same questions, counted."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import cast

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from catalog.models import Attribute
from labeling.agreement import Share, Tally
from labeling.models import Annotation, Label, Purpose, Task, Turn
from labeling.truth import Said

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which answers are looked at; by default all."""

    vertical: str = ""
    """code"""
    purpose: Purpose | None = None
    since: datetime | None = None
    """when an answer was given"""


@dataclass(slots=True)
class Several:
    """What several people said to the same questions."""

    tallies: defaultdict[int, Tally[int]] = field(default_factory=lambda: defaultdict(Tally))
    """{attribute: answers by their numbers}"""
    answers: list[Said] = field(default_factory=list)
    """what the numbers stand for"""
    asked: Counter[tuple[int, int]] = field(default_factory=Counter)
    """{(person, attribute): questions that others answered too and that have a label}"""
    confirmed: Counter[tuple[int, int]] = field(default_factory=Counter)
    """{(person, attribute): to how many of these they said what the label says}"""

    def with_others(self, attributes: Set[int]) -> dict[int, Share]:
        """{person: how often another person said the same}, to questions of these attributes."""
        asked, same = Counter[int](), Counter[int]()
        for attribute in attributes & self.tallies.keys():
            for pair, counts in self.tallies[attribute].pairs.items():
                alike = sum(count for (first, second), count in counts.items() if first == second)
                for person in pair:
                    asked[person] += counts.total()
                    same[person] += alike
        return {person: Share(same[person], count) for person, count in asked.items()}

    def with_label(self, attributes: Set[int]) -> dict[int, Share]:
        """{person: how often the label says what they said}, to questions of these attributes."""
        asked, confirmed = Counter[int](), Counter[int]()
        for (person, attribute), count in self.asked.items():
            if attribute in attributes:
                asked[person] += count
                confirmed[person] += self.confirmed[person, attribute]
        return {person: Share(confirmed[person], count) for person, count in asked.items()}


def said_by_several(selection: Selection) -> Several:
    """Count what people who finished said to questions that several of them answered, and what labels say."""
    several, numbers = Several(), _Numbers()
    labels = {
        (listing, attribute): numbers.of(values, state)
        for listing, attribute, values, state in _labels(selection)
    }
    for (attribute, listing), answers in _questions(selection, numbers):
        several.tallies[attribute].add(answers)
        label = labels.get((listing, attribute))
        if label is not None and len(answers) > 1:
            for person, answer in answers.items():
                several.asked[person, attribute] += 1
                several.confirmed[person, attribute] += answer == label
    several.answers = numbers.said
    return several


def attributes_named(vertical: str = "") -> dict[int, Attribute]:
    """The attributes of a vertical (its code) or of all, with their verticals, in order."""
    attributes = Attribute.objects.select_related("vertical").order_by("vertical", "position", "code")
    if vertical:
        attributes = attributes.filter(vertical__code=vertical)
    return {attribute.pk: attribute for attribute in attributes}


def attribute_named(*, vertical: str, code: str) -> Attribute | None:
    """The attribute with this code of the vertical with that one; None where there is none."""
    found = Attribute.objects.select_related("vertical")
    return found.filter(vertical__code=vertical, code=code).first()


def values_named(attribute: Attribute) -> dict[str, str]:
    """{value code: label}, of retired values too."""
    return dict(attribute.values.values_list("code", "label"))


def people_named(ids: set[int]) -> dict[int, str]:
    """{person: user name}."""
    return dict(User.objects.filter(pk__in=ids).order_by("username").values_list("pk", "username"))


class _Numbers:
    """Equal answers get one number, whatever the order of their values."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._known: dict[tuple[str, str], int] = {}
        self._numbers: dict[Said, int] = {}

    def of(self, values: str, state: str) -> int:
        """The number of an answer: a list of codes as JSON, and a state."""
        number = self._known.get((values, state))
        if number is None:
            said = Said(tuple(sorted(json.loads(values))), state)
            number = self._numbers.setdefault(said, len(self.said))
            if number == len(self.said):
                self.said.append(said)
            self._known[values, state] = number
        return number


def _questions(selection: Selection, numbers: _Numbers) -> Iterator[tuple[tuple[int, int], dict[int, int]]]:
    """((attribute, listing), {person: number of what they say now}) of each question of a task."""
    finished = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("annotator")).exclude(finished=None)
    rows = Annotation.objects.filter(
        Exists(finished), _chosen(selection), task__in=_tasks(selection), withdrawn=None
    )
    if selection.since:
        rows = rows.filter(created__gte=selection.since)
    fields = rows.order_by("task", "attribute", "pk").values_list(
        "task", "attribute", "listing", "annotator", Cast("values", TextField()), "state"
    )
    for (_, attribute, listing), said in groupby(fields.iterator(chunk_size=CHUNK), itemgetter(0, 1, 2)):
        yield (
            (attribute, listing),
            {person: numbers.of(values, state) for *_, person, values, state in said},
        )


def _labels(selection: Selection) -> Iterator[tuple[int, int, str, str]]:
    listings = Task.objects.filter(pk__in=_tasks(selection)).values("listing")
    rows = Label.objects.filter(_chosen(selection), listing__in=listings).order_by()
    return rows.values_list("listing", "attribute", Cast("values", TextField()), "state").iterator(
        chunk_size=CHUNK
    )


def _chosen(selection: Selection) -> Q:
    return Q(attribute__vertical__code=selection.vertical) if selection.vertical else Q()


def _tasks(selection: Selection) -> QuerySet[Turn, dict[str, int]]:
    """Tasks that more than one person may have finished: the others need not be read."""
    second = Turn.objects.filter(number__gt=1).exclude(finished=None)
    if selection.purpose:
        second = second.filter(purpose=selection.purpose)
    if selection.vertical:
        second = second.filter(vertical__code=selection.vertical)
    return cast(QuerySet[Turn, dict[str, int]], second.values("task"))
