"""What the rows of each export say, and how they are read."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Attribute, Listing
from labeling.exporting import LABEL_COLUMNS, LISTING_COLUMNS, label_rows, listing_rows
from labeling.models import Label
from tests.training.exporting.world import MESH, World, label, predict
from training.exporting.rows import COMPARISON_COLUMNS, PREDICTION_COLUMNS, comparison_rows, prediction_rows
from training.models import Prediction

EVERY = Listing.objects.all()


def named(columns: Any, rows: Iterator[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_row_of_listings_says_everything_about_a_listing(world: World) -> None:
    first, second, *_ = named(LISTING_COLUMNS, listing_rows(EVERY))
    listing = world.listings["w1"]
    photos = [image.photo.file.name for image in listing.images.all()]
    assert first == {
        "listing": listing.pk,
        "listing_id": "w1",
        "vertical": "watch",
        "vertical_label": "Watch",
        "split": "gold",
        "group": "",
        "group_key": "w1",
        "title": '=HYPERLINK("http://example.org")',
        "description": "",
        "images": photos,
        "metadata": {},
        "attributes": {"Strap": "Steel | mesh", "Hands": ["Hour", "Second"]},
        "evidence": {"Strap": [2]},
        "claims": {},
        "trained_on": False,
        "retired": False,
        "created": listing.created,
        "updated": listing.updated,
    }
    assert second["attributes"] == {"Strap": "not_visible"}


def test_a_row_of_labels_says_everything_about_a_label(world: World) -> None:
    strap, hands, state = named(LABEL_COLUMNS, label_rows(EVERY))
    kept = Label.objects.get(listing=world.listings["w1"], attribute__code="strap")
    assert strap == {
        "label": kept.pk,
        "listing": kept.listing_id,
        "listing_id": "w1",
        "vertical": "watch",
        "vertical_label": "Watch",
        "split": "gold",
        "attribute": "strap",
        "attribute_label": "Strap",
        "values": [MESH],
        "value_labels": ["Steel | mesh"],
        "state": "",
        "evidence": 2,
        "provenance": "import",
        "source": "spring.csv",
        "schema_version": 1,
        "created": kept.created,
        "updated": kept.updated,
    }
    assert (hands["values"], hands["value_labels"]) == (["hour", "second"], ["Hour", "Second"])
    assert (state["listing_id"], state["values"], state["state"]) == ("w2", [], "not_visible")


def test_a_row_of_predictions_says_everything_about_a_vote(world: World) -> None:
    first, second = named(PREDICTION_COLUMNS, prediction_rows(EVERY, world.version))
    prediction = Prediction.objects.get(listing=world.listings["w1"])
    assert first == {
        "prediction": prediction.pk,
        "listing": prediction.listing_id,
        "listing_id": "w1",
        "vertical": "watch",
        "vertical_label": "Watch",
        "split": "gold",
        "attribute": "strap",
        "attribute_label": "Strap",
        "values": [MESH],
        "value_labels": ["Steel | mesh"],
        "state": "",
        "answer": "Steel | mesh",
        "agreement": 0.75,
        "votes": 6,
        "chains": 8,
        "counts": {"Steel | mesh": 6, "Leather": 2},
        "model_version": world.version.pk,
        "round": world.version.round_id,
        "iteration": 0,
        "route": "",
        "expected_precision": None,
    }
    assert (second["listing_id"], second["state"], second["votes"]) == ("w3", "not_visible", 5)


def test_a_comparison_has_every_question_with_a_label_or_a_prediction(world: World) -> None:
    rows = named(COMPARISON_COLUMNS, comparison_rows(EVERY, world.version))
    assert [
        (row["listing_id"], row["attribute"], row["label_values"], row["predicted_values"], row["is_same"])
        for row in rows
    ] == [
        ("w1", "strap", [MESH], [MESH], True),
        ("w1", "hands", ["hour", "second"], [], None),
        ("w2", "strap", [], [], None),
        ("w3", "strap", [], [], None),
    ]
    assert [(row["label_state"], row["predicted_state"]) for row in rows[2:]] == [
        ("not_visible", ""),
        ("", "not_visible"),
    ]
    assert [row["agreement"] for row in rows] == [0.75, None, None, 0.625]
    assert {row["model_version"] for row in rows} == {world.version.pk}


def test_a_comparison_tells_where_the_model_differs(world: World) -> None:
    predict(world.version, world.listings["w2"], ["leather"], "Leather", 8)
    rows = named(COMPARISON_COLUMNS, comparison_rows(EVERY.filter(external_id="w2"), world.version))
    assert [row["is_same"] for row in rows] == [False]


def test_rows_are_those_of_the_listings_by_primary_key(world: World) -> None:
    label(world.listings["w3"], "strap", "leather")
    label(world.listings["w1"], "strap", "leather")
    watches = Listing.objects.filter(external_id__in=["w3", "w1"]).order_by("-external_id")
    assert [row[1] for row in listing_rows(watches)] == ["w1", "w3"]
    keys = [row[0] for row in label_rows(watches)]
    assert keys == sorted(keys)
    assert len(keys) == 3


def test_a_value_that_is_gone_keeps_its_code_as_its_label(world: World) -> None:
    Attribute.objects.get(code="strap").values.all().delete()
    first, *_ = named(LABEL_COLUMNS, label_rows(EVERY))
    assert first["value_labels"] == [MESH]


@pytest.mark.parametrize("name", ["listings", "labels", "predictions", "comparison"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(world: World, name: str) -> None:
    def read() -> int:
        rows = {
            "listings": lambda: listing_rows(EVERY),
            "labels": lambda: label_rows(EVERY),
            "predictions": lambda: prediction_rows(EVERY, world.version),
            "comparison": lambda: comparison_rows(EVERY, world.version),
        }[name]()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert list(rows)
        return len(queries)

    before = read()
    for listing in Listing.objects.filter(vertical__code="watch"):
        label(listing, "hands", "minute")
    predict(world.version, world.listings["w2"], ["leather"], "Leather", 8)
    assert read() == before <= 8


def test_listings_are_read_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.exporting.PAGE", 1)
    rows = listing_rows(EVERY)
    with CaptureQueriesContext(connection) as queries:
        next(rows)
    first = len(queries)
    with CaptureQueriesContext(connection) as queries:
        next(rows)
    assert 0 < len(queries) < first
    assert len(list(rows)) == 2
