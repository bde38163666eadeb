"""Files and folders that are opened for an import, and those that cannot be."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.errors import CatalogError
from catalog.importing.dialect import Dialect
from catalog.importing.folder import folder_plan
from catalog.models import Import, Status, Vertical
from catalog.models.imports import Stage
from catalog.services import imports
from catalog.services.imports import folder_open
from tests.catalog.folders import checked, file_opened, loaded, make_folder, row
from tests.factories import AttributeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "folder"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    AttributeFactory.create(vertical__code="bag", vertical__label="Bag", code="color")
    return tmp_path / "rows.csv"


def test_a_folder_that_cannot_be_used_leaves_nothing_behind(folder: Path) -> None:
    make_folder(folder, [row("w1", images=[])])
    (folder / "schema.json").write_text("{}")
    with pytest.raises(CatalogError, match=r"schema.json: expected an object of verticals"):
        folder_opened_as_it_is(folder)
    make_folder(folder, [])
    with pytest.raises(CatalogError, match=r"listings.jsonl: it has no rows: add at least one listing"):
        folder_opened_as_it_is(folder)
    (folder / "listings.jsonl").unlink()
    with pytest.raises(CatalogError, match=r"listings.jsonl: the file cannot be read \(No such file"):
        folder_opened_as_it_is(folder)
    assert not Vertical.objects.exists()
    assert not Import.objects.exists()


def folder_opened_as_it_is(folder: Path) -> None:
    folder_open(folder=folder, plan=folder_plan())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sku\n", "rows.csv: it has no rows: add at least one listing"),
        (b"PK\x03\x04", "rows.csv: it is a spreadsheet or an archive: save the rows as CSV"),
    ],
)
def test_a_file_without_rows_is_refused(file: Path, content: bytes, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        file_opened(file, content)
    assert not Import.objects.exists()


def test_photos_that_are_nowhere_are_refused(file: Path) -> None:
    with pytest.raises(CatalogError, match="photos: there is no folder or archive 'none.zip'"):
        file_opened(file, "sku\n1\n", photos="none.zip")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": []}, "No column is the listing id"),
        ({"gold": "many"}, "'many' is no quota"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused(file: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        file_opened(file, "sku\n1\n", **changes)


def test_an_upload_is_kept_and_can_be_discarded(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    AttributeFactory.create(vertical__code="bag")
    opened = imports.import_upload(rows=SimpleUploadedFile("a b.csv", b"sku,name\n1,x\n"))
    assert (opened.name, opened.plan["gold"], opened.plan["seed"]) == ("a b.csv", "20", "10")
    assert (opened.status, opened.stage, opened.sample["seen"]) == (Status.DONE, Stage.PLAN, 1)
    assert default_storage.exists(opened.path)
    assert checked(opened).accepted == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert imports.import_discard(import_id=opened.pk)
    assert not Import.objects.exists()
    assert not default_storage.exists(opened.path)


def test_an_upload_that_cannot_be_used_is_not_kept() -> None:
    with pytest.raises(CatalogError, match="is no zip archive"):
        imports.import_upload(
            rows=SimpleUploadedFile("a.csv", b"sku\n1\n"), photos=SimpleUploadedFile("a.zip", b"no zip")
        )
    folders, _ = default_storage.listdir("imports")
    assert all(default_storage.listdir(f"imports/{folder}") == ([], []) for folder in folders)


def test_a_file_is_read_again_in_another_dialect() -> None:
    AttributeFactory.create(vertical__code="bag")
    opened = imports.import_upload(rows=SimpleUploadedFile("a.csv", b"sku;name\n1;x, y\n2;z, w\n"))
    assert imports.import_reread(import_id=opened.pk, dialect=Dialect(delimiter=","))
    opened.refresh_from_db()
    assert [name for name, *_ in opened.sample["columns"]] == ["sku;name"]
    assert (opened.plan["dialect"]["delimiter"], opened.plan["gold"]) == (",", "20")


def test_a_file_is_imported_again_from_the_beginning(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    AttributeFactory.create(vertical__code="bag")
    first = loaded(imports.import_upload(rows=SimpleUploadedFile("a.csv", b"sku,name\n1,x\n")))
    again = imports.import_again(import_id=first.pk)
    again.refresh_from_db()
    assert (again.stage, again.path, again.plan) == (Stage.PLAN, first.path, first.plan)
    with django_capture_on_commit_callbacks(execute=True):
        assert imports.import_discard(import_id=again.pk)
    assert default_storage.exists(first.path), "the first import still needs it"
    assert loaded(imports.import_again(import_id=first.pk)).listings_unchanged == 1
    default_storage.delete(first.path)
    with pytest.raises(CatalogError, match="the file cannot be read"):
        imports.import_again(import_id=first.pk)


def test_an_import_that_failed_before_its_first_listing_can_still_be_changed(file: Path) -> None:
    opened = file_opened(file, "sku\n1\n")
    imports.import_load(import_id=opened.pk, send=False)
    imports.import_cancel(import_id=opened.pk)
    assert Import.objects.get().stage == Stage.LOAD
    assert checked(opened).accepted == 1
    assert loaded(opened).status == Status.DONE
