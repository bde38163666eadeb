"""The page of exports: who sees it, what it says, what it hands out."""

import csv
import gc
import io
import json
import zipfile

import pyarrow.parquet
import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects, assertTemplateUsed

from attrx_web.roles import Role
from labeling.models import Label
from tests.factories import LabelFactory, ListingFactory, user_with
from tests.training.exporting.world import World
from training.models import Alias

PAGE = reverse("training:export")
FILE = reverse("training:export_file")


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


@pytest.fixture
def reviewer(db: None) -> Client:
    return client_of(Role.REVIEWER)


def body(client: Client, query: str) -> bytes:
    answer = client.get(f"{FILE}?{query}")
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer)


@pytest.mark.parametrize("url", [PAGE, FILE])
@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.REVIEWER, 200), (Role.ADMIN, 200)])
def test_reviewers_and_admins_export(world: World, url: str, role: Role, status: int) -> None:
    answer = client_of(role).get(url)
    assert answer.status_code == status
    answer.close()


@pytest.mark.parametrize("url", [PAGE, FILE])
def test_visitors_are_asked_to_log_in(client: Client, url: str, db: None) -> None:
    assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")


def test_the_page_says_how_much_it_is(world: World, reviewer: Client) -> None:
    answer = reviewer.get(PAGE)
    assertContains(answer, "3 rows")
    assertContains(answer, "about")
    assertContains(answer, "manage.py catalog_export labels --format csv")
    assertContains(reviewer.get(f"{PAGE}?what=listings&vertical=sofa"), "1 row<")
    assertContains(reviewer.get(f"{PAGE}?what=comparison"), "4 rows")
    assertContains(reviewer.get(f"{PAGE}?what=comparison&format=hf"), "4 listings")
    assertContains(reviewer.get(f"{PAGE}?split=pool"), "0 rows")


def test_the_page_says_how_to_do_the_same_in_a_terminal(world: World, reviewer: Client) -> None:
    def command(query: str) -> str:
        found: str = reviewer.get(f"{PAGE}?{query}").context["asked"].command
        return found.removeprefix("manage.py catalog_export ")

    assert command("bom=on&photos_at=s3://bucket/") == "labels --format csv --bom"
    assert command("format=label-studio&bom=on&photos_at=s3://bucket/&version=") == (
        "labels --format label-studio --photo-prefix s3://bucket/"
    )
    version = world.version.pk
    assert command(f"what=predictions&version={version}") == (
        f"predictions --format csv --model-version {version}"
    )
    assert command(f"version={version}") == "labels --format csv"


def test_admins_are_led_to_the_import_of_labels(world: World, reviewer: Client) -> None:
    assertContains(client_of(Role.ADMIN).get(PAGE), reverse("labeling:import"))
    assertNotContains(reviewer.get(PAGE), reverse("labeling:import"))


def test_the_size_is_guessed_from_what_is_written(world: World, reviewer: Client) -> None:
    size = reviewer.get(PAGE).context["size"]
    assert size.bytes == len(body(reviewer, ""))


def test_a_fragment_says_how_much_it_is(world: World, reviewer: Client) -> None:
    answer = reviewer.get(PAGE, headers={"HX-Request": "true"})
    assertTemplateUsed(answer, "training/_export_size.html")
    assertNotContains(answer, "<html")


