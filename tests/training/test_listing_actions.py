from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from catalog.models import Listing
from labeling.models import Purpose, Task
from tests.factories import ListingFactory, TaskFactory, VerticalFactory, user_with
from training import listings as listings_module
from training.services.listings import Action, Chosen, listings_act, listings_act_outcome

pytestmark = pytest.mark.django_db

ACT = reverse("training:listing_actions")
LIST = reverse("training:listings")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.fixture(autouse=True)
def bags() -> None:
    """Two twins, a loner, one that is gold, one that a round has learned from, one that is retired."""
    bag = VerticalFactory.create(code="bag")
    rows: dict[str, dict[str, Any]] = {
        "twin-1": {"group_key": "twins"},
        "twin-2": {"group_key": "twins"},
        "alone": {},
        "golden": {"split": "gold"},
        "learned": {"split": "seed", "trained_on": True},
        "retired": {"retired": True},
    }
    for name, fields in rows.items():
        ListingFactory.create(vertical=bag, external_id=name, **fields)


def pk(external_id: str) -> int:
    return Listing.objects.get(external_id=external_id).pk


def splits() -> dict[str, str]:
    return dict(Listing.objects.values_list("external_id", "split"))


def sent(action: Action | str, *ticked: str, **more: Any) -> dict[str, Any]:
    return {
        "action": str(action),
        "scope": "ticked",
        "listing": [pk(one) for one in ticked],
        "query": "",
        **more,
    }


def test_the_confirmation_says_exactly_what_will_happen(admin: Client) -> None:
    before = splits()
    answer = admin.post(ACT, sent(Action.MOVE_GOLD, "twin-1", "alone", "golden", "learned"))
    for text in (
        "Move listings to gold",
        "4 listings chosen.",
        "2 listings will move to gold.",
        "1 more of the same groups will move with them.",
        "1 listing is in gold already.",
        "1 listing will be left as it is.",
        "a round has learned from its group",
        "Move 3 listings",
    ):
        assertContains(answer, text)
    assert splits() == before


def test_what_was_confirmed_is_done_and_counted(admin: Client) -> None:
    data = sent(Action.MOVE_GOLD, "twin-1", "alone", "learned", confirmed=1, expected=3, query="sort=id")
    answer = admin.post(ACT, data, follow=True)
    assertRedirects(answer, f"{LIST}?sort=id")
    assertContains(answer, "2 listings moved to gold, and 1 more of the same groups; 1 listing refused.")
    assert {name for name, split in splits().items() if split == "gold"} == {
        "twin-1",
        "twin-2",
        "alone",
        "golden",
    }


def test_what_has_changed_since_is_asked_again(admin: Client) -> None:
    data = sent(Action.MOVE_GOLD, "twin-1", "alone", confirmed=1, expected=3)
    Listing.objects.filter(external_id="alone").update(split="gold")
    answer = admin.post(ACT, data)
    assertContains(answer, "Something changed meanwhile. Nothing was done")
    assertContains(answer, 'name="expected" value="2"')
    assert splits()["twin-1"] == "pool"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action.RETIRE, "2 listings will be retired."),
        (Action.RESTORE, "Nothing will change."),
        (Action.MOVE_POOL, "Nothing will change."),
        (Action.MOVE_SEED, "2 listings will move to seed."),
        (Action.LABEL_REVIEW, "2 listings will get a task."),
    ],
)
def test_every_action_is_told_beforehand(admin: Client, action: Action, said: str) -> None:
    answer = admin.post(ACT, sent(action, "alone", "twin-1"))
    assertContains(answer, said)
    changes = "Nothing" not in said
    assert (b'class="btn btn-primary"' in answer.content) == changes


def test_listings_are_retired_and_restored(admin: Client) -> None:
    admin.post(ACT, sent(Action.RETIRE, "alone", "retired", confirmed=1, expected=1))
    assert set(Listing.objects.filter(retired=True).values_list("external_id", flat=True)) == {
        "alone",
        "retired",
    }
    admin.post(ACT, sent(Action.RESTORE, "alone", "retired", confirmed=1, expected=2))
    assert not Listing.objects.filter(retired=True).exists()


