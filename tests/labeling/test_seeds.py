from collections.abc import Sequence

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Listing, Vertical
from catalog.selectors import vertical_spec
from catalog.services.splits import listings_move, listings_retire
from catalog.splits import Split
from labeling.models import Purpose, Task, TaskStatus
from labeling.seeding import Rule
from labeling.selectors import seeds as selectors
from labeling.selectors.seeds import (
    seed_candidates,
    seed_coverage,
    seed_listings,
    seed_verticals,
    seeds_there,
    seeds_unasked,
)
from labeling.services.seeds import Confirmed, Pool, seeds_confirm, seeds_pool
from labeling.services.tasks import tasks_open
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    ImportFactory,
    LabelFactory,
    ListingFactory,
    PhotoFactory,
    UserFactory,
    VerticalFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kurta() -> Vertical:
    vertical = VerticalFactory.create(code="kurta")
    AttributeFactory.create(vertical=vertical, code="color", values=["red", "blue", "green"])
    AttributeFactory.create(vertical=vertical, code="neck", values=["round", "v"])
    return vertical


@pytest.fixture
def admin() -> User:
    return UserFactory.create(username="ada")


def offer(
    vertical: Vertical, *levels: int, split: str = "pool", group: str = "", photos: bool = True
) -> list[Listing]:
    """Listings with a photo of this level of red each."""
    made = []
    for level in levels:
        name = f"{split}-{group}-{level}"
        listing = ListingFactory.create(
            vertical=vertical, external_id=name, group_key=group or name, split=split
        )
        if photos:
            ImageFactory.create(listing=listing, photo=PhotoFactory.create(color=(level, 90, 90)))
        made.append(listing)
    return made


def ids(listings: Sequence[Listing]) -> list[int]:
    return [listing.pk for listing in listings]


def confirm(vertical: Vertical, listings: Sequence[Listing], by: User | None = None) -> Confirmed:
    spec = vertical_spec(vertical.code)
    assert spec
    return seeds_confirm(vertical=vertical, spec=spec, listing_ids=ids(listings), by=by)


def splits() -> dict[str, str]:
    return dict(Listing.objects.values_list("external_id", "split"))


def test_of_each_group_one_listing_of_the_pool_with_photos_is_a_candidate(kurta: Vertical) -> None:
    alone = offer(kurta, 10, 20)
    variants = offer(kurta, 30, 40, 50, group="variants")
    offer(kurta, 60, split="gold")
    offer(kurta, 70, split="seed")
    offer(kurta, 80, photos=False)
    retired = offer(kurta, 90)
    listings_retire(external_ids=[retired[0].external_id], by=UserFactory.create())
    unsettled = offer(kurta, 100)
    Listing.objects.filter(pk=unsettled[0].pk).update(first_import=ImportFactory.create())
    offer(VerticalFactory.create(), 110)
    found = seed_candidates(kurta)
    assert len(found) == 3
    assert set(found) > set(ids(alone))
    assert set(found) & set(ids(variants))


