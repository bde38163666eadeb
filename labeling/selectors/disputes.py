"""Reads for adjudication: questions that people answered differently, with what each of them said."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery

from catalog.models import Attribute, Image, Listing, Photo, Value, Vertical
from labeling.models import Annotation, Purpose, Task, TaskStatus, Turn
from labeling.queue import is_open, is_unleased


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person said."""

    said: str
    """in words"""
    evidence: int | None
    """the photo that they point at"""


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who answered the listing."""

    turn_id: int
    """their turn at it"""
    name: str
    is_returned: bool
    """it was sent back to them, and they have not finished it again"""


@dataclass(frozen=True, slots=True)
class Disputed:
    """A question, and what each witness said, in their order."""

    attribute: Attribute
    answers: Sequence[Answer | None]

    @property
    def is_over(self) -> bool:
        """They say the same by now."""
        return len({answer.said for answer in self.answers if answer}) < 2


@dataclass(frozen=True, slots=True)
class Dispute:
    """A listing for a reviewer to decide about."""

    task: Task
    listing: Listing
    photo: Photo | None
    witnesses: Sequence[Witness]
    questions: Sequence[Disputed]
    held_by: str
    """who has it on their screen now"""


Answers = Mapping[tuple[int, int], Mapping[int, Answer]]
"""{(listing, attribute): {person: what they say}}"""


def disputes_open(vertical: str = "") -> QuerySet[Task]:
    """What waits for a reviewer, of a vertical (its code) or of all, the most urgent first."""
    tasks = Task.objects.filter(purpose=Purpose.ADJUDICATION, status=TaskStatus.OPEN, listing__retired=False)
    if vertical:
        tasks = tasks.filter(listing__vertical__code=vertical)
    return tasks.order_by("-priority", "created", "pk")


def disputed_verticals() -> list[tuple[Vertical, int]]:
    """The verticals that have disputes, each with how many."""
    counts = dict(disputes_open().order_by().values_list("listing__vertical").annotate(Count("pk")))
    return [(vertical, counts[vertical.pk]) for vertical in Vertical.objects.filter(pk__in=counts)]


def disputes_of(tasks: Iterable[Task]) -> list[Dispute]:
    """These adjudications in their order, each with what was said."""
    rows = _with_holder([task.pk for task in tasks])
    listings = [task.listing_id for task in rows]
    images = Image.objects.filter(listing__in=listings, position=1).select_related("photo")
    photos = {image.listing_id: image.photo for image in images}
    people, answers = _witnesses(listings), _answers(listings)
    attributes = _attributes({task.listing.vertical_id for task in rows})
    return [
        Dispute(
            task=task,
            listing=task.listing,
            photo=photos.get(task.listing_id),
            witnesses=list(people[task.listing_id].values()),
            questions=_questions(
                task, attributes[task.listing.vertical_id], people[task.listing_id], answers
            ),
            held_by=getattr(task, "held_by", None) or "",
        )
        for task in rows
    ]


def _with_holder(ids: Sequence[int]) -> list[Task]:
    held = Turn.objects.filter(is_open(), ~is_unleased(), task=OuterRef("pk")).values("person__username")[:1]
    rows = Task.objects.filter(pk__in=ids).select_related("listing__vertical")
    found = {task.pk: task for task in rows.annotate(held_by=Subquery(held))}
    return [found[pk] for pk in ids]


def _witnesses(listings: Collection[int]) -> Mapping[int, dict[int, Witness]]:
    """{listing: {person: their turn}}, the first to finish first; of several turns the last."""
    turns = Turn.objects.filter(task__listing__in=listings).exclude(finished=None)
    turns = turns.exclude(purpose=Purpose.ADJUDICATION).order_by("finished", "pk")
    people: defaultdict[int, dict[int, Witness]] = defaultdict(dict)
    rows = turns.values_list("task__listing", "person", "person__username", "pk", "returned")
    for listing, person, name, turn, returned in rows:
        people[listing][person or 0] = Witness(turn, name or "", returned is not None)
    return people


def _answers(listings: Collection[int]) -> Answers:
    finished = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("annotator")).exclude(finished=None)
    rows = Annotation.objects.filter(Exists(finished), listing__in=listings, withdrawn=None)
    rows = rows.exclude(task__purpose=Purpose.ADJUDICATION).order_by("pk")
    found = list(rows)
    values = Value.objects.filter(attribute__in={row.attribute_id for row in found})
    rows_of_values = values.values_list("attribute", "code", "label")
    names = {(attribute, code): label for attribute, code, label in rows_of_values}
    answers: defaultdict[tuple[int, int], dict[int, Answer]] = defaultdict(dict)
    for row in found:
        labels = ", ".join(names.get((row.attribute_id, code), code) for code in row.values)
        said = labels or row.state.replace("_", " ")
        answers[row.listing_id, row.attribute_id][row.annotator_id] = Answer(said, row.evidence_position)
    return answers


def _attributes(verticals: Collection[int]) -> Mapping[int, list[Attribute]]:
    attributes: defaultdict[int, list[Attribute]] = defaultdict(list)
    for attribute in Attribute.objects.filter(vertical__in=verticals).order_by(F("position"), "code"):
        attributes[attribute.vertical_id].append(attribute)
    return attributes


def _questions(
    task: Task, attributes: Sequence[Attribute], people: Mapping[int, Witness], answers: Answers
) -> list[Disputed]:
    return [
        Disputed(
            attribute, [answers.get((task.listing_id, attribute.pk), {}).get(person) for person in people]
        )
        for attribute in attributes
        if not task.asks or attribute.code in task.asks
    ]
