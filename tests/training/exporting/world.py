"""A small catalogue with labels and predictions, for exports."""

from dataclasses import dataclass

from catalog.models import Attribute, Listing, Status, Vertical
from catalog.schema.codes import code_of
from catalog.services import schema_import
from catalog.splits import Split
from labeling.models import Provenance
from labeling.services import label_record
from tests.factories import ImageFactory, ListingFactory, PhotoFactory
from tests.training.rounds import round_in, version_of
from training.models import Alias, AliasName, ModelVersion, Prediction

SCHEMA = {
    "Watch": {
        "Strap": {
            "description": "What it is worn by",
            "allowed_values": ["Leather", "Steel | mesh", "=Cloth"],
        },
        "Hands": {"allowed_values": ["Hour", "Minute", "Second"], "multi": True},
    },
    "Sofa": {"Seats": {"allowed_values": ["2", "3"]}},
}


MESH = code_of("Steel | mesh")


@dataclass(frozen=True)
class World:
    """w1 of the gold set and w2 of the seed set are labelled watches, w3 and the sofa s1 are of the pool."""

    listings: dict[str, Listing]
    version: ModelVersion


def make_world() -> World:
    """A champion predicted straps of w1 and w3: for w1 as the label says, for w3 that it is not visible."""
    schema_import(schema=SCHEMA)
    watch, sofa = Vertical.objects.get(code="watch"), Vertical.objects.get(code="sofa")
    listings = {
        name: ListingFactory.create(vertical=vertical, external_id=name, split=split.value, title=title)
        for name, vertical, split, title in (
            ("w1", watch, Split.GOLD, '=HYPERLINK("http://example.org")'),
            ("w2", watch, Split.SEED, "Diver, 40 mm\nwith “rotating” bezel"),
            ("w3", watch, Split.POOL, "Ünïcode ⌚"),
            ("s1", sofa, Split.POOL, "Sofa"),
        )
    }
    for place, listing in enumerate(listings.values()):
        ImageFactory.create(listing=listing, photo=PhotoFactory.create(color=(place, 0, 0)))
    ImageFactory.create(listing=listings["w1"], position=2, photo=PhotoFactory.create(color=(9, 9, 9)))
    label(listings["w1"], "strap", MESH, evidence=2)
    label(listings["w1"], "hands", "hour", "second")
    label(listings["w2"], "strap", state="not_visible")
    version = version_of(round_in(Status.DONE))
    Alias.objects.create(name=AliasName.CHAMPION, version=version)
    predict(version, listings["w1"], [MESH], "Steel | mesh", 6)
    predict(version, listings["w3"], [], "not visible", 5, state="not_visible")
    return World(listings, version)


def label(
    listing: Listing, attribute: str, *values: str, state: str = "", evidence: int | None = None
) -> None:
    label_record(
        listing=listing,
        attribute=Attribute.objects.get(vertical=listing.vertical, code=attribute),
        provenance=Provenance.IMPORT,
        values=values,
        state=state,
        source="spring.csv",
        evidence_position=evidence,
    )


def predict(
    version: ModelVersion, listing: Listing, values: list[str], answer: str, votes: int, state: str = ""
) -> None:
    Prediction.objects.create(
        model_version=version,
        listing=listing,
        attribute=Attribute.objects.get(vertical=listing.vertical, code="strap"),
        counts={answer: votes, "Leather": 8 - votes},
        chains=8,
        majority=answer,
        values=values,
        state=state,
        agreement=votes / 8,
    )