def test_the_sample_of_a_large_vertical_is_the_same_every_time(
    kurta: Vertical, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(kurta, *range(60))
    everything = seed_candidates(kurta)
    monkeypatch.setattr(selectors, "SAMPLE", 20)
    sample = seed_candidates(kurta)
    assert len(sample) == 20
    assert sample == seed_candidates(kurta) == everything[:20]
    assert sorted(sample) != sorted(everything)[:20], "and from all over it"


def test_seeds_are_chosen_to_go_with_those_that_are_there(kurta: Vertical) -> None:
    [there] = offer(kurta, 0, split="seed")
    near, middle, far = offer(kurta, 5, 120, 250)
    pool = seeds_pool(vertical=kurta)
    assert pool.there == (there.pk,)
    assert sorted(pool.candidates) == ids([near, middle, far])
    assert pool.choose(1, rule=Rule.DIFFERENT) == [far.pk]
    assert pool.choose(1, rule=Rule.DIFFERENT, chosen=[far.pk]) == [middle.pk]
    assert pool.choose(1, rule=Rule.DIFFERENT, chosen=[far.pk], never=[middle.pk]) == [near.pk]
    assert pool.choose(9, rule=Rule.TYPICAL, chosen=[far.pk], never=[middle.pk]) == [near.pk]


def test_a_listing_stands_for_those_that_are_like_it(kurta: Vertical) -> None:
    offer(kurta, 0, split="seed")
    dark, darker, light, lighter, other = offer(kurta, 40, 35, 240, 245, 250)
    pool = seeds_pool(vertical=kurta)
    assert pool.stand_for(ids([dark, light])) == {dark.pk: 2, light.pk: 3}
    assert pool.stand_for([]) == {}


def test_chance_needs_no_look_at_photos(kurta: Vertical) -> None:
    listings = offer(kurta, 0, 50, 100, 150)
    pool = seeds_pool(vertical=kurta, look=False)
    assert pool.vectors.shape == (4, 0)
    drawn = {tuple(pool.choose(2, rule=Rule.RANDOM, draw=draw)) for draw in range(30)}
    assert len(drawn) > 5
    assert {pk for some in drawn for pk in some} == set(ids(listings))
    assert pool.stand_for(ids(listings)) == {}


def test_vectors_of_ones_own_are_gone_by(kurta: Vertical) -> None:
    one, two, three, four = offer(kurta, 10, 20, 30, 40)
    given = {
        listing.pk: np.array([place, 0.0], dtype=np.float32)
        for listing, place in ((one, 0.0), (two, 1.0), (three, 9.0))
    }
    pool = seeds_pool(vertical=kurta, given=given)
    assert set(pool.candidates) == set(ids([one, two, three])), "the fourth has none"
    assert pool.choose(2, rule=Rule.DIFFERENT) == [two.pk, three.pk]


def test_listings_without_a_photo_that_can_be_shown_are_left_out(kurta: Vertical) -> None:
    good, bad = offer(kurta, 10, 20)
    bad.images.get().photo.file.storage.delete(str(bad.images.get().photo.file))
    assert seeds_pool(vertical=kurta).candidates == [good.pk]


def test_an_empty_vertical_has_an_empty_pool(kurta: Vertical) -> None:
    pool = seeds_pool(vertical=kurta)
    assert pool.choose(10, rule=Rule.TYPICAL) == pool.candidates == []


def test_confirming_moves_whole_groups_and_asks_for_one_of_each(kurta: Vertical, admin: User) -> None:
    first, second, third = offer(kurta, 10, 20, 30, group="variants")
    [alone] = offer(kurta, 40)
    assert confirm(kurta, [second, third, alone], admin) == Confirmed(moved=4, opened=2, refused=())
    assert set(splits().values()) == {"seed"}
    tasks = Task.objects.filter(purpose=Purpose.SEED, status=TaskStatus.OPEN)
    assert set(tasks.values_list("listing", flat=True)) == {second.pk, alone.pk}
    assert first.tasks.count() == 0


def test_confirming_twice_asks_once(kurta: Vertical, admin: User) -> None:
    listings = offer(kurta, 10, 20)
    confirm(kurta, listings, admin)
    assert confirm(kurta, listings, admin) == Confirmed(0, 0, ())
    assert Task.objects.count() == 2


def test_gold_stays_gold_and_what_a_round_learned_from_may_be_seed(kurta: Vertical, admin: User) -> None:
    gold, learned, retired = offer(kurta, 10, 20, 30)
    listings_move(external_ids=[gold.external_id], split=Split.GOLD, by=admin)
    listings_retire(external_ids=[retired.external_id], by=admin)
    Listing.objects.filter(pk=learned.pk).update(trained_on=True)
    [foreign] = offer(VerticalFactory.create(), 50)
    done = confirm(kurta, [gold, learned, retired, foreign], admin)
    assert done == Confirmed(1, 1, (gold.external_id, retired.external_id))
    assert splits() == {
        gold.external_id: "gold",
        learned.external_id: "seed",
        retired.external_id: "pool",
        foreign.external_id: "pool",
    }


def test_seeds_that_lack_labels_are_asked_for_as_well(kurta: Vertical) -> None:
    whole, partly, asked, done = offer(kurta, 10, 20, 30, 40, split="seed")
    for listing, codes in ((whole, ("color", "neck")), (partly, ("color",))):
        for code in codes:
            LabelFactory.create(
                listing=listing, attribute=kurta.attributes.get(code=code), state="unknown", values=[]
            )
    tasks_open(listing_ids=ids([asked, done]), purpose=Purpose.SEED)
    Task.objects.filter(listing=done).update(status=TaskStatus.DONE)
    spec = vertical_spec("kurta")
    assert spec
    assert seeds_unasked(kurta, spec) == [partly.pk]
    assert confirm(kurta, []) == Confirmed(0, 1, ())
    assert seeds_unasked(kurta, spec) == []


def test_coverage_counts_the_labels_of_seeds_in_use(kurta: Vertical) -> None:
    color, neck = kurta.attributes.all()
    one, two, retired = offer(kurta, 10, 20, 30, split="seed")
    [pool] = offer(kurta, 40)
    for listing, values in ((one, ["red"]), (two, ["red"]), (retired, ["blue"]), (pool, ["green"])):
        LabelFactory.create(listing=listing, attribute=color, values=values)
    LabelFactory.create(listing=one, attribute=neck, values=[], state="not_visible")
    listings_retire(external_ids=[retired.external_id], by=UserFactory.create())
    spec = vertical_spec("kurta")
    assert spec
    by_code = {found.attribute: found for found in seed_coverage(kurta, spec)}
    assert by_code["color"].counts == {"red": 2, "blue": 0, "green": 0}
    assert by_code["neck"].missing == ["round", "v"]
    sofa = VerticalFactory.create(code="sofa")
    overview = {one.vertical: one for one in seed_verticals()}
    assert (overview[kurta].groups, overview[kurta].shown, overview[kurta].offered) == (2, 1, 5)
    assert (overview[sofa].groups, overview[sofa].offered, overview[sofa].waiting) == (0, 0, 0)


def test_the_overview_takes_as_many_queries_for_many_verticals(kurta: Vertical) -> None:
    with CaptureQueriesContext(connection) as few:
        seed_verticals()
    for _ in range(5):
        AttributeFactory.create()
    with CaptureQueriesContext(connection) as many:
        seed_verticals()
    assert len(many) == len(few)


def test_listings_are_shown_in_the_order_asked_for(kurta: Vertical) -> None:
    one, two = offer(kurta, 10, 20)
    [bare] = offer(kurta, 30, photos=False)
    [foreign] = offer(VerticalFactory.create(), 40)
    LabelFactory.create(listing=two, attribute=kurta.attributes.get(code="color"))
    tasks_open(listing_ids=[two.pk], purpose=Purpose.SEED)
    spec = vertical_spec("kurta")
    assert spec
    shown = seed_listings(kurta, spec, ids([two, foreign, bare, one]))
    assert [(row.listing, row.labelled, row.asked_for, row.photo is None) for row in shown] == [
        (two, 1, True, False),
        (bare, 0, False, True),
        (one, 0, False, False),
    ]


def test_of_a_large_seed_set_the_first_groups_are_there(
    kurta: Vertical, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST", 2)
    first, second, _ = offer(kurta, 10, 20, 30, split="seed")
    assert seeds_there(kurta) == ids([first, second])


def test_a_pool_knows_what_can_be_chosen() -> None:
    pool = Pool((1,), (1, 2, 3), np.zeros((3, 1), dtype=np.float32))
    assert pool.candidates == [2, 3]