def test_listings_are_sent_to_labelling_with_a_priority(admin: Client) -> None:
    TaskFactory.create(listing=Listing.objects.get(external_id="alone"), purpose=Purpose.SEED)
    ticked = ("alone", "twin-1", "retired")
    answer = admin.post(ACT, sent(Action.LABEL_SEED, *ticked))
    for text in (
        "1 listing will get a task.",
        "1 listing has an open one already.",
        "it is retired: restore it",
    ):
        assertContains(answer, text)
    assertContains(answer, 'name="priority"')
    done = admin.post(ACT, sent(Action.LABEL_SEED, *ticked, confirmed=1, expected=1, priority=5), follow=True)
    assertContains(done, "1 listing sent to labelling for the seed set; 1 listing refused.")
    task = Task.objects.get(listing__external_id="twin-1")
    assert (task.purpose, task.priority) == (Purpose.SEED, 5)


def test_everything_that_matches_can_be_chosen(admin: Client) -> None:
    data = {"action": "retire", "scope": "all", "query": "split=pool&q=twin"}
    assertContains(admin.post(ACT, data), "2 listings chosen: all that match.")
    admin.post(ACT, data | {"confirmed": 1, "expected": 2})
    assert set(Listing.objects.filter(retired=True).values_list("external_id", flat=True)) == {
        *("twin-1", "twin-2", "retired"),
    }


def test_more_than_can_be_counted_cannot_be_chosen(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings_module, "MOST_COUNTED", 2)
    answer = admin.post(ACT, {"action": "retire", "scope": "all", "query": "", "confirmed": 1}, follow=True)
    assertContains(answer, "More than 2 listings match: narrow the filters.")
    assert Listing.objects.filter(retired=True).count() == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"action": "", "scope": "ticked"}, "Choose what to do."),
        ({"action": "burn", "scope": "ticked"}, "There is no such action."),
        ({"action": "retire", "scope": "ticked"}, "No listing is chosen: tick some"),
        ({"action": "retire", "scope": "ticked", "listing": ["x", "-1", "9" * 30]}, "No listing is chosen"),
        ({"action": "retire", "scope": "all", "query": "q=nothing"}, "No listing is chosen"),
        ({"action": "retire", "scope": "all", "query": "split=silver"}, "Split: &#x27;silver&#x27;"),
        ({"action": "label-seed", "scope": "all", "priority": "x"}, "Enter a whole number."),
    ],
)
def test_what_cannot_be_done_is_said(admin: Client, data: dict[str, Any], said: str) -> None:
    assertContains(admin.post(ACT, data, follow=True), said)
    assert Listing.objects.filter(retired=True).count() == 1


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_act(role: Role) -> None:
    client = Client()
    client.force_login(user_with(role))
    assert client.post(ACT, sent(Action.RETIRE, "alone", confirmed=1, expected=1)).status_code == 403
    assert not Listing.objects.get(external_id="alone").retired


def test_a_link_and_a_foreign_form_change_nothing(admin: Client) -> None:
    assert admin.get(ACT, sent(Action.RETIRE, "alone", confirmed=1, expected=1)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user_with(Role.ADMIN))
    assert strict.post(ACT, sent(Action.RETIRE, "alone", confirmed=1, expected=1)).status_code == 403


def test_the_confirmation_shows_some_refusals_and_the_number_of_the_others(admin: Client) -> None:
    vertical = VerticalFactory.create()
    for number in range(25):
        ListingFactory.create(vertical=vertical, external_id=f"seed-{number}", split="seed", trained_on=True)
    answer = admin.post(ACT, {"action": "move-gold", "scope": "all", "query": f"vertical={vertical.code}"})
    assertContains(answer, "25 listings will be left as they are.")
    assertContains(answer, "And 5 more.")
    assertNotContains(answer, 'name="confirmed" value="0"')


def chosen(count: int) -> list[Chosen]:
    vertical = VerticalFactory.create()
    rows = (ListingFactory.create(vertical=vertical) for _ in range(count))
    return [Chosen(row.pk, row.external_id) for row in rows]


def test_trying_out_leaves_everything_as_it_was() -> None:
    by, some = user_with(Role.ADMIN), chosen(3)
    for action in Action:
        outcome = listings_act_outcome(action=action, chosen=some, by=by)
        assert outcome == listings_act_outcome(action=action, chosen=some, by=by)
    assert not Task.objects.exists()
    assert Listing.objects.filter(pk__in=[one.pk for one in some], split="pool", retired=False).count() == 3


@pytest.mark.parametrize("action", [Action.RETIRE, Action.LABEL_AUDIT])
def test_many_listings_take_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries, action: Action
) -> None:
    by, some = user_with(Role.ADMIN), chosen(120)
    with django_assert_max_num_queries(12):
        assert listings_act(action=action, chosen=some, by=by).changed == 120
