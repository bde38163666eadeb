"""Which listings and which model version an export is about, as people name them."""

from collections.abc import Mapping

from django.db.models import QuerySet

from catalog.errors import CatalogError
from catalog.models import Listing
from training.filters import PredictedListingFilter
from training.models import Alias, AliasName, ModelVersion


def listings_matching(query: Mapping[str, str]) -> QuerySet[Listing]:
    """The listings that the listings page shows for this query.

    Raises:
        CatalogError: for a filter that there is not, or a value that it does not take.
    """
    chosen = PredictedListingFilter(query)
    if unknown := [name for name in query if name not in chosen.filters]:
        raise CatalogError(f"{unknown[0]!r} is no filter of listings: use one of {', '.join(chosen.filters)}")
    if problems := chosen.problems():
        raise CatalogError(problems[0])
    listings: QuerySet[Listing] = chosen.qs
    return listings


def version_named(pk: int | None) -> ModelVersion:
    """The model version with this id; without one the champion.

    Raises:
        CatalogError: where there is none.
    """
    if pk is None:
        alias = Alias.objects.filter(name=AliasName.CHAMPION).select_related("version__round").first()
        if alias is None:
            raise CatalogError("no model version is the champion yet: run a round, or name a model version")
        return alias.version
    version = ModelVersion.objects.filter(pk=pk).select_related("round").first()
    if version is None:
        raise CatalogError(f"there is no model version {pk}: name one that a round made")
    return version


def versions() -> QuerySet[ModelVersion]:
    """Every model version, the newest first."""
    return (
        ModelVersion.objects.select_related("round").prefetch_related("aliases").order_by("-created", "-pk")
    )
