"""Which answers the current routing accepts, as queries ask it: a threshold for each attribute, no rows.

An answer is accepted that reaches its attribute's threshold, unless its question is audited or people have
answered it. Rounding must not part equal agreements, hence SLACK.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.models import Label
from training.models import Prediction, Route, RoutedQuestion, Routing, RoutingState, RoutingThreshold

SLACK = 1e-9
"""As training.ml.policy has it."""
ACCEPTED = "accepted"
LABELLED = "labelled"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Accepting:
    """The routing by which answers are accepted."""

    routing_id: int
    version_id: int
    thresholds: Mapping[int, float]
    """{attribute: the least agreement}, of those with accepted answers"""
    expected: Mapping[int, float]
    """{attribute: the precision expected of them}"""

    def answers(self, attribute: int | None = None) -> QuerySet[Prediction]:
        """The accepted ones, of an attribute or of all."""
        return Prediction.objects.filter(self._reached(attribute), ~self._asked(), ~_labelled())

    def listings(self, route: str, attribute: int | None = None) -> Q:
        """The condition on listings that have a question of this kind, of an attribute or of all.

        Args:
            route: ACCEPTED, a Route's value, or NOTHING for listings of the pool without any of these.
        """
        if route == ACCEPTED:
            return Q(Exists(self.answers(attribute).filter(listing=OuterRef("pk"))))
        if route != NOTHING:
            return Q(Exists(self._routed(attribute).filter(route=route)))
        return ~self.listings(ACCEPTED, attribute) & ~Q(Exists(self._routed(attribute)))

    def least(self, attribute: int) -> float | None:
        """The least agreement of accepted answers to the attribute; None where there are none."""
        threshold = self.thresholds.get(attribute)
        return None if threshold is None else threshold - SLACK

    def untouched(self, attribute: int) -> Q:
        """The condition on listings whose answer to the attribute is accepted if it reaches the threshold."""
        labels = Label.objects.filter(listing=OuterRef("pk"), attribute=attribute).order_by()
        return Q(~Exists(self._routed(attribute)), ~Exists(labels))

    def _reached(self, attribute: int | None) -> Q:
        least = self.thresholds if attribute is None else {attribute: self.thresholds.get(attribute)}
        by_threshold = defaultdict[float, list[int]](list)
        for pk, threshold in least.items():
            if threshold is not None:
                by_threshold[threshold].append(pk)
        if not by_threshold:
            return Q(pk__in=[])
        # They are few: an agreement is so many of the chains.
        reached = [
            Q(attribute__in=sorted(pks), agreement__gte=threshold - SLACK)
            for threshold, pks in by_threshold.items()
        ]
        return Q(model_version=self.version_id, agreement__gte=min(by_threshold) - SLACK) & reduce(
            or_, reached
        )

    def _asked(self) -> Exists:
        rows = RoutedQuestion.objects.filter(
            routing=self.routing_id, listing=OuterRef("listing"), attribute=OuterRef("attribute")
        )
        return Exists(rows.order_by())

    def _routed(self, attribute: int | None) -> QuerySet[RoutedQuestion]:
        """Of the listing outside, those that people are to answer."""
        rows = RoutedQuestion.objects.filter(routing=self.routing_id, listing=OuterRef("pk")).order_by()
        return rows if attribute is None else rows.filter(attribute=attribute)


def accepting_now() -> Accepting | None:
    """The current routing; None where there is none."""
    found = Routing.objects.filter(state=RoutingState.CURRENT).values_list("pk", "version_id").first()
    if found is None:
        return None
    routing_id, version_id = found
    rows = RoutingThreshold.objects.filter(routing=routing_id).exclude(threshold=None).order_by()
    thresholds = list(rows.values_list("attribute_id", "threshold", "expected"))
    return Accepting(
        routing_id=routing_id,
        version_id=version_id,
        thresholds={attribute: least for attribute, least, _ in thresholds if least is not None},
        expected={attribute: expected for attribute, _, expected in thresholds},
    )


@dataclass(frozen=True, slots=True)
class Routed:
    """What becomes of one question."""

    route: str
    """ACCEPTED, a Route's value, LABELLED or NOTHING"""
    threshold: float | None = None
    """of accepted answers"""
    expected: float | None = None
    """the precision expected of those"""


def routed_of(
    accepting: Accepting, listing_ids: Collection[int], agreements: Mapping[tuple[int, int], float]
) -> dict[tuple[int, int], Routed]:
    """{(listing, attribute): what becomes of it} of the questions with these agreements, in two queries."""
    asked = {
        (listing_id, attribute_id): route
        for listing_id, attribute_id, route in RoutedQuestion.objects.filter(
            routing=accepting.routing_id, listing__in=listing_ids
        )
        .order_by()
        .values_list("listing_id", "attribute_id", "route")
    }
    labelled = set(
        Label.objects.filter(listing__in=listing_ids).order_by().values_list("listing_id", "attribute_id")
    )
    return {
        question: Routed(asked[question])
        if question in asked
        else _by_agreement(accepting, question[1], agreement, is_labelled=question in labelled)
        for question, agreement in agreements.items()
    }


def _by_agreement(accepting: Accepting, attribute: int, agreement: float, *, is_labelled: bool) -> Routed:
    if is_labelled:
        return Routed(LABELLED)
    least = accepting.thresholds.get(attribute)
    if least is None or agreement < least - SLACK:
        return Routed(NOTHING)
    return Routed(ACCEPTED, least, accepting.expected[attribute])


def _labelled() -> Exists:
    labels = Label.objects.filter(listing=OuterRef("listing"), attribute=OuterRef("attribute"))
    return Exists(labels.order_by())


LISTING_CHOICES = [
    (ACCEPTED, "Accepted"),
    (Route.REVIEW.value, "In review"),
    (Route.AUDIT.value, "Audited"),
    (NOTHING, "Nothing of these"),
]
"""What listings may be narrowed to."""
