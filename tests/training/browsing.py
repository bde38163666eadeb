"""A small catalogue that looks like a real one: rendered photos, labels of all kinds, votes of a champion."""

import hashlib
import io
from datetime import UTC, datetime
from functools import cache

from django.core.files.base import ContentFile

from attrx_web.roles import Role
from catalog.demo.generate import DemoListing, render_listings
from catalog.demo.schema import demo_schema
from catalog.models import Attribute, Image, Import, Listing, Photo, Status, Vertical
from catalog.models.imports import Stage
from catalog.services import schema_import
from catalog.states import State
from labeling.models import Provenance
from labeling.services import label_record
from tests.factories import user_with
from tests.training.rounds import champion_of, prediction, round_in
from training.models import ModelVersion

VERTICALS = ("suitcase", "kurta", "handbag")
GOLD, SEED = 2, 3
"""Of each vertical: the first listings, then the next."""


def small_shop() -> None:
    """Eight listings of each of three verticals; gold and seed are labelled, the pool is predicted."""
    schema = demo_schema()
    schema_import(schema={name: schema[name] for name in VERTICALS})
    champion = champion_of(round_in(Status.DONE))
    autumn = import_done("autumn collection.csv")
    for index in range(len(_drawn())):
        _add(index, autumn, champion)


@cache
def _drawn() -> list[DemoListing]:
    """Drawn once for all tests."""
    return list(render_listings(per_vertical=8, look="studio", seed=3, size=320, verticals=list(VERTICALS)))


@cache
def _png(listing: int, photo: int) -> bytes:
    target = io.BytesIO()
    _drawn()[listing].photos[photo].save(target, "PNG")
    return target.getvalue()


def import_done(name: str) -> Import:
    """An import that has brought its listings."""
    now = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
    times = {"started": now, "heartbeat": now, "finished": now}
    return Import.objects.create(
        status=Status.DONE, stage=Stage.SETTLE, settled=True, name=name, path=name, **times
    )


def _photo(png: bytes) -> Photo:
    sha256 = hashlib.sha256(png).hexdigest()
    file = ContentFile(png, name=f"{sha256}.png")
    return Photo.objects.create(sha256=sha256, file=file, bytes=len(png), width=320, height=320)


def _add(index: int, by: Import, champion: ModelVersion) -> None:
    drawn, number = _drawn()[index], index // len(VERTICALS)
    split = "gold" if number < GOLD else "seed" if number < GOLD + SEED else "pool"
    listing = Listing.objects.create(
        vertical=Vertical.objects.get(code=drawn.vertical),
        external_id=f"{drawn.vertical}/{number:03}",
        title=drawn.title,
        description=drawn.description,
        metadata=dict(drawn.metadata),
        claims={"color": {"values": [drawn.attributes["color"]], "state": "", "evidence": 1}},
        split=split,
        group_key=f"{drawn.vertical}-{(number - 1) // 2}" if split == "pool" else drawn.listing_id,
        trained_on=split == "seed",
        first_import=by,
        last_import=by,
        last_row=number + 1,
    )
    for position in range(1, len(drawn.photos) + 1):
        Image.objects.create(
            listing=listing,
            position=position,
            photo=_photo(_png(index, position - 1)),
            source=f"photos/{number}-{position}.jpg",
        )
    attributes = list(listing.vertical.attributes.all())
    for place, attribute in enumerate(attributes):
        if split == "pool":
            _predict(champion, listing, attribute, drawn, place + number)
        elif place != number:
            _label(listing, attribute, drawn, place + number)


def _predict(
    champion: ModelVersion, listing: Listing, attribute: Attribute, drawn: DemoListing, turn: int
) -> None:
    code = attribute.values.get(label=drawn.attributes[attribute.code]).code
    prediction(champion, listing, attribute, code, agreement=(8 - turn % 6) / 8)


def _label(listing: Listing, attribute: Attribute, drawn: DemoListing, turn: int) -> None:
    """Most are imported and then checked by a person; some cannot be seen."""
    code = attribute.values.get(label=drawn.attributes[attribute.code]).code
    label_record(
        listing=listing,
        attribute=attribute,
        values=[code],
        provenance=Provenance.IMPORT,
        source="autumn collection.csv",
    )
    if turn % 3 == 0:
        rita = user_with(Role.REVIEWER, "rita")
        label_record(
            listing=listing,
            attribute=attribute,
            state=State.NOT_VISIBLE,
            provenance=Provenance.VERDICT,
            source="rita",
            by=rita,
            reason="The photo is cropped.",
        )
