"""Demo listings from a seed.

Every draw is keyed by what it is for, so that a listing does not depend on how many others there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from PIL import Image

from catalog.demo.canvas import SUPERSAMPLING, Canvas
from catalog.demo.drawings import DRAWINGS
from catalog.demo.looks import LOOKS, Look, studio
from catalog.demo.palette import Paint, tone
from catalog.demo.parts import Item
from catalog.demo.schema import VERTICALS, View
from catalog.demo.seller import SNAPSHOT, SellerFaults, seller
from catalog.demo.textures import fabric
from catalog.demo.wording import words


@dataclass(frozen=True)
class DemoListing:
    """A rendered listing; `evidence` maps each attribute to the photos, counted from 1, that show it."""

    listing_id: str
    vertical: str
    title: str
    description: str
    metadata: Mapping[str, object]
    attributes: Mapping[str, str]
    evidence: Mapping[str, list[int]]
    photos: tuple[Image.Image, ...]
    views: tuple[str, ...]


def render_listings(
    *, per_vertical: int, look: Look, seed: int, size: int = 256, verticals: Sequence[str] | None = None
) -> Iterator[DemoListing]:
    """Listing 0 of every vertical, then listing 1 of every vertical, and so on; photos are `size` px square.

    Raises ValueError for an unknown look or vertical.
    """
    for vertical, index in listing_order(per_vertical, look, verticals):
        yield render_listing(vertical=vertical, index=index, look=look, seed=seed, size=size)


def listing_order(per_vertical: int, look: Look, verticals: Sequence[str] | None) -> list[tuple[str, int]]:
    """(vertical, index) of each listing in the order of delivery; checks the arguments."""
    chosen = list(VERTICALS) if verticals is None else list(verticals)
    if unknown := [name for name in chosen if name not in VERTICALS]:
        raise ValueError(f"unknown demo vertical {unknown[0]!r}: choose from {', '.join(VERTICALS)}")
    if look not in LOOKS:
        raise ValueError(f"unknown look {look!r}: choose from {', '.join(LOOKS)}")
    if per_vertical < 1:
        raise ValueError(f"per_vertical is {per_vertical}: ask for at least 1 listing per vertical")
    return [(vertical, index) for index in range(per_vertical) for vertical in chosen]


def render_listing(*, vertical: str, index: int, look: Look, seed: int, size: int = 256) -> DemoListing:
    """One listing, the same whatever else is rendered."""
    listing_id = f"demo-{look}-{seed}-{vertical}-{index:04d}"
    definition = VERTICALS[vertical]
    rng = _rng(listing_id, "attributes")
    attributes = {
        code: attribute.values[int(rng.integers(len(attribute.values)))]
        for code, attribute in definition.attributes.items()
    }
    views = _chosen_views(definition.views, _rng(listing_id, "views"))
    title, description, metadata = words(vertical, _rng(listing_id, "words"))
    return DemoListing(
        listing_id=listing_id,
        vertical=vertical,
        title=title,
        description=description,
        metadata=metadata,
        attributes=attributes,
        evidence={
            code: [at for at, view in enumerate(views, start=1) if code in definition.shown_in(view)]
            for code in attributes
        },
        photos=tuple(_photo(listing_id, vertical, view, attributes, look, size) for view in views),
        views=tuple(view.name for view in views),
    )


def _chosen_views(views: Sequence[View], rng: np.random.Generator) -> list[View]:
    """All views but some of the optional ones, in the order in which the seller happened to upload them."""
    chosen = [view for view in views if not view.optional or rng.random() < 0.6]
    return [chosen[int(at)] for at in rng.permutation(len(chosen))]


def _photo(
    listing_id: str, vertical: str, view: View, attributes: Mapping[str, str], look: Look, size: int
) -> Image.Image:
    """One photo; the drawing gets only the values that the view shows."""
    rng = _rng(listing_id, f"photo {view.name}")
    canvas = Canvas(round(SUPERSAMPLING * size))
    paint = Paint(tone(attributes["color"], _rng(listing_id, "tone")))
    shown = {code: attributes[code] for code in view.shows}
    cloth = fabric(paint, shown["pattern"], canvas.pixels, rng) if "pattern" in shown else paint
    DRAWINGS[vertical][view.name](canvas, Item(values=shown, paint=paint, fabric=cloth))
    if look == "studio":
        return studio(canvas.image, size, rng)
    return seller(canvas.image, size, rng, SNAPSHOT if look == "snapshot" else SellerFaults())


def _rng(*key: str) -> np.random.Generator:
    """A counter-based generator whose key is the digest of what it is for."""
    digest = blake2b("/".join(key).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest, dtype=np.uint64)))
