"""The pages of imports, without a browser (tests/browser/test_imports.py has one)."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from attrx_web.roles import Role
from catalog.importing.plan import Plan
from catalog.models import Import, ImportProblem, Status
from catalog.models.imports import Stage
from catalog.services import imports, imports_queue, schema_import
from tests.catalog.folders import SCHEMA, checked, columns, file_opened, loaded
from tests.factories import photo_bytes, user_with
from tests.queues import Queue

pytestmark = pytest.mark.django_db

ROWS = "sku,kind,name,pic\n1,watch,A,a.png\n2,watch,B,none.png\n"


@pytest.fixture
def admin(client: Client) -> Client:
    schema_import(schema=SCHEMA)
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.fixture
def opened(admin: Client, tmp_path: Path) -> Import:
    (tmp_path / "a.png").write_bytes(photo_bytes())
    plan = columns(sku="id", kind="vertical", name="title", pic="images")
    return file_opened(tmp_path / "rows.csv", ROWS, photos=str(tmp_path), columns=plan)


def address(name: str, row: Import) -> str:
    return reverse(f"catalog:import_{name}" if name else "catalog:import", args=[row.pk])


def form(row: Import, **changes: str) -> dict[str, Any]:
    """The page of columns as a browser would send it."""
    plan = Plan.from_json(row.plan)
    meanings = {column.name: column.meaning for column in plan.columns}
    names = [name for name, *_ in row.sample["columns"]]
    typed = {f"column-{number}": meanings.get(name, "metadata") for number, name in enumerate(names)}
    typed |= {"vertical": plan.vertical, "rest": "metadata", "gold": "0", "seed": "0"}
    return typed | {"image_separator": ["comma"], "vertical_column": "kind"} | changes


@pytest.mark.parametrize(
    "name",
    [
        "",
        "columns",
        "preview",
        "photo",
        "status",
        "problems",
        "errors",
        "check",
        "load",
        "cancel",
        "resume",
        "discard",
        "reread",
    ],
)
def test_imports_are_for_admins(opened: Import, name: str) -> None:
    visitor = Client()
    assert visitor.get(address(name, opened)).status_code in (302, 405)
    visitor.force_login(user_with(Role.REVIEWER))
    assert visitor.get(address(name, opened)).status_code in (403, 405)
    assert visitor.post(address(name, opened)).status_code in (403, 405)


@pytest.mark.parametrize("name", ["", "columns", "preview", "photo", "status", "problems", "errors"])
def test_an_import_that_is_not_there_is_404(admin: Client, name: str) -> None:
    assert (
        admin.get(reverse(f"catalog:import_{name}" if name else "catalog:import", args=[9])).status_code
        == 404
    )


@pytest.mark.parametrize("name", ["check", "load", "cancel", "resume", "discard", "reread"])
def test_what_changes_something_takes_a_post(opened: Import, admin: Client, name: str) -> None:
    assert admin.get(address(name, opened)).status_code == 405


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose a file."),
        (
            {"rows": b"PK\x03\x04", "photos": "none"},
            "it is a spreadsheet or an archive: save the rows as CSV.",
        ),
        ({"rows": b"sku\n1\n", "photos": "zip"}, "Choose the zip archive with the photos."),
        ({"rows": b"sku\n1\n", "photos": "zip", "archive": b"no zip"}, "is no zip archive"),
        ({"rows": b"sku\n1\n", "photos": "storage"}, "Give the beginning that the keys of the photos share."),
        ({"rows": b"sku\n1\n", "photos": "storage", "keys": "../x"}, "../x"),
        ({"rows": b"sku\n", "photos": "none"}, "it has no rows: add at least one listing"),
    ],
)
def test_an_upload_that_cannot_be_used_is_told_on_the_page(
    admin: Client, data: dict[str, Any], message: str
) -> None:
    files = {
        name: SimpleUploadedFile("x.csv", value) if isinstance(value, bytes) else value
        for name, value in data.items()
    }
    response = admin.post(reverse("catalog:import_new"), files)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Import.objects.exists()


def test_an_upload_leads_to_its_columns(admin: Client) -> None:
    rows = SimpleUploadedFile("x.csv", b"sku,vertical\n1,watch\n")
    response = admin.post(reverse("catalog:import_new"), {"rows": rows, "photos": "none"})
    row = Import.objects.get()
    assert response["Location"] == address("columns", row)
    assert (row.created_by and row.created_by.username, row.photos) == ("admin", "")
    page = admin.get(address("columns", row)).content.decode()
    assert "Guessed from their names and the first 1 row." in page


def test_columns_are_saved_and_lead_to_the_preview(opened: Import, admin: Client) -> None:
    response = admin.post(
        address("columns", opened), form(opened, **{"column-2": "metadata", "id_prefix": " s- "})
    )
    assert response["Location"] == address("preview", opened)
    plan = Plan.from_json(Import.objects.get().plan)
    assert [column.meaning for column in plan.columns] == ["id", "vertical", "metadata", "images"]
    assert (plan.id_prefix, plan.image_separators) == ("s-", ",")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"column-0": "metadata"}, "No column is the listing id: choose the one that names each listing."),
        ({"column-0": "metadata", "column-3": "price"}, "No column is the listing id"),
        ({"vertical": "sofa"}, "All rows have one vertical, and a column says it too"),
        ({"column-1": "metadata", "vertical": "hat"}, "vertical &#x27;hat&#x27; is not in the schema"),
        ({"gold": "many"}, "&#x27;many&#x27; is no quota"),
    ],
)
def test_columns_that_cannot_be_used_are_told_and_kept_on_the_page(
    opened: Import, admin: Client, change: dict[str, str], fault: str
) -> None:
    response = admin.post(address("columns", opened), form(opened, **change))
    assert response.status_code == 422
    assert fault in response.content.decode()
    assert Import.objects.get().plan == opened.plan


def test_a_change_is_answered_with_what_comes_of_it_and_not_saved(opened: Import, admin: Client) -> None:
    changed = form(opened, **{"column-1": "metadata", "vertical": "sofa"})
    response = admin.post(address("columns", opened), changed, headers={"HX-Request": "true"})
    fragment = response.content.decode()
    assert "<html" not in fragment
    assert "sofa, 1 photo" in fragment
    assert 'id="verticals" hx-swap-oob="true"' in fragment
    assert Import.objects.get().plan == opened.plan
    same = admin.post(
        address("columns", opened), form(opened), headers={"HX-Request": "true"}
    ).content.decode()
    assert 'id="verticals"' not in same


def test_what_stands_for_a_vertical_is_chosen(admin: Client, tmp_path: Path) -> None:
    plan = columns(sku="id", kind="vertical")
    opened = file_opened(tmp_path / "rows.csv", "sku,kind\n1,Clocks\n2,watch\n", columns=plan)
    page = admin.get(address("columns", opened)).content.decode()
    assert "What “kind” stands for" in page
    typed = form(opened) | {"cell": ["Clocks", "watch"], "stands": ["watch", "elsewhere"]}
    admin.post(address("columns", opened), typed)
    assert Import.objects.get().plan["verticals"] == {"Clocks": "watch", "watch": ""}


def test_verticals_that_the_check_did_not_know_can_be_chosen_for(admin: Client, tmp_path: Path) -> None:
    plan = columns(sku="id", kind="vertical")
    opened = file_opened(tmp_path / "rows.csv", "sku,kind\n1,Clocks\n", columns=plan, verticals={})
    assert "Clocks</label>" not in admin.get(address("columns", opened)).content.decode()
    checked(opened)
    assert "Clocks</label>" in admin.get(address("columns", opened)).content.decode()


def test_the_file_is_read_again_in_another_dialect(admin: Client, tmp_path: Path) -> None:
    opened = imports.import_upload(rows=SimpleUploadedFile("x.csv", "sku;näme\n1;a\n".encode("cp1252")))
    admin.post(address("reread", opened), {"encoding": "cp1251", "delimiter": ";", "quote": "nothing"})
    row = Import.objects.get()
    assert row.plan["dialect"] == {"encoding": "cp1251", "delimiter": ";", "quote": '"', "escape": ""}
    assert [name for name, *_ in row.sample["columns"]] == ["sku", "nдme"]


def test_the_preview_shows_listings_and_what_is_wrong_with_them(opened: Import, admin: Client) -> None:
    page = admin.get(address("preview", opened)).content.decode()
    assert "The first 2: 1 will land, 1 will be refused" in page
    assert "none.png" in page and "the file is missing" in page
    assert f"{address('photo', opened)}?name=a.png" in page


def test_the_preview_shows_small_photos(opened: Import, admin: Client, tmp_path: Path) -> None:
    Pillow.new("RGB", (900, 600)).save(tmp_path / "large.jpg")
    response = admin.get(address("photo", opened), {"name": "large.jpg"})
    with Pillow.open(io.BytesIO(response.content)) as photo:
        assert photo.size == (320, 213)
    assert set(response["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert admin.get(address("photo", opened), {"name": "a.png"}).content == photo_bytes()
    for name in ("none.png", "../secret", "https://example.org/a.png", ""):
        assert admin.get(address("photo", opened), {"name": name}).status_code == 404


def test_what_a_file_says_is_text_on_every_page(admin: Client, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    rows = "\n".join(json.dumps({"sku": evil, "kind": evil, evil: evil}) for _ in range(2))
    opened = file_opened(tmp_path / "rows.jsonl", rows, columns=columns(sku="id", kind="vertical"))
    pages = [admin.get(address(name, opened)) for name in ("columns", "preview")]
    checked(opened)
    pages += [admin.get(address(name, opened)) for name in ("", "problems")]
    assert all(page.status_code == 200 and evil not in page.content.decode() for page in pages)


def test_an_import_goes_its_way_from_page_to_page(opened: Import, admin: Client, queue: Queue) -> None:
    assert admin.get(address("", opened))["Location"] == address("columns", opened)
    assert admin.post(address("check", opened))["Location"] == address("", opened)
    waiting = admin.get(address("", opened)).content.decode()
    assert "Waiting" in waiting and 'hx-trigger="every 2s"' in waiting
    assert "HX-Refresh" not in admin.get(address("status", opened))
    assert admin.get(address("columns", opened))["Location"] == address("", opened)
    assert admin.get(address("preview", opened))["Location"] == address("", opened)
    admin.post(address("cancel", opened))
    assert admin.get(address("status", opened))["HX-Refresh"] == "true"
    done = checked(opened)
    page = admin.get(address("", done)).content.decode()
    assert "Load 1 listing" in page and "the file is missing" in page
    loaded(done)
    page = admin.get(address("", done)).content.decode()
    assert f"{reverse('training:listings')}?last_import={done.pk}" in page
    assert "the import has gone on" in admin.post(address("load", done), follow=True).content.decode()
    assert "the import has gone on" in admin.post(address("discard", done), follow=True).content.decode()
    listed = admin.get(reverse("catalog:imports")).content.decode()
    assert "rows.csv" in listed and "Loaded" in listed


def test_a_running_import_shows_its_speed_and_what_is_left(opened: Import, admin: Client) -> None:
    imports.import_load(import_id=opened.pk, send=False)
    assert imports_queue.import_claim(import_id=opened.pk, worker="process 1 on a")
    Import.objects.update(rows=500, rows_before=100, position=10, size=40, heartbeat=opened.created)
    page = admin.get(address("status", opened)).content.decode()
    assert "500 rows" in page and "a second" in page and "left" in page
    assert 'max="100" value="25"' in page
    assert admin.post(address("cancel", opened))["Location"] == address("", opened)
    assert "the import ends with its present batch" in admin.get(address("status", opened)).content.decode()


def test_a_failed_import_says_why_and_can_be_resumed(opened: Import, admin: Client, no_queue: None) -> None:
    Import.objects.update(stage=Stage.LOAD, status=Status.FAILED, error="The disk is full.")
    page = admin.get(address("", opened)).content.decode()
    assert "The disk is full." in page and "Resume" in page
    admin.post(address("resume", opened))
    assert Import.objects.get().status == Status.QUEUED


def test_problems_are_shown_page_by_page_and_kind_by_kind(opened: Import, admin: Client) -> None:
    for number in range(1, 131):
        ImportProblem.objects.create(
            of=opened, row=number, field="name" if number % 2 else "", reason="it is odd", remedy="mend it"
        )
    page = admin.get(address("problems", opened)).content.decode()
    assert "1–100 of 130" in page
    kind = admin.get(address("problems", opened), {"field": "name", "reason": "it is odd", "page": "1"})
    assert "name: it is odd." in kind.content.decode()
    assert kind.context["page"].paginator.count == 65


def test_refused_rows_are_downloaded_and_told_when_their_file_is_gone(opened: Import, admin: Client) -> None:
    loaded(opened)
    response = admin.get(address("errors", opened))
    assert response["Content-Disposition"] == f'attachment; filename="rows-errors-{opened.pk}.csv"'
    text = b"".join(response).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("2,2,pic,none.png,the file is missing")
    Path(opened.path).unlink()
    assert "cannot be read any more" in admin.get(address("errors", opened), follow=True).content.decode()
