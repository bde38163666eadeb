"""The pages of splits as people use them."""

import io

import pytest
from PIL import ImageEnhance
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.demo.generate import render_listing
from catalog.models import Image, Import, Listing, Photo, Vertical
from catalog.services.photos import photos_intake
from catalog.services.splits import listings_train_on, splits_recheck
from catalog.splits import Quota
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.catalog.bringing import bring, settle
from tests.factories import VerticalFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(db: None) -> None:
    """Watches, sofas without photos, and kurtas: one in many sizes, one offered again, and a leak."""
    kurta, watch, sofa = (
        VerticalFactory.create(code=name, label=name.capitalize()) for name in ("kurta", "watch", "sofa")
    )
    import_ = bring(sofa, *(f"sofa-{number}" for number in range(40)))
    for vertical, count in ((kurta, 9), (watch, 5)):
        for number in range(count):
            offer(import_, vertical, f"{vertical.code}-{number:03}", number)
    for number, brightness in enumerate((0.9, 1.1, 1.15)):
        offer(import_, kurta, f"kurta-again-{number}", 0, brightness)
    for size in range(36, 60, 2):
        offer(import_, kurta, f"kurta-size-{size}", 20, given_group="kurta-sizes")
    settle(import_, gold=Quota(3), seed=Quota(2))
    leak(kurta)


def offer(
    import_: Import, vertical: Vertical, name: str, number: int, brightness: float = 1.0, **fields: str
) -> None:
    """Bring a listing of the demo, its first photo perhaps in another light."""
    drawn = render_listing(vertical=vertical.code, index=number, look="studio", seed=7, size=160)
    file = io.BytesIO()
    ImageEnhance.Brightness(drawn.photos[0]).enhance(brightness).save(file, "JPEG", quality=90)
    photo = photos_intake(names=["photo"], read=lambda _: file.getvalue())["photo"]
    assert isinstance(photo, Photo)
    bring(vertical, name, by=import_, title=drawn.title, photos=[photo], **fields)


def leak(vertical: Vertical) -> None:
    """A listing that a round learned from gets the photo of a gold one."""
    listings = Listing.objects.filter(vertical=vertical)
    gold, pool = (listings.filter(split=split).order_by("external_id").first() for split in ("gold", "pool"))
    assert gold and pool
    listings_train_on(external_ids=[pool.external_id])
    Image.objects.filter(listing=pool).update(photo=gold.images.all()[0].photo)
    splits_recheck()


def test_an_admin_finds_a_leak_and_closes_it(page: Page, sign_in: SignIn, shop: None) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/splits/")
    expect(page.get_by_text("1 leak", exact=True)).to_be_visible()
    look_at(page, "splits")
    page.get_by_role("link", name="Kurta").click()
    expect(page.get_by_role("heading", name="Leaks")).to_be_visible()
    look_at(page, "splits-vertical")
    page.get_by_role("button", name="Move gold to the pool").click()
    expect(page.get_by_role("alert")).to_contain_text("is in the pool now")
    expect(page.get_by_text("None: no gold listing has a near-duplicate outside gold.")).to_be_visible()


def test_a_reviewer_looks_at_the_group_of_a_listing(page: Page, sign_in: SignIn, shop: None) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/catalog/splits/kurta/")
    page.get_by_label("Find the group of a listing").fill("kurta-size-58")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Group of kurta-size-58")).to_be_visible()
    expect(page.get_by_text("12 listings", exact=True)).to_be_visible()
    look_at(page, "splits-group")
    expect(page.get_by_role("button", name="Move gold to the pool")).to_have_count(0)


def test_an_empty_catalogue_says_where_splits_come_from(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/catalog/splits/")
    expect(page.get_by_text("There is no vertical yet")).to_be_visible()
    look_at(page, "splits-empty")
