"""The champion's agreement about listings, to show and to sort by: of an attribute, or the lowest of all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery

from catalog.models import Listing
from training.models import Prediction

PREDICTIONS = "predictions__"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whose predictions count, and about what."""

    champion: int | None
    attribute: int | None
    """None: all attributes"""

    def of(self, listing_ids: Sequence[int]) -> dict[int, float]:
        """{listing id: agreement} of those that have one."""
        if self.champion is None:
            return {}
        predictions = Prediction.objects.filter(self._counts(), listing__in=listing_ids)
        return dict(predictions.order_by().values_list("listing_id").annotate(Min("agreement")))

    def known(self, listings: QuerySet[Listing]) -> QuerySet[Listing]:
        """Those that have one."""
        return listings.filter(Exists(self._of_outer()))

    def looked_up(self, listings: QuerySet[Listing]) -> QuerySet[Listing]:
        """With `agreement` and `place`, their id: of each listing by itself."""
        own = self._of_outer().order_by("agreement").values("agreement")
        return listings.annotate(agreement=Subquery(own[:1]), place=F("pk"))

    def walked(self, listings: QuerySet[Listing], also: Q) -> QuerySet[Listing]:
        """With `agreement` and `place`, their id: joined, so that an index has them in order.

        `also` is a condition on the joined prediction, which lies at the path PREDICTIONS. Of several about a
        listing, the one counts that no other is below.
        """
        vote = FilteredRelation("predictions", condition=self._counts(PREDICTIONS) & also)
        voted = listings.alias(vote=vote).annotate(
            agreement=F("vote__agreement"), place=F("vote__listing_id"), vote_id=F("vote__pk")
        )
        voted = voted.filter(agreement__isnull=False)
        if self.attribute is not None:
            return voted
        lower = Q(agreement__lt=OuterRef("agreement"))
        earlier = Q(agreement=OuterRef("agreement"), pk__lt=OuterRef("vote_id"))
        return voted.filter(~Exists(self._of_outer().filter(lower | earlier)))

    def _of_outer(self) -> QuerySet[Prediction]:
        return Prediction.objects.filter(self._counts(), listing=OuterRef("pk"))

    def _counts(self, path: str = "") -> Q:
        """A prediction counts."""
        condition = Q(**{f"{path}model_version": self.champion})
        return condition if self.attribute is None else condition & Q(**{f"{path}attribute": self.attribute})
