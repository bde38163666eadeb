"""Trying a model in a browser: photos in, answers out, at every width and in the dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.factories import photo_bytes, user_with
from tests.queues import memory_queue
from tests.training.predicting.working import askable, working
from tests.training.routed import World, dry_run
from training.services import routings

pytestmark = pytest.mark.django_db(transaction=True)
PHOTOS: list[FilePayload] = [
    {"name": f"{name}.png", "mimeType": "image/png", "buffer": photo_bytes(color, (64, 48))}
    for name, color in (("front", (180, 40, 60)), ("back", (40, 60, 180)))
]
DROP = """async ([name, type, bytes]) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
    document.querySelector("[data-drop]").dispatchEvent(drop);
}"""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A champion whose answers are accepted from a threshold on, and a listing with a photo."""
    with memory_queue(monkeypatch, "default"):
        world = askable(World(pool=4, gold=100))
        routing = dry_run(world)
        routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
        yield world


def test_a_reviewer_tries_photos_and_sees_the_votes(
    page: Page, sign_in: SignIn, world: World, redis: Any
) -> None:
    sign_in(page, Role.REVIEWER)
    with working(redis):
        page.goto("/predict/")
        page.get_by_label("Photos", exact=True).set_input_files(PHOTOS)
        expect(page.locator("[data-chosen] img")).to_have_count(2)
        page.get_by_label("Vertical").select_option("kurta")
        look_at(page, "predict-filled")
        page.get_by_role("button", name="Ask the model").click()
        cards = page.locator(".try-card")
        expect(cards).to_have_count(2)
        expect(page.locator(".try-photos img")).to_have_count(2)
        expect(cards.first).to_contain_text("of 8")
        expect(cards.nth(1)).to_contain_text("For people to look at")
        look_at(page, "predict-answered")


def test_a_dropped_photo_and_a_listing_are_asked_about(
    page: Page, sign_in: SignIn, world: World, redis: Any
) -> None:
    sign_in(page, Role.REVIEWER)
    with working(redis):
        page.goto("/predict/")
        page.evaluate(DROP, ["front.png", "image/png", list(PHOTOS[0]["buffer"])])
        expect(page.locator("[data-chosen] img")).to_have_count(1)
        page.get_by_label("Vertical").select_option("kurta")
        page.get_by_role("button", name="Ask the model").click()
        expect(page.locator(".try-photos img")).to_have_count(1)
        page.goto("/predict/?listing=pool-000")
        page.get_by_role("button", name="Ask the model").click()
        expect(page.locator(".try-asked").get_by_role("link", name="pool-000")).to_be_visible()


def test_what_is_missing_is_said_beside_its_field(
    page: Page, sign_in: SignIn, world: World, redis: Any
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/predict/")
    expect(page.get_by_role("alert")).to_contain_text("manage.py serve_model")
    page.get_by_role("button", name="Ask the model").click()
    expect(page.get_by_text("Choose the vertical of the photos.")).to_be_visible()
    expect(page.get_by_label("Vertical")).to_have_attribute("aria-invalid", "true")
    look_at(page, "predict-refused")
