import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Image, Import, Listing, Vertical
from catalog.selectors.splits import SHOWN
from catalog.services.splits import listings_train_on, splits_recheck
from catalog.splits import Quota
from tests.catalog.bringing import LOOK, OTHER_LOOK, bring, settle, shown
from tests.factories import VerticalFactory, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch() -> Vertical:
    return VerticalFactory.create(code="watch", label="Watch")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.fixture
def leaking(watch: Vertical) -> None:
    """The gold listing a shows the photo of b, which a round has learned from."""
    settle(bring(watch, "a", "a2", given_group="a", photos=[shown(LOOK, "one")]), gold=Quota(1))
    settle(bring(watch, "b", photos=[shown(OTHER_LOOK, "two")]))
    listings_train_on(external_ids=["b"])
    Image.objects.filter(listing__external_id="a").update(photo=shown(OTHER_LOOK, "two"))
    splits_recheck()


def text(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def overview(client: Client) -> str:
    return text(client.get(reverse("catalog:splits")))


def page(client: Client, **query: str) -> str:
    return text(client.get(reverse("catalog:splits_vertical", args=["watch"]), query))


def test_every_vertical_is_listed_with_its_counts(admin: Client, watch: Vertical) -> None:
    import_ = bring(watch, "a", "b", "c", given_group="g")
    bring(watch, "d", "e", "f", by=import_)
    settle(import_, gold=Quota(1), seed=Quota(1))
    VerticalFactory.create(label="Sofa")
    shows = overview(admin)
    gold = Listing.objects.filter(split="gold").count()
    assert f'<td class="num">{gold}<span class="group-count">1 group</span></td>' in shows
    assert '<td class="num">3<span class="group-count">in 1 group</span></td>' in shows
    assert "No leaks" in shows
    assert "not yet" in shows


def test_without_verticals_it_says_what_to_do(admin: Client) -> None:
    assert "Import listings: their groups and splits will be shown here." in overview(admin)


def test_gold_is_counted_as_it_is_now(admin: Client, watch: Vertical) -> None:
    settle(bring(watch, "a", "b", "c"), gold=Quota(2))
    Listing.objects.filter(split="gold").update(split="pool")
    shows = page(admin)
    assert "<dt>Gold</dt><dd>0 listings" in shows
    assert "<dt>Pool</dt><dd>3 listings" in shows


def test_an_import_that_is_not_settled_is_named(admin: Client, watch: Vertical) -> None:
    Import.objects.filter(pk=bring(watch, "a").pk).update(listings_created=1, name="spring.csv")
    assert "The new listings of" in overview(admin)
    assert "spring.csv" in overview(admin)


def test_a_leak_is_counted_and_shown_with_its_remedy(admin: Client, leaking: None) -> None:
    assert "1 leak</span>" in overview(admin)
    shows = page(admin)
    assert "is like" in shows
    assert "A round has learned from it." in shows
    assert "Move gold to the pool" in shows


def test_moving_the_gold_group_closes_the_leak(admin: Client, leaking: None) -> None:
    response = admin.post(reverse("catalog:splits_move", args=["watch"]), {"listing": "a"}, follow=True)
    assert "The group of a, 2 listings, is in the pool now." in text(response)
    assert "None: no gold listing has a near-duplicate outside gold." in text(response)
    assert "No leaks" in overview(admin)
    assert not Listing.objects.filter(split="gold").exists()


def test_a_listing_that_cannot_be_moved_is_named_with_the_reason(admin: Client, watch: Vertical) -> None:
    response = admin.post(reverse("catalog:splits_move", args=["watch"]), {"listing": "gone"}, follow=True)
    assert "gone stays where it is: there is no such listing: look it up again." in text(response)


def test_the_largest_groups_are_shown_with_their_first_photos(admin: Client, watch: Vertical) -> None:
    photo = shown(LOOK, "one")
    settle(bring(watch, *(f"w{n}" for n in range(SHOWN + 3)), photos=[photo]))
    shows = page(admin)
    assert shows.count(reverse("catalog:photo", args=[photo.sha256, "thumb"])) == SHOWN
    assert ">3 more<" in shows
    assert f"{SHOWN + 3} listings" in shows


def test_many_groups_are_shown_in_pages(admin: Client, watch: Vertical) -> None:
    import_ = bring(watch, "a", "b", given_group="g00")
    for number in range(1, 25):
        bring(watch, f"a{number}", f"b{number}", by=import_, given_group=f"g{number:02}")
    settle(import_)
    assert page(admin).count('class="group-key"') == 20
    assert page(admin, page="2").count('class="group-key"') == 5


def test_the_group_of_a_listing_is_found(admin: Client, watch: Vertical) -> None:
    settle(bring(watch, "a", "b", given_group="g"))
    settle(bring(watch, "c"))
    Listing.objects.filter(external_id="b").update(retired=True)
    found = page(admin, listing="b")
    assert "Group of b" in found
    assert "2 listings" in found
    assert "retired" in found
    assert "There is no listing with this id in Watch." in page(admin, listing="nobody")


def test_a_vertical_that_was_never_compared_says_so(admin: Client, watch: Vertical) -> None:
    assert "have not been compared yet" in page(admin)


def test_an_unknown_vertical_is_not_found(admin: Client) -> None:
    assert admin.get(reverse("catalog:splits_vertical", args=["hat"])).status_code == 404


def test_reviewers_may_look_and_only_admins_may_move(client: Client, leaking: None) -> None:
    client.force_login(user_with(Role.REVIEWER))
    assert "Move gold to the pool" not in page(client)
    assert client.post(reverse("catalog:splits_move", args=["watch"]), {"listing": "a"}).status_code == 403
    client.force_login(user_with(Role.ANNOTATOR))
    assert client.get(reverse("catalog:splits")).status_code == 403
    assert client.get(reverse("catalog:splits_vertical", args=["watch"])).status_code == 403


def test_pages_take_few_queries_however_many_groups_there_are(
    admin: Client, watch: Vertical, leaking: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    import_ = bring(watch, "c", "d", given_group="g00")
    for number in range(1, 20):
        bring(watch, f"c{number}", f"d{number}", by=import_, given_group=f"g{number:02}")
        VerticalFactory.create()
    settle(import_)
    with django_assert_max_num_queries(12):
        overview(admin)
    with django_assert_max_num_queries(14):
        page(admin)


def test_the_command_names_leaks_and_ends_with_exit_code_1(
    leaking: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="1 leaks: move the gold groups to the pool") as ended:
        call_command("splits_check")
    assert ended.value.returncode == 1
    assert capsys.readouterr().out.splitlines() == [
        "Watch: 3 listings, 2 of them in 1 groups of several; 1 leaks",
        "  gold listing 'a' is like 'b': a round has learned from it",
    ]


def test_the_command_is_content_where_nothing_leaks(
    watch: Vertical, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(bring(watch, "a", "b"), gold=Quota(1))
    call_command("splits_check")
    assert "2 listings, 0 of them in 0 groups of several; 0 leaks" in capsys.readouterr().out
