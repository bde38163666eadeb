"""A workspace for journeys on the labelling screen: a kurta with ten questions, drawn photos, open tasks."""

import hashlib
import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.files.base import ContentFile
from PIL.Image import Image as Picture
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.demo.generate import render_listings
from catalog.models import Image, Listing, Vertical
from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from catalog.services.schema import schema_save
from labeling.models import Purpose, PurposeRule
from labeling.services.tasks import tasks_open
from tests.factories import ListingFactory, PhotoFactory, user_with
from tests.labeling.workspace import answer, claim, message, send, statuses

QUESTIONS: dict[str, Sequence[str]] = {
    "Colour": ("red", "blue", "green", "yellow", "white", "black", "pink", "brown"),
    "Pattern": ("solid", "striped", "checked", "dotted", "floral"),
    "Neckline": ("round", "V-neck", "square", "mandarin collar", "shirt collar"),
    "Sleeve length": ("sleeveless", "short", "three-quarter", "long"),
    "Length": ("hip", "knee", "calf", "ankle"),
    "Fit": ("slim", "regular", "loose"),
    "Back": ("closed", "keyhole", "laced"),
    "Closure": ("none", "buttons", "zip", "hooks"),
    "Hem": ("straight", "curved", "asymmetric"),
    "Occasion": ("everyday", "festive", "formal"),
}
PHOTOS = 3


def question(label: str, values: Sequence[str], **fields: Any) -> AttributeSpec:
    """A question with these values, called like their codes."""
    return AttributeSpec(
        code(label), label, values=tuple(ValueSpec(code(one), one) for one in values), **fields
    )


def ten_questions() -> list[AttributeSpec]:
    """Ten of one value each; the first has a guideline."""
    described = {"Neckline": "Shape of the neckline, seen from the front"}
    return [
        question(
            label,
            values,
            description=described.get(label, ""),
            guideline=GUIDELINE if label == "Colour" else "",
        )
        for label, values in QUESTIONS.items()
    ]


GUIDELINE = (
    "The colour of the largest part.\n\nOf two colours of the same size take the one further up. "
    "Shadows and coloured light do not count: compare with the white of the background."
)


def kurta(*attributes: AttributeSpec) -> Vertical:
    """The vertical, asking these attributes."""
    schema_save(spec=VerticalSpec("kurta", "Kurta", attributes))
    return Vertical.objects.get(code="kurta")


def open_tasks(
    number: int, vertical: Vertical, *, purpose: Purpose = Purpose.SEED, photos: int = PHOTOS
) -> list[Listing]:
    """So many listings with photos of their own, with an open task each, in the order in which they come."""
    listings = [_listing(place, vertical, photos) for place in range(number)]
    tasks_open(listing_ids=[listing.pk for listing in listings], purpose=purpose)
    return listings


def _listing(place: int, vertical: Vertical, photos: int) -> Listing:
    listing = ListingFactory.create(
        vertical=vertical,
        external_id=f"kurta/{place:03}",
        title=f"Cotton kurta no. {place} with a long name that sellers like",
        description="Hand printed, machine wash cold.\nModel is 172 cm tall.",
        metadata={"brand": "Lotus", "price": 1290, "size": "M"},
    )
    for position in range(1, photos + 1):
        photo = PhotoFactory.create(**_photo(place * photos + position))
        Image.objects.create(listing=listing, position=position, photo=photo)
    return listing


def _photo(number: int) -> dict[str, object]:
    png = _png(number)
    sha256 = hashlib.sha256(png).hexdigest()
    return {"file": ContentFile(png, name="photo.png"), "sha256": sha256, "width": 480, "height": 480}


@cache
def _png(number: int) -> bytes:
    target = io.BytesIO()
    drawn = _drawn()
    photo = drawn[number % len(drawn)].rotate(number // len(drawn))
    photo.save(target, "PNG")
    return target.getvalue()


@cache
def _drawn() -> list[Picture]:
    listings = render_listings(per_vertical=4, look="studio", seed=3, size=480, verticals=["kurta"])
    return [photo for listing in listings for photo in listing.photos]


def code(label: str) -> str:
    """The code of what is called so."""
    return label.lower().replace(" ", "_").replace("-", "_")


def begin(page: Page, listing: Listing | None = None, query: str = "") -> None:
    """Open the screen, and wait for the listing."""
    page.goto(f"/label/work/?purpose=seed{query}")
    expect(page.locator("[data-title]")).to_have_text(listing.title if listing else re.compile("."))


def shows(page: Page, listing: Listing) -> None:
    """This listing is on the screen."""
    expect(page.locator("[data-title]")).to_have_text(listing.title)


def press(page: Page, *keys: str) -> int:
    """Press these keys one after the other; returns how many."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def loaded(page: Page, photos: int) -> None:
    """So many photos have been fetched, ahead of their listings too."""
    page.wait_for_function(
        """photos => performance.getEntriesByType("resource")
            .filter(({ name }) => name.endsWith("/web")).length >= photos""",
        arg=photos,
    )


def saved(page: Page) -> None:
    """Wait until the page has done what it was told, and the server has all of it."""
    expect(page.locator("[data-work]")).to_have_attribute("data-busy", "0")
    expect(page.locator("[data-saved]")).to_have_attribute("data-saved", "yes")
    expect(page.get_by_text("All saved")).to_be_visible()


def rule(purpose: Purpose, **fields: Any) -> None:
    """Have the purpose worked on so; earlier tests may have taken its rule away."""
    PurposeRule.objects.update_or_create(purpose=purpose, defaults=fields)


def show_suggestions() -> None:
    """Let people who label seed listings see what is proposed."""
    rule(Purpose.SEED, suggestions=True)


def finishes(name: str, colour: str, pattern: str, neckline: str) -> None:
    """This person labels the next listing so."""
    person = user_with(Role.ANNOTATOR, name)
    (lease,) = claim(person, purpose=Purpose.SEED)
    given = {"colour": colour, "pattern": pattern, "neckline": neckline}
    said = [answer(lease, attribute, value) for attribute, value in given.items()]
    replies = send(person, *said, message("finish", lease, seconds=3))
    assert statuses(replies) == ["done"] * 4, replies
