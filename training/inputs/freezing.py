"""Catalogue, labels, base model and code as they are now -> a round's inputs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

from catalog import selectors as catalog
from catalog.models import Attribute, Listing, Vertical
from catalog.splits import Split
from labeling.selectors import LabelRow, label_rows
from training.base_model import base_fingerprint
from training.inputs.verticals import FrozenVertical, Json, Material, freeze_vertical
from training.ml.errors import DataError
from training.ml.params import LoopParams
from training.ml.runfolder import adapter_digest
from training.ml.strategies import PLANS
from training.ml.version import code_version, library_versions
from training.models import Alias, AliasName

REASONS_SHOWN = 3


def freeze(params: LoopParams) -> Json:
    """Everything that a round with these parameters would learn from and be measured by, as JSON.

    Equal catalogues, labels, models and code give equal JSON, whatever their primary keys, but for `sources`.
    A vertical that cannot be used is left out, and `left_out` says why.

    Raises:
        DataError: when nothing is left, or for the model: naming what cannot be used, and the remedy.
    """
    base = {"base": params.model.base, "fingerprint": base_fingerprint(params.model.base)}
    adapter = _champion(params) if params.strategy == "champion_dpo" else None
    frozen, left_out = _verticals(params)
    plan = PLANS[params.strategy]
    if plan.learns_from_pool and not any(vertical.questions[Split.POOL] for vertical in frozen):
        raise DataError("the pool is empty: import unlabelled listings to learn from" + _because(left_out))
    listings = {split.value: _merged(frozen, split) for split in Split}
    return {
        "verticals": [vertical.schema for vertical in frozen],
        "left_out": left_out,
        "listings": listings,
        "counts": {split: len(rows) for split, rows in listings.items()},
        "questions": {
            split.value: sum(vertical.questions.get(split, 0) for vertical in frozen) for split in Split
        },
        "base_model": base,
        "adapter": adapter,
        "code": code_version(),
        "libraries": library_versions(),
        "sources": {
            "labels": [label for vertical in frozen for label in vertical.labels],
            "schema_versions": _schema_versions(frozen),
        },
    }


def _verticals(params: LoopParams) -> tuple[list[FrozenVertical], list[Json]]:
    """Those that can be used, and those that cannot with the reason, in order."""
    frozen: list[FrozenVertical] = []
    left_out: list[Json] = []
    materials = _materials(_splits(params))
    if not materials:
        raise DataError(
            "the catalogue is empty: import a data folder first, or load the demo (manage.py demo)"
        )
    called = Counter(material.vertical.label for material in materials)
    for material in materials:
        vertical = material.vertical
        try:
            if called[vertical.label] > 1:
                raise DataError(_twins(vertical, materials))
            frozen.append(freeze_vertical(material))
        except DataError as error:
            left_out.append({"vertical": vertical.code, "name": vertical.label, "reason": str(error)})
    if not frozen:
        raise DataError("no vertical can be used" + _because(left_out))
    return frozen, left_out


def _splits(params: LoopParams) -> list[Split]:
    """The splits that the round's strategy needs."""
    plan = PLANS[params.strategy]
    needed = {Split.SEED: plan.uses_seed, Split.GOLD: True, Split.POOL: True}
    return [split for split, is_needed in needed.items() if is_needed]


def _materials(splits: Sequence[Split]) -> list[Material]:
    """What the catalogue has of every vertical with listings in these splits."""
    attributes: defaultdict[int, list[Attribute]] = defaultdict(list)
    for attribute in catalog.attributes_with_values():
        attributes[attribute.vertical_id].append(attribute)
    verticals: dict[int, Vertical] = {}
    listings: defaultdict[int, dict[Split, list[Listing]]] = defaultdict(
        lambda: {split: [] for split in splits}
    )
    labels: defaultdict[int, list[LabelRow]] = defaultdict(list)
    for split in splits:
        # Databases order texts each in their own way.
        for listing in sorted(catalog.listings_of(split=split), key=lambda one: one.external_id):
            verticals.setdefault(listing.vertical_id, listing.vertical)
            listings[listing.vertical_id][split].append(listing)
        for label in label_rows(split=split) if split is not Split.POOL else ():
            labels[label.listing_id].append(label)
    return [
        Material(vertical, attributes[vertical.pk], listings[vertical.pk], labels)
        for vertical in sorted(verticals.values(), key=lambda one: (one.position, one.code))
    ]


def _twins(vertical: Vertical, materials: Iterable[Material]) -> str:
    codes = [repr(one.vertical.code) for one in materials if one.vertical.label == vertical.label]
    return (
        f"the verticals {' and '.join(codes)} are called {vertical.label!r} alike: "
        "rename one of them in the schema editor"
    )


def _because(left_out: Sequence[Json]) -> str:
    """The first reasons, to follow what they are reasons of."""
    if not left_out:
        return ""
    shown = "; ".join(one["reason"] for one in left_out[:REASONS_SHOWN])
    more = len(left_out) - REASONS_SHOWN
    return f": {shown}" + (f"; and {more} more" if more > 0 else "")


def _merged(frozen: Iterable[FrozenVertical], split: Split) -> list[Json]:
    rows = [row for vertical in frozen for row in vertical.listings.get(split, ())]
    return sorted(rows, key=lambda row: row["listing_id"])


def _schema_versions(frozen: Iterable[FrozenVertical]) -> Json:
    """{vertical code: number of its newest schema version}"""
    used = {vertical.schema["code"] for vertical in frozen}
    versions = catalog.schema_versions_now().values()
    return {one.vertical.code: one.number for one in versions if one.vertical.code in used}


def _champion(params: LoopParams) -> Json:
    """Where the champion's adapter lies, and what it is.

    Raises:
        DataError: where there is no champion, or it is not of this base model, or its files are gone.
    """
    alias = Alias.objects.filter(name=AliasName.CHAMPION).select_related("version").first()
    if alias is None:
        raise DataError("there is no champion to go on from yet: start a round with another strategy first")
    version = alias.version
    if version.base_model != params.model.base:
        raise DataError(
            f"the champion ({version}) is an adapter of {version.base_model}, not of {params.model.base}: "
            "set ATTRX_BASE_MODEL to that, or choose another strategy"
        )
    path = Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path
    return {"path": version.adapter_path, "sha256": adapter_digest(path)}
