"""Reads of verdicts in rounds: how many are in each, which are new, and what became of their questions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from labeling.selectors.confirmed import confirming
from labeling.selectors.verdicts import verdicts
from training.models import ModelVersion, Prediction, Round, VerdictUse


@dataclass(frozen=True, slots=True)
class Used:
    """The verdicts of a round, of one person or of all."""

    round_id: int
    verdicts: int
    questions: int
    people: int


@dataclass(frozen=True, slots=True)
class Change:
    """How the questions of verdicts were answered before a round learned from them, and after."""

    questions: int
    """verdicts whose question has a vote before and after"""
    wrong_before: int
    """the vote before said otherwise"""
    mended: int
    """of these, the vote after says what the reviewer said"""
    spoilt: int
    """the vote before said what the reviewer said, the one after does not"""


@dataclass(frozen=True, slots=True)
class Between:
    """The verdicts that separate two rounds."""

    first: int
    second: int
    added: int
    """in the second round and not in the first"""
    gone: int
    """in the first round and not in the second"""


@dataclass(frozen=True, slots=True)
class Mine:
    """A person's verdicts."""

    given: int
    in_rounds: int
    """that are in at least one round"""
    pending: int
    """that the next round will learn from, and none did yet"""


def used_in(round_ids: Sequence[int], *, person_id: int | None = None) -> dict[int, Used]:
    """{round: its verdicts} of those that have any; of one person or of everybody."""
    uses = _uses(person_id).filter(round__in=round_ids).order_by()
    people_of = Count("verdict__annotator", distinct=True)
    counted = list(uses.values_list("round").annotate(Count("pk"), people_of))
    if not counted:
        return {}
    asked = uses.values_list("round", "verdict__listing", "verdict__attribute").distinct()
    questions = Counter(round_id for round_id, _, _ in asked)
    return {
        round_id: Used(round_id, verdicts, questions[round_id], people)
        for round_id, verdicts, people in counted
    }


def rounds_with_verdicts(*, person_id: int, most: int) -> list[Round]:
    """The newest rounds that learned from a verdict of this person, newest first, without their inputs."""
    used = Exists(_uses(person_id).filter(round=OuterRef("pk")))
    return list(Round.objects.filter(used).defer("inputs").order_by("-created", "-pk")[:most])


def mine(*, person_id: int) -> Mine:
    """How many verdicts the person gave, and where they are."""
    given = verdicts().filter(annotator=person_id)
    used = Exists(VerdictUse.objects.filter(verdict=OuterRef("pk")))
    pending = confirming().filter(~used, annotator=person_id)
    return Mine(given.count(), given.filter(used).count(), pending.count())


def between(*, first: int, second: int) -> Between:
    """The verdicts that separate two rounds."""
    one, other = (VerdictUse.objects.filter(round=pk) for pk in (first, second))
    added = other.exclude(verdict__in=one.values("verdict")).count()
    gone = one.exclude(verdict__in=other.values("verdict")).count()
    return Between(one.count(), other.count(), added, gone)


def change_of(round_id: int, *, person_id: int | None = None) -> Change | None:
    """What the round made of its verdicts' questions; None until there are votes before and after it.

    Before is the last version of an earlier round that voted on the pool, after the last one of this round.
    """
    voted = ModelVersion.objects.filter(Exists(Prediction.objects.filter(model_version=OuterRef("pk"))))
    newest = voted.order_by("-round_id", "-iteration").values_list("pk", flat=True)
    before = newest.filter(round__lt=round_id).first()
    after = newest.filter(round=round_id).first()
    if before is None or after is None:
        return None
    uses = _uses(person_id).filter(Exists(_votes(before)), Exists(_votes(after)), round=round_id)
    uses = uses.alias(was=Exists(_says_so(before)), now=Exists(_says_so(after)))
    found = uses.aggregate(
        questions=Count("pk"),
        wrong_before=Count("pk", filter=Q(was=False)),
        mended=Count("pk", filter=Q(was=False, now=True)),
        spoilt=Count("pk", filter=Q(was=True, now=False)),
    )
    return Change(**found) if found["questions"] else None


def _uses(person_id: int | None) -> QuerySet[VerdictUse]:
    uses = VerdictUse.objects.all()
    return uses if person_id is None else uses.filter(verdict__annotator=person_id)


def _votes(version_id: int) -> QuerySet[Prediction]:
    """The version's vote on the question of a use."""
    return Prediction.objects.filter(
        model_version=version_id,
        listing=OuterRef("verdict__listing"),
        attribute=OuterRef("verdict__attribute"),
    )


def _says_so(version_id: int) -> QuerySet[Prediction]:
    """That vote, where it says what the reviewer said."""
    votes = _votes(version_id).alias(codes=Cast("values", TextField()))
    return votes.filter(
        codes=Cast(OuterRef("verdict__values"), TextField()), state=OuterRef("verdict__state")
    )
