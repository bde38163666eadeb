"""Pool questions that people reviewed, and votes on them, for tests of what rounds make of verdicts."""

from itertools import count

from django.contrib.auth.models import User
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Attribute, Listing
from catalog.splits import Split
from labeling.models import Annotation, Provenance, Purpose, Task, TaskStatus, Turn
from labeling.services import label_record
from tests.factories import AnnotationFactory, user_with
from training.models import ModelVersion, Prediction

CHAINS = 8

_numbers = count(1)


def reviewer(name: str = "rita") -> User:
    return user_with(Role.REVIEWER, name)


def pool(vertical: str = "kurta") -> list[Listing]:
    """The vertical's pool listings, by external id."""
    return list(Listing.objects.filter(split=Split.POOL, vertical__code=vertical).order_by("external_id"))


def verdict(
    listing: Listing,
    attribute: str = "color",
    value: str = "blue",
    *,
    by: str = "rita",
    purpose: Purpose = Purpose.REVIEW,
    settles: bool = True,
    **fields: object,
) -> Annotation:
    """What a reviewer answered in a turn that is finished, and the label that follows."""
    person, asked = reviewer(by), Attribute.objects.get(vertical=listing.vertical, code=attribute)
    task, _ = Task.objects.get_or_create(
        listing=listing, purpose=purpose, status=TaskStatus.DONE, asks=[attribute]
    )
    if not task.turns.filter(person=person).exists():
        Turn.objects.create(
            task=task,
            number=task.turns.count() + 1,
            purpose=purpose,
            vertical=listing.vertical,
            person=person,
            finished=timezone.now(),
        )
    given: Annotation = AnnotationFactory.create(
        listing=listing,
        attribute=asked,
        annotator=person,
        task=task,
        values=[value],
        idempotency_key=f"verdict-{next(_numbers)}",
        **fields,
    )
    if settles:
        adjudicated = purpose == Purpose.ADJUDICATION
        label_record(
            listing=listing,
            attribute=asked,
            provenance=Provenance.ADJUDICATION if adjudicated else Provenance.VERDICT,
            values=[value],
            source=by,
            by=person,
        )
    return given


def vote(
    version: ModelVersion, listing: Listing, attribute: str = "color", *, red: int = CHAINS, blue: int = 0
) -> Prediction:
    """The version's vote on a question: so many of eight chains for red and blue."""
    asked = Attribute.objects.get(vertical=listing.vertical, code=attribute)
    top, most = ("red", red) if red >= blue else ("blue", blue)
    return Prediction.objects.create(
        model_version=version,
        listing=listing,
        attribute=asked,
        counts={answer: n for answer, n in (("red", red), ("blue", blue)) if n},
        chains=CHAINS,
        majority=top,
        values=[top],
        agreement=most / CHAINS,
    )
