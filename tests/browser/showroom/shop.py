"""The catalogue of the showroom: four verticals of the demo with photos; gold came with its labels."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from django.core.files.base import ContentFile

from attrx_web.roles import Role
from catalog.demo.generate import DemoListing, render_listings
from catalog.demo.schema import demo_schema
from catalog.models import Image, Import, Listing, Photo, Vertical
from catalog.selectors.drafts import working
from catalog.services import schema_import
from catalog.services.drafts import schema_draft_open
from catalog.services.splits import splits_recheck
from labeling.models import Provenance
from labeling.services import label_record
from tests.factories import user_with
from tests.training.browsing import import_done

VERTICALS = ("kurta", "suitcase", "handbag", "watch")
GOLD, SEED, POOL = 8, 3, 7
"""Listings of each vertical."""
SIZE = 200
"""Pixels of a photo's side."""


def shop_open() -> dict[str, str]:
    """Bring the listings; returns {question id in a round: what the demo drew}."""
    schema = demo_schema()
    schema_import(schema={name: schema[name] for name in VERTICALS})
    user_with(Role.REVIEWER, "rita")
    autumn = import_done("autumn collection.csv")
    truths: dict[str, str] = {}
    for place, drawn in enumerate(_drawn()):
        truths |= _bring(place // len(VERTICALS), drawn, autumn)
    splits_recheck()
    _draft()
    return truths


def _draft() -> None:
    """Somebody is about to describe the colours of kurtas better."""
    shown = working("kurta")
    assert shown is not None
    color, *others = shown.spec.attributes
    better = replace(color, description="Colour of the largest part, in daylight")
    schema_draft_open(
        spec=replace(shown.spec, attributes=(better, *others)),
        base_number=shown.base,
        by=user_with(Role.ADMIN),
        note="Two people asked which colour counts.",
    )


@cache
def _drawn() -> Sequence[DemoListing]:
    """In turns of verticals; drawn once for all tests."""
    return list(
        render_listings(
            per_vertical=GOLD + SEED + POOL, look="studio", seed=3, size=SIZE, verticals=VERTICALS
        )
    )


def _bring(number: int, drawn: DemoListing, by: Import) -> Mapping[str, str]:
    split = "gold" if number < GOLD else "seed" if number < GOLD + SEED else "pool"
    listing = Listing.objects.create(
        vertical=Vertical.objects.get(code=drawn.vertical),
        external_id=f"{drawn.vertical}-{number:03}",
        title=drawn.title,
        description=drawn.description,
        metadata=dict(drawn.metadata),
        split=split,
        group_key=drawn.listing_id,
        first_import=by,
        last_import=by,
        last_row=number + 1,
    )
    for position, picture in enumerate(drawn.photos, 1):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90)
        source = f"photos/{drawn.vertical}-{number:03}-{position}.jpg"
        Image.objects.create(listing=listing, position=position, photo=_photo(file.getvalue()), source=source)
    truths = {}
    for attribute in listing.vertical.attributes.prefetch_related("values"):
        answer = drawn.attributes[attribute.code]
        truths[f"{listing.external_id}/{attribute.label}"] = answer
        if split == "gold":
            _label(listing, attribute.code, answer, checked=number % 3 == 0)
    return truths


def _photo(jpeg: bytes) -> Photo:
    sha256 = hashlib.sha256(jpeg).hexdigest()
    file = ContentFile(jpeg, name=f"{sha256}.jpg")
    found, _ = Photo.objects.get_or_create(
        sha256=sha256, defaults={"file": file, "bytes": len(jpeg), "width": SIZE, "height": SIZE}
    )
    return found


def _label(listing: Listing, code: str, answer: str, *, checked: bool) -> None:
    """As it came with the import, and some of them checked by a reviewer."""
    attribute = listing.vertical.attributes.get(code=code)
    value = attribute.values.get(label=answer).code
    label_record(
        listing=listing,
        attribute=attribute,
        values=[value],
        provenance=Provenance.IMPORT,
        source="autumn collection.csv",
    )
    if checked:
        label_record(
            listing=listing,
            attribute=attribute,
            values=[value],
            provenance=Provenance.VERDICT,
            source="rita",
            by=user_with(Role.REVIEWER, "rita"),
        )
