"""Which filters and which model version an export is about, as people name them."""

from django.db.models import QuerySet
from django.http import QueryDict

from catalog.errors import CatalogError
from training.models import Alias, AliasName, ModelVersion

SETTINGS = ("sort", "layout", "size", "cursor")
"""Of the listings page: how it shows what it found, which an export does not ask."""


def filters_in(query: str) -> dict[str, str]:
    """The filters in a query string of the listings page, with or without its question mark."""
    given = QueryDict(query.removeprefix("?")).dict()
    return {name: value for name, value in given.items() if name not in SETTINGS}


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
