"""What the card and the manifest of a model version say, read from its rows."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from training import selectors
from training.base_model import is_hub_id
from training.inputs import Json
from training.ml.card import AttributeFacts, CardFacts, Measured, card_text
from training.ml.strategies import PLANS
from training.models import Method, Metric, ModelVersion, Round

ALL = "All verticals"


def card_of(version: ModelVersion, *, is_merged: bool = False) -> str:
    """The model card of the version as Markdown, of the adapter or of its merged weights."""
    frozen = _frozen(version.round_id)
    manifest = version.manifest
    public = is_hub_id(version.base_model)
    facts = CardFacts(
        name=str(version),
        version=version.pk,
        base_model=version.base_model if public else Path(version.base_model).name,
        base_is_public=public,
        base_fingerprint=manifest.get("base_model", {}).get("fingerprint", ""),
        parent=str(version.parent) if version.parent else "the base model",
        created=f"{version.created:%Y-%m-%d}",
        counts=selectors.listing_counts(round_id=version.round_id),
        verticals={
            vertical["name"]: [
                AttributeFacts(one["name"], len(one["allowed_values"]), one["multi"])
                for one in vertical["attributes"]
            ]
            for vertical in frozen["verticals"]
        },
        measured=_measured(version),
        strategy=PLANS[manifest.get("params", {}).get("strategy", "sft_dpo")].text,
        params=_params(manifest.get("params", {}), public),
        code=manifest.get("code", ""),
        inputs_sha256=manifest.get("inputs_sha256", ""),
        libraries=_made_with(version).get("versions", {}),
        is_merged=is_merged,
    )
    return card_text(facts)


def manifest_of(version: ModelVersion) -> str:
    """What is known of the version, as JSON: where it comes from, what made it, what it is able to do."""
    told = {
        "version": version.pk,
        "name": str(version),
        "round": version.round_id,
        "iteration": version.iteration,
        "parent": version.parent_id,
        "created": version.created.isoformat(),
        **version.manifest,
        "training": _made_with(version),
        "gold": [
            {
                "vertical": None if one.slice == ALL else one.slice,
                "questions": one.questions,
                "accuracy": one.value,
                "interval": [one.low, one.high],
            }
            for one in _measured(version)
        ],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _frozen(round_id: int) -> Json:
    """The counts and verticals of the round's inputs; the listings stay in the database."""
    counts, verticals = (
        Round.objects.filter(pk=round_id).values_list("inputs__counts", "inputs__verticals").get()
    )
    return {"counts": counts, "verticals": verticals}


def _measured(version: ModelVersion) -> list[Measured]:
    metrics = (
        Metric.objects.filter(
            round_id=version.round_id, iteration=version.iteration, method=Method.GREEDY, attribute=None
        )
        .select_related("vertical")
        .order_by("vertical__position", "vertical__code")
    )
    rows = [
        Measured(one.vertical.label if one.vertical else ALL, one.questions, one.value, one.low, one.high)
        for one in metrics
    ]
    # Databases differ in where they put null.
    return sorted(rows, key=lambda one: one.slice != ALL)


def _params(params: dict[str, Any], base_is_public: bool) -> dict[str, Any]:
    """The parameters, without the folders of this machine."""
    if base_is_public or "model" not in params:
        return params
    return params | {"model": params["model"] | {"base": Path(params["model"]["base"]).name}}


def _made_with(version: ModelVersion) -> dict[str, Any]:
    """What the training wrote beside the adapter."""
    written = Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path / "manifest.json"
    if not written.is_file():
        return {}
    told: dict[str, Any] = json.loads(written.read_text())
    return told
