"""Exported listings are imported again: catalog_import takes what catalog_export wrote."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Listing
from labeling.models import Label
from tests.training.exporting.world import MESH, World
from training.models import Prediction

OURS = (
    "listing",
    "vertical_label",
    "split",
    "group_key",
    "claims",
    "trained_on",
    "retired",
    "created",
    "updated",
)
"""Columns that are about this catalogue only."""
OBJECTS = ("attributes=attributes", "evidence=evidence", "metadata=all_metadata")
"""What the columns mean that hold objects: in CSV and Parquet they are texts."""


def listings() -> list[dict[str, Any]]:
    return [
        {
            "id": listing.external_id,
            "vertical": listing.vertical.code,
            "texts": (listing.title, listing.description),
            "metadata": listing.metadata,
            "photos": [image.photo.sha256 for image in listing.images.all()],
        }
        for listing in Listing.objects.order_by("external_id")
    ]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_listings_come_back_with_their_labels_as_claims(world: World, tmp_path: Path, form: str) -> None:
    Listing.objects.filter(external_id="w1").update(metadata={"brand": "Ünï | co"}, description="a\n\nb")
    Listing.objects.filter(external_id="w2").update(title="A title is one line")
    before, out = listings(), tmp_path / f"listings.{form}"
    call_command("catalog_export", "listings", "--format", form, "--out", str(out))
    for model in (Label, Prediction, Listing):
        model.objects.all().delete()
    roles = [*(f"{name}=ignored" for name in OURS), *OBJECTS]
    call_command("catalog_import", str(out), "--photos", "storage:", "--set", *roles)
    if form == "csv":  # An import takes the apostrophe before a formula as it stands.
        before[1]["texts"] = (f"'{before[1]['texts'][0]}", before[1]["texts"][1])
    assert listings() == before
    claims = Listing.objects.get(external_id="w1").claims
    assert claims["strap"] == {"values": [MESH], "state": "", "evidence": 2}
    assert claims["hands"]["values"] == ["hour", "second"]
    assert Listing.objects.get(external_id="w2").claims["strap"]["state"] == "not_visible"
