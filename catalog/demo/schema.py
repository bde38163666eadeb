"""The demo catalogue as data: verticals, attributes with closed lists, and the views that show them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """One kind of photo of a vertical. `shows` leaves out `color`, which every view shows."""

    name: str
    shows: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Attribute:
    """A question with its closed list of allowed values."""

    description: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Vertical:
    """A product family; `attributes` holds `color` first, `views` the photos a listing may have."""

    attributes: Mapping[str, Attribute]
    views: tuple[View, ...]

    def shown_in(self, view: View) -> tuple[str, ...]:
        """The attributes that a photo of this view answers."""
        return ("color", *view.shows)


def _vertical(colors: str, attributes: dict[str, tuple[str, str]], *views: View) -> Vertical:
    listed = {"color": ("Main colour of the product", colors), **attributes}
    return Vertical(
        attributes={
            code: Attribute(description, tuple(values.split(", ")))
            for code, (description, values) in listed.items()
        },
        views=views,
    )


_PATTERN = ("Pattern of the fabric", "solid, striped, checked, dotted, floral")
_BACK = ("Cut of the back", "round, square, keyhole, laced")
_PRINT = ("Motif of the print", "star, heart, ring, bolt, arrow")

VERTICALS: Mapping[str, Vertical] = {
    "sandal": _vertical(
        "red, yellow, green, blue, pink, brown, black, white",
        {
            "heel": ("Shape of the heel, seen from the side", "flat, platform, block, wedge, stiletto"),
            "strap": ("How the straps run over the foot", "band, crossed, thong, ankle, gladiator"),
            "sole": ("Tread under the sole", "smooth, ribbed, studded, zigzag"),
        },
        View("side", ("heel",)),
        View("top", ("strap",)),
        View("bottom", ("sole",)),
        View("pair", ("strap",), optional=True),
    ),
    "saree": _vertical(
        "red, orange, yellow, green, blue, purple, pink, white",
        {
            "pattern": _PATTERN,
            "border": ("Motif of the border", "zigzag, scalloped, tasselled, diamond, ribbon"),
            "back": ("Cut of the blouse at the back", _BACK[1]),
        },
        View("draped", ("pattern",)),
        View("border", ("border",)),
        View("blouse", ("back",)),
        View("folded", ("pattern",), optional=True),
    ),
    "suitcase": _vertical(
        "red, orange, yellow, green, blue, purple, black, white",
        {
            "shell": ("Relief of the shell", "smooth, ribbed, banded, diamond, dimpled"),
            "wheels": ("Wheels under the base", "two, four, double, skids"),
            "closure": ("How it closes", "zipper, latch, buckle, dial lock"),
        },
        View("front", ("shell",)),
        View("base", ("wheels",)),
        View("lock", ("closure",)),
        View("inside", optional=True),
    ),
    "watch": _vertical(
        "red, yellow, green, blue, pink, brown, black, white",
        {
            "dial": ("Shape of the dial", "round, square, oval, octagon"),
            "marks": ("Hour marks on the dial", "dots, bars, roman, triangles, minimal"),
            "closure": ("How the strap closes", "buckle, folding, magnetic, velcro"),
        },
        View("front", ("dial",)),
        View("face", ("marks",)),
        View("clasp", ("closure",)),
        View("side", optional=True),
    ),
    "kurta": _vertical(
        "red, orange, yellow, green, blue, purple, pink, white",
        {
            "pattern": _PATTERN,
            "sleeve": ("Cut of the sleeve", "sleeveless, short, long, bell"),
            "neckline": ("Shape of the neckline", "round, v neck, square, mandarin, keyhole"),
        },
        View("front", ("pattern", "sleeve")),
        View("neck", ("neckline",)),
        View("folded", ("pattern",), optional=True),
        View("slit", optional=True),
    ),
    "t-shirt": _vertical(
        "red, orange, yellow, green, blue, purple, black, white",
        {
            "pattern": _PATTERN,
            "neckline": ("Shape of the neckline", "crew, v neck, polo, henley, hooded"),
            "print": (_PRINT[0] + " on the back", _PRINT[1]),
        },
        View("front", ("pattern", "neckline")),
        View("back", ("print",)),
        View("rolled", ("pattern",), optional=True),
        View("tag", optional=True),
    ),
    "handbag": _vertical(
        "red, yellow, green, blue, purple, pink, brown, black",
        {
            "handle": ("Handle of the bag", "short, twin, chain, shoulder"),
            "closure": ("How it closes", "zipper, buckle, button, kiss lock, drawstring"),
            "pocket": ("Pocket inside the bag", "patch, twin, mesh, zipped"),
        },
        View("front", ("handle",)),
        View("lock", ("closure",)),
        View("inside", ("pocket",)),
        View("back", ("handle",), optional=True),
    ),
    "dress": _vertical(
        "red, orange, yellow, green, blue, purple, pink, black",
        {
            "pattern": _PATTERN,
            "back": _BACK,
            "hem": ("Edge of the hem", "straight, scalloped, ruffled, fringed, slanted"),
        },
        View("front", ("pattern",)),
        View("back", ("back",)),
        View("hem", ("hem",)),
        View("swatch", ("pattern",), optional=True),
    ),
    "backpack": _vertical(
        "red, orange, yellow, green, blue, purple, black, white",
        {
            "pocket": ("Pockets on the front", "single, twin, stacked, mesh"),
            "strap": ("How the shoulder straps run", "classic, crossed, sling, harness"),
            "closure": ("How the top closes", "zipper, buckle, drawstring, roll top"),
        },
        View("front", ("pocket",)),
        View("back", ("strap",)),
        View("top", ("closure",)),
        View("side", optional=True),
    ),
    "sofa": _vertical(
        "red, yellow, green, blue, purple, pink, brown, white",
        {
            "armrest": ("Shape of the armrests", "rolled, square, sloped, armless"),
            "backrest": ("Upholstery of the backrest", "smooth, tufted, channel, quilted"),
            "legs": ("Shape of the legs", "tapered, block, hairpin, caster, bun"),
        },
        View("front", ("armrest", "backrest")),
        View("leg", ("legs",)),
        View("upholstery", ("backrest",), optional=True),
        View("rear", optional=True),
    ),
    "lamp": _vertical(
        "red, orange, yellow, green, blue, purple, pink, white",
        {
            "shade": ("Shape of the shade", "cone, drum, globe, dome, tiered"),
            "base": ("Shape of the base", "tripod, disc, ball, pillar, arched"),
            "switch": ("Kind of switch", "toggle, knob, chain, rocker"),
        },
        View("shade", ("shade",)),
        View("base", ("base",)),
        View("switch", ("switch",)),
        View("lit", ("shade",), optional=True),
    ),
    "cap": _vertical(
        "red, orange, yellow, green, blue, purple, black, white",
        {
            "print": (_PRINT[0] + " on the front", _PRINT[1]),
            "brim": ("Shape of the brim, seen from the side", "flat, curved, upturned, short"),
            "closure": ("How the back closes", "snap, buckle, velcro, elastic"),
        },
        View("front", ("print",)),
        View("side", ("brim",)),
        View("back", ("closure",)),
        View("top", optional=True),
    ),
}


def demo_schema() -> dict[str, dict[str, dict[str, object]]]:
    """The content of schema.json: vertical -> attribute -> description and allowed values."""
    return {
        name: {
            code: {"description": attribute.description, "allowed_values": list(attribute.values)}
            for code, attribute in vertical.attributes.items()
        }
        for name, vertical in VERTICALS.items()
    }
