"""Which filters and which model version an export is about, as people name them."""

from django.db.models import QuerySet
from django.http import QueryDict

from catalog.errors import CatalogError
from training.accepted import accepting_now
from training.exporting.orders import Format, What
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


def accepting_version(what: What, form: Format, pk: int | None) -> int:
    """The version whose answers are accepted, for an order of nothing else.

    Raises:
        CatalogError: where it cannot be had: no routing counts, or another version or thing is asked for.
    """
    if what is not What.PREDICTIONS or form.is_folder:
        raise CatalogError("accepted answers are rows of predictions: export these as csv, jsonl or parquet")
    accepting = accepting_now()
    if accepting is None:
        raise CatalogError("no routing counts yet, so nothing is accepted: confirm one under Review")
    if pk not in (None, accepting.version_id):
        raise CatalogError(
            f"the answers of model version {accepting.version_id} are accepted, not those of {pk}: "
            "leave the model version out"
        )
    return accepting.version_id


def versions() -> QuerySet[ModelVersion]:
    """Every model version, the newest first."""
    return (
        ModelVersion.objects.select_related("round").prefetch_related("aliases").order_by("-created", "-pk")
    )
