from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Listing, Vertical
from catalog.selectors import vertical_spec
from labeling.models import Task
from labeling.seed_study import Study, seed_study
from labeling.seeding import Rule
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    ListingFactory,
    PhotoFactory,
    VerticalFactory,
)

pytestmark = pytest.mark.django_db

LEVELS = (10, 12, 14, 16, 230)
"""How red the photos are: four alike, and one that is unlike them."""


@pytest.fixture
def kurta() -> Vertical:
    """Four dark kurtas that are red, and a light one that is blue; nothing is green."""
    vertical = VerticalFactory.create(code="kurta", label="Kurta")
    AttributeFactory.create(vertical=vertical, code="color", values=["red", "blue", "green"])
    for level in LEVELS:
        values = ["blue"] if level > 100 else ["red"]
        listing = ListingFactory.create(
            vertical=vertical,
            external_id=f"kurta-{level}",
            claims={
                "color": {"values": values, "state": "", "evidence": None},
                "cut": {"values": ["slim"], "state": "", "evidence": None},
            },
        )
        ImageFactory.create(listing=listing, photo=PhotoFactory.create(color=(level, 90, 90)))
    return vertical


def study(vertical: Vertical, **fields: Any) -> Study:
    spec = vertical_spec(vertical.code)
    assert spec
    return seed_study(vertical, spec, **{"size": 2, "draws": 40} | fields)


def test_what_is_unlike_the_others_shows_another_value(kurta: Vertical) -> None:
    found = study(kurta)
    assert (found.listings, found.values) == (5, 2), (
        "of values that are offered, those that some listing shows"
    )
    assert found.shares[Rule.DIFFERENT] == found.shares[Rule.TYPICAL] == [1.0]
    chance = found.shares[Rule.RANDOM]
    assert len(chance) == 40
    assert set(chance) == {0.5, 1.0}


def test_seeds_that_are_there_are_chosen_from_as_if_they_were_not(kurta: Vertical) -> None:
    Listing.objects.filter(external_id="kurta-230").update(split="seed")
    assert study(kurta).listings == 5
    Listing.objects.filter(external_id="kurta-230").update(split="gold")
    assert (study(kurta).listings, study(kurta).values) == (4, 1)


def test_hints_that_are_right_fill_every_hole(kurta: Vertical) -> None:
    assert set(study(kurta, right=1).coached) == {1.0}
    assert study(kurta, right=0).coached == study(kurta, right=0).coached, "made up the same every time"
    assert min(study(kurta, right=0).coached) == 0.5, "wrong ones lead astray"


def test_a_study_changes_no_split_and_asks_nobody(kurta: Vertical) -> None:
    study(kurta)
    assert set(Listing.objects.values_list("split", flat=True)) == {"pool"}
    assert not Task.objects.exists()


def test_a_vertical_without_listings_shows_nothing() -> None:
    empty = VerticalFactory.create(code="sofa")
    assert study(empty).values == 0


def test_the_command_tells_each_vertical_and_the_mean(kurta: Vertical) -> None:
    out = StringIO()
    call_command("seed_compare", size=2, draws=40, right=1.0, stdout=out)
    head, line, mean = out.getvalue().splitlines()
    assert head.startswith("vertical | listings | values | typical | different | with hints | at random")
    assert line.startswith("Kurta | 5 | 2 | 100.0 | 100.0 | 100.0 | ")
    assert line.endswith("(50.0, 100.0)")
    assert mean.startswith("mean | 5 | 2 | 100.0 | 100.0 | 100.0 | ")


def test_without_answers_the_command_says_what_it_needs() -> None:
    with pytest.raises(CommandError, match="imported with answers"):
        call_command("seed_compare", stdout=StringIO())
