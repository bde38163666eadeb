"""The wizard of imports as people use it: from a file and an archive of photos to listings."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import current_app
from playwright.sync_api import Browser, FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from catalog.demo import demo_schema
from catalog.demo.generate import render_listing
from catalog.importing import batches
from catalog.models import Import, Listing
from catalog.services import imports_queue, imports_run, schema_import
from catalog.services.ledger import worker_name
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.queues import BROKER

pytestmark = pytest.mark.django_db(transaction=True)

VERTICALS = ("handbag", "kurta", "suitcase")
SHELVES = {"handbag": "Handbags", "kurta": "Tunics", "suitcase": "Suitcases"}
"""What the shop calls the verticals."""
HEADER = (
    "sku",
    "store_view",
    "categories",
    "name",
    "description",
    "price",
    "base_image",
    "additional_images",
)


@pytest.fixture(autouse=True)
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema; what is sent to workers waits in memory."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    monkeypatch.setattr(batches, "PRODUCTS", 6)
    schema_import(schema={name: content for name, content in demo_schema().items() if name in VERTICALS})


def export(*, extra: tuple[list[str], ...] = ()) -> tuple[FilePayload, FilePayload]:
    """A shop's export of 24 products and the archive of their photos."""
    rows, photos = io.StringIO(), io.BytesIO()
    writer = csv.writer(rows, delimiter=";")
    writer.writerow([*HEADER, "additional_attributes"])
    with zipfile.ZipFile(photos, "w") as archive:
        for place in range(24):
            vertical, index = VERTICALS[place % 3], place // 3
            listing = render_listing(vertical=vertical, index=index, look="studio", seed=1, size=160)
            names = [f"{vertical[0]}{index:03}_{view}.jpg" for view in range(len(listing.photos))]
            for name, photo in zip(names, listing.photos, strict=True):
                content = io.BytesIO()
                photo.save(content, "JPEG")
                archive.writestr(f"media/{name}", content.getvalue())
            answers = ",".join(f"{code}={value}" for code, value in listing.attributes.items())
            paths = [f"/{name[0]}/{name}" for name in names]
            writer.writerow(
                [f"{vertical[0].upper()}-{index:03}", "", f"Shop/Sale,Shop/Things/{SHELVES[vertical]}"]
                + [listing.title, f"<p>{listing.title}.</p><ul><li>New &amp; boxed</li></ul>", "49.00"]
                + [paths[0], ",".join(paths[1:]), f"has_options=0,{answers}"]
            )
        writer.writerows(extra)
    return (
        {"name": "autumn export.csv", "mimeType": "text/csv", "buffer": rows.getvalue().encode("utf-8-sig")},
        {"name": "photos.zip", "mimeType": "application/zip", "buffer": photos.getvalue()},
    )


BAD = (
    ["X-001", "", "Shop/Hats", "Hat", "", "1", "/h/h000_0.jpg", "", ""],
    ["X-002", "", "kurta", "Kurta", "", "1", "/k/none.jpg", "", "fabric=moonlight"],
    ["X-003", "", "kurta", "Kurta", "", "1", "", "", "color=moonlight"],
    ["X-004", "", "kurta"],
)


@contextmanager
def unwatched(page: Page) -> Iterator[None]:
    """The page asks for nothing: two threads of a test cannot use one SQLite connection at once."""
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def work(page: Page, *, halfway: Callable[[], object] = lambda: None) -> None:
    """A worker takes the newest import up; `halfway` happens between two of its batches."""
    with unwatched(page):
        claim = imports_queue.import_claim(import_id=Import.objects.latest("pk").pk, worker=worker_name())
        assert claim
        told = 0

        def tell(position: int, size: int) -> None:
            nonlocal told
            told += 1
            if told == 2:
                page.context.set_offline(False)
                halfway()
                page.context.set_offline(True)

        imports_run.import_run(claim, tell=tell)
    page.reload()