def test_very_many_rows_are_not_counted_to_the_end(
    world: World, reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.exporting.orders.COUNTED", 2)
    monkeypatch.setattr("training.views.exports.COUNTED", 2)
    for query in ("", "what=comparison", "what=listings&format=label-studio"):
        assertContains(reviewer.get(f"{PAGE}?{query}"), "More than 2 ")
        assert body(reviewer, query)
    too_many = "These are too many photos for one zip. Write a folder in a terminal."
    assertContains(reviewer.get(f"{PAGE}?format=hf"), too_many)
    answer = reviewer.get(f"{FILE}?format=hf", follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?format=hf", 302)]
    assert [str(message) for message in answer.context["messages"]] == [too_many]


def test_filters_of_the_listings_page_come_along(world: World, reviewer: Client) -> None:
    answer = reviewer.get(f"{PAGE}?vertical=watch&q=diver&layout=grid")
    assertContains(answer, '<input type="hidden" name="q" value="diver">', html=True)
    assertContains(answer, 'aria-label="Remove Search: diver"')
    assertContains(answer, "1 row<")
    assertContains(answer, f'{reverse("training:listings")}?q=diver&amp;vertical=watch"')
    assertContains(answer, "--filter &#x27;q=diver&amp;vertical=watch&#x27;")
    assertNotContains(answer, "grid&")


def test_a_filter_that_cannot_be_read_is_named(world: World, reviewer: Client) -> None:
    answer = reviewer.get(f"{PAGE}?vertical=shoe")
    assertContains(answer, "Vertical: &#x27;shoe&#x27;:")
    assertNotContains(answer, "In a terminal")
    assert reviewer.get(f"{FILE}?vertical=shoe").status_code == 302


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("what=everything", "What: Select a valid choice. everything is not one of the available choices."),
        ("version=99&what=predictions", "Model version: Select a valid choice."),
        ("format=xml", "Format: Select a valid choice."),
    ],
)
def test_what_cannot_be_exported_leads_back_to_the_page_with_the_reason(
    world: World, reviewer: Client, query: str, problem: str
) -> None:
    answer = reviewer.get(f"{FILE}?{query}", follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?{query}", 302)]
    assert problem in [str(message)[: len(problem)] for message in answer.context["messages"]]


def test_without_a_champion_predictions_need_a_model_version(world: World, reviewer: Client) -> None:
    Alias.objects.all().delete()
    assertContains(reviewer.get(f"{PAGE}?what=predictions"), "no model version is the champion yet")
    assertContains(reviewer.get(f"{PAGE}?what=predictions&version={world.version.pk}"), "2 rows")
    assertContains(reviewer.get(f"{PAGE}?what=labels"), "3 rows")


def test_a_file_has_its_name_and_type_and_is_not_gathered_or_kept(world: World, reviewer: Client) -> None:
    answer = reviewer.get(f"{FILE}?what=labels&format=csv")
    name = answer["Content-Disposition"]
    assert name.startswith('attachment; filename="attrx-labels-20') and name.endswith('.csv"')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["X-Accel-Buffering"] == "no"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Content-Length" not in answer
    answer.close()


def test_every_format_is_handed_out(world: World, reviewer: Client) -> None:
    header, *rows = csv.reader(io.StringIO(body(reviewer, "bom=on").decode("utf-8-sig"), newline=""))
    assert (header[0], len(rows)) == ("label", 3)
    assert body(reviewer, "bom=on").startswith(b"\xef\xbb\xbf")
    lines = body(reviewer, "what=predictions&format=jsonl").decode().splitlines()
    assert [json.loads(line)["votes"] for line in lines] == [6, 5]
    table = pyarrow.parquet.read_table(io.BytesIO(body(reviewer, "what=listings&format=parquet")))
    assert table.column("listing_id").to_pylist() == ["w1", "w2", "w3", "s1"]
    tasks = zipfile.ZipFile(io.BytesIO(body(reviewer, "format=label-studio")))
    assert "watch.xml" in tasks.namelist()
    dataset = zipfile.ZipFile(io.BytesIO(body(reviewer, "format=hf")))
    assert dataset.testzip() is None
    assert dataset.namelist()[-1] == "README.md"


def test_label_studio_finds_photos_on_this_site_or_where_it_is_told(world: World, reviewer: Client) -> None:
    photo = world.listings["s1"].images.get().photo

    def address(query: str) -> str:
        archive = zipfile.ZipFile(io.BytesIO(body(reviewer, f"format=label-studio&vertical=sofa{query}")))
        (task,) = json.loads(archive.read("sofa.json"))
        found: str = task["data"]["images"][0]
        return found

    assert address("") == f"http://testserver{reverse('catalog:photo', args=[photo.sha256, 'web'])}"
    assert address("&photos_at=s3://bucket/") == f"s3://bucket/{photo.file.name}"


@pytest.mark.django_db(transaction=True)
def test_a_client_that_goes_away_leaves_nothing_open(world: World, reviewer: Client) -> None:
    listing = ListingFactory.create(vertical=world.listings["s1"].vertical, title="x" * 100_000)
    LabelFactory.create(listing=listing, attribute=listing.vertical.attributes.get())
    answer = reviewer.get(f"{FILE}?what=listings&format=jsonl")
    assert isinstance(answer, StreamingHttpResponse)
    assert next(iter(answer))
    answer.close()
    gc.collect()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors WHERE name <> ''")
            assert cursor.fetchone() == (0,)
    Label.objects.all().delete()  # No read stands in the way of a write.
    assert Label.objects.count() == 0
