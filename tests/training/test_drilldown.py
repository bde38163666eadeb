"""The addresses that figures link to."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from training.drilldown import Gold, Judged, Model, Votes, listings_address
from training.models import Method


def query_of(address: str) -> dict[str, str]:
    parts = urlsplit(address)
    assert parts.path == "/listings/"
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_a_gold_figure_leads_to_its_answers_retired_listings_included() -> None:
    address = listings_address(
        Gold(12, -1, Judged.WRONG, Method.MAJORITY, truth="navy blue", said="black", agreement=(0.5, 1)),
        vertical="kurta",
        attribute="color",
    )
    assert query_of(address) == {
        "vertical": "kurta",
        "attribute": "color",
        "answered": "12.-1",
        "method": "majority",
        "judged": "wrong",
        "truth": "navy blue",
        "said": "black",
        "retired": "all",
        "agreement_from": "50",
        "agreement_to": "100",
    }


def test_what_is_not_asked_for_is_not_in_the_address() -> None:
    assert listings_address(Gold(3, 0)) == "/listings/?answered=3.0&retired=all"
    assert listings_address(vertical="kurta", split="gold") == "/listings/?vertical=kurta&split=gold"


def test_votes_lead_to_the_predictions_of_their_version() -> None:
    address = listings_address(
        Votes(12, 2, agreement=(0, 1 / 3), predicted=":not_visible"), vertical="kurta", attribute="color"
    )
    assert query_of(address) == {
        "vertical": "kurta",
        "attribute": "color",
        "predicted_by": "12.2",
        "predicted": ":not_visible",
        "agreement_to": "33.3333333",
    }


def test_a_week_leads_to_the_listings_that_came_in_it() -> None:
    address = listings_address(vertical="kurta", days=(date(2026, 11, 16), date(2026, 11, 22)))
    assert query_of(address) == {
        "vertical": "kurta",
        "created_from": "2026-11-16",
        "created_to": "2026-11-22",
    }


def test_what_cannot_be_looked_up_has_no_address() -> None:
    with pytest.raises(ValueError, match="attribute 'color' without its vertical"):
        listings_address(Gold(1, 0), attribute="color")
    with pytest.raises(ValueError, match="answer without its attribute"):
        listings_address(Votes(1, 0, predicted="red"), vertical="kurta")


def test_a_model_is_read_as_it_is_written() -> None:
    assert Model.read(str(Model(12, -1))) == Model(12, -1)
    for text in ("", "12", "12.", "a.b", "12.1.2"):
        with pytest.raises(ValueError, match="invalid literal"):
            Model.read(text)