def test_an_admin_imports_an_export_from_upload_to_listings(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/imports/")
    look_at(page, "imports-empty")
    page.get_by_role("link", name="Import a file").click()
    rows, photos = export(extra=BAD)
    page.get_by_label("Rows").set_input_files(rows)
    page.get_by_label("In a zip archive").check()
    page.get_by_label("Zip archive with the photos").set_input_files(photos)
    look_at(page, "import-new")
    page.get_by_role("button", name="Continue to the columns").click()

    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    expect(page.get_by_label("Meaning of sku")).to_have_value("id")
    expect(page.get_by_label("Meaning of base_image")).to_have_value("images")
    expect(page.get_by_label("Meaning of color")).to_have_value("attribute:color")
    look_at(page, "import-columns")
    page.get_by_label("Meaning of name").select_option("ignored")
    expect(page.locator("#live .live-name").first).to_have_text("H-000")
    page.get_by_label("Meaning of name").select_option("title")
    expect(page.locator("#live .live-name").first).not_to_have_text("H-000")
    page.get_by_label("Meaning of categories").select_option("metadata")
    expect(page.locator("#live")).to_contain_text("No column is the vertical")
    expect(page.locator("#verticals")).to_be_hidden()
    look_at(page, "import-columns-fault")
    page.get_by_label("Meaning of categories").select_option("vertical")
    expect(page.locator("#verticals")).to_be_visible()
    expect(page.get_by_label("Shop/Sale,Shop/Things/Handbags")).to_have_value("handbag")
    page.get_by_label("Shop/Sale,Shop/Things/Tunics").select_option("kurta")
    expect(page.locator("#live")).not_to_contain_text("it is no vertical")
    page.get_by_label("Gold").fill("2")
    page.get_by_label("Seed").fill("3")
    page.get_by_role("button", name="Continue to the preview").click()

    expect(page.get_by_text("The first 20: 20 will land")).to_be_visible()
    show_all(page)
    look_at(page, "import-preview")
    page.get_by_role("button", name="Check all rows").click()

    expect(page.get_by_text("Waiting")).to_be_visible()
    look_at(page, "import-waiting")
    work(page)
    expect(page.get_by_text("Checked")).to_be_visible()
    expect(page.locator(".tallies")).to_contain_text("24")
    look_at(page, "import-checked")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    number = Import.objects.latest("pk").pk
    assert download.value.suggested_filename == f"autumn export-errors-{number}.csv"
    errors = csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines())
    assert [line["problem_row"] for line in errors] == ["25", "26", "27", "28"]
    page.get_by_role("link", name="1", exact=True).first.click()
    expect(page.get_by_role("heading", name="Problems")).to_be_visible()
    look_at(page, "import-problems")
    page.go_back()

    page.get_by_role("button", name="Load 24 listings").click()

    def halfway() -> None:
        page.reload()
        expect(page.get_by_text("Loading")).to_be_visible()
        look_at(page, "import-loading")

    work(page, halfway=halfway)
    expect(page.get_by_text("Loaded")).to_be_visible()
    look_at(page, "import-loaded")
    assert Listing.objects.count() == 24
    assert set(Listing.objects.values_list("vertical__code", flat=True)) == set(VERTICALS)
    page.get_by_role("link", name="See the listings").click()
    expect(page.get_by_role("status")).to_contain_text("24 listings")
    page.goto("/catalog/imports/")
    look_at(page, "imports")


def test_an_admin_cancels_resumes_and_imports_again(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    rows, _ = export()
    upload(page, rows)
    page.get_by_label("Vertical of all rows").select_option("kurta")
    page.get_by_label("Meaning of categories").select_option("metadata")
    page.get_by_label("Meaning of base_image").select_option("ignored")
    page.get_by_label("Meaning of additional_images").select_option("ignored")
    page.get_by_label("Meaning of additional_attributes").select_option("ignored")
    page.get_by_role("button", name="Continue to the preview").click()
    page.get_by_role("button", name="Load without a check").click()

    def cancel() -> None:
        page.reload()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("the import ends with its present batch")).to_be_visible()

    work(page, halfway=cancel)
    expect(page.get_by_text("Cancelled")).to_be_visible()
    look_at(page, "import-cancelled")
    assert Listing.objects.count() == 12
    page.get_by_role("button", name="Resume").click()
    work(page)
    expect(page.get_by_text("Loaded")).to_be_visible()
    assert Listing.objects.count() == 24


def show_all(page: Page) -> None:
    """Have every photo of the page loaded, also those further down."""
    for photo in page.locator(".preview img").all():
        photo.scroll_into_view_if_needed()
        expect(photo).to_have_js_property("complete", True)
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    page.evaluate("scrollTo(0, 0)")


def upload(page: Page, rows: FilePayload) -> None:
    page.goto("/catalog/imports/new")
    page.get_by_label("Rows").set_input_files(rows)
    page.get_by_role("button", name="Continue to the columns").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()


def test_the_wizard_works_without_javascript(
    browser: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, Role.ADMIN)
    rows, _ = export()
    upload(page, rows)
    page.get_by_label("Meaning of sku").select_option("metadata")
    page.get_by_role("button", name="Update this page").click()
    expect(page.get_by_text("No column is the listing id")).to_be_visible()
    page.get_by_role("button", name="Continue to the preview").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    page.get_by_label("Meaning of sku").select_option("id")
    page.get_by_label("Meaning of categories").select_option("metadata")
    page.get_by_label("Vertical of all rows").select_option("kurta")
    page.get_by_label("Meaning of additional_attributes").select_option("metadata")
    page.get_by_role("button", name="Continue to the preview").click()
    expect(page.get_by_text("20 will be refused")).to_be_visible()
    page.get_by_role("link", name="Back to the columns").click()
    page.get_by_role("button", name="Discard this import").click()
    expect(page.get_by_text("The import is discarded.")).to_be_visible()
    context.close()
    assert not Import.objects.exists()
