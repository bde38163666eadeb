"""Exports chosen on their page and downloaded, and labels brought back in, as people do it."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from attrx_web.roles import Role
from labeling.models import Label
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.exporting.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

MAGIC = {
    "CSV": b"listing,",
    "JSONL": b'{"listing"',
    "Parquet": b"PAR1",
    "Label Studio": b"PK",
    "Hugging Face datasets": b"PK",
}


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def choose(page: Page, label: str) -> None:
    page.get_by_role("radio", name=label, exact=True).check()


def download(page: Page) -> Download:
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    return started.value


def test_a_reviewer_downloads_every_format(page: Page, sign_in: SignIn, tmp_path: Path, world: World) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/export/")
    expect(page.get_by_text("3 rows")).to_be_visible()
    look_at(page, "export")
    choose(page, "Labels beside predictions")
    expect(page.get_by_text("4 rows")).to_be_visible()
    for label, magic in MAGIC.items():
        choose(page, label)
        file = download(page)
        path = tmp_path / file.suggested_filename
        file.save_as(path)
        assert path.read_bytes().startswith(magic), label
        assert path.name.startswith("attrx-comparison")
    expect(page.get_by_text("4 listings")).to_be_visible()
    look_at(page, "export-predictions")


def test_filters_come_along_and_are_taken_away(page: Page, sign_in: SignIn, world: World) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/?vertical=watch&q=diver&labels=some&layout=grid")
    page.get_by_role("link", name="Export these").click()
    choose(page, "Listings")
    choose(page, "Label Studio")
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    look_at(page, "export-filtered")
    page.get_by_role("link", name="the listings").click()
    expect(page.get_by_text("Diver").first).to_be_visible()
    page.goto("/export/?what=listings&format=label-studio&vertical=watch&q=diver&labels=some")
    page.get_by_role("link", name="Remove Search: diver").click()
    expect(page.get_by_text("2 listings")).to_be_visible()
    page.get_by_label("Vertical", exact=True).select_option("Sofa")
    expect(page.get_by_text("0 listings")).to_be_visible()
    page.goto("/export/?vertical=shoe&what=predictions")
    expect(page.get_by_role("alert")).to_contain_text("shoe")
    look_at(page, "export-problem")


def test_the_page_works_without_scripts(page: Page, sign_in: SignIn, world: World) -> None:
    page.route("**/*.js", lambda route: route.abort())
    sign_in(page, Role.REVIEWER)
    page.goto("/export/")
    choose(page, "Predictions")
    page.get_by_label("Split", exact=True).select_option("Pool")
    assert download(page).suggested_filename.startswith("attrx-predictions-")


def test_labels_of_label_studio_come_back(page: Page, sign_in: SignIn, tmp_path: Path, world: World) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/export/?format=label-studio&vertical=watch")
    file = download(page)
    file.save_as(tmp_path / "tasks.zip")
    tasks = json.loads(zipfile.ZipFile(tmp_path / "tasks.zip").read("watch.json"))
    tasks[1]["annotations"][0]["result"][0]["value"]["choices"] = ["Rope"]
    tasks.append(tasks[0] | {"id": 99, "data": {"listing_id": "w99"}})
    (tmp_path / "watch.json").write_text(json.dumps(tasks))
    Label.objects.all().delete()
    page.goto("/labeling/import/")
    look_at(page, "labels-import")
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "watch.json")
    page.get_by_role("button", name="Import labels").click()
    expect(page.get_by_text("'Rope' is not allowed")).to_be_visible()
    look_at(page, "labels-imported")
    assert Label.objects.count() == 2
    (tmp_path / "watch.txt").write_text("labels")
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "watch.txt")
    page.get_by_role("button", name="Import labels").click()
    expect(page.get_by_role("alert")).to_contain_text("no labels can be read from it")
    look_at(page, "labels-refused")
