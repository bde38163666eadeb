import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from catalog import paging
from catalog.models import Attribute, Listing, SavedView, Status
from labeling.models import Label, LabelRevision, Provenance
from labeling.services import label_record
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    LabelFactory,
    ListingFactory,
    VerticalFactory,
    user_with,
)
from tests.training.rounds import champion_of, prediction, round_in
from training import listings as listings_module
from training.views import listings as listing_views

pytestmark = pytest.mark.django_db

LIST = reverse("training:listings")
PAGES = [
    LIST,
    reverse("training:listing_choices"),
    reverse("training:listing_count"),
    reverse("training:listing", args=["b1"]),
]


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


@pytest.fixture
def reviewer() -> Client:
    return signed_in(Role.REVIEWER)


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def bags() -> list[Listing]:
    """Bags b1 to b3, all predicted; the first is labelled otherwise and has a photo."""
    bag = VerticalFactory.create(code="bag", label="Bags")
    color = AttributeFactory.create(vertical=bag, code="color", label="Colour")
    champion = champion_of(round_in(Status.DONE))
    rows = [ListingFactory.create(vertical=bag, external_id=f"b{n}", title=f"Bag {n}") for n in (1, 2, 3)]
    for row, agreement in zip(rows, (0.5, 0.75, 1.0), strict=True):
        prediction(champion, row, color, "red", agreement=agreement)
    LabelFactory.create(listing=rows[0], attribute=color, values=["blue"])
    ImageFactory.create(listing=rows[0])
    return rows


def ids(html: str) -> list[str]:
    return re.findall(r'<span class="listing-id">(.*?)</span>', html)


@pytest.mark.parametrize("url", PAGES)
def test_visitors_are_asked_to_log_in_and_annotators_are_refused(
    client: Client, bags: None, url: str
) -> None:
    assertRedirects(client.get(url), f"{reverse('account_login')}?next={quote(url)}")
    assert signed_in(Role.ANNOTATOR).get(url).status_code == 403
    assert signed_in(Role.REVIEWER).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_the_pages_only_read(admin: Client, bags: None, url: str) -> None:
    assert admin.post(url).status_code == 405


def test_the_list_shows_what_every_app_knows(reviewer: Client, bags: None) -> None:
    html = reviewer.get(LIST).content.decode()
    assert ids(html) == ["b3", "b2", "b1"]
    for text in ("Bag 1", "Bags", "1 of 1", "0 of 1", "50&nbsp;%", "100&nbsp;%", "Pool"):
        assert text in html
    assert re.sub(r"\s+", " ", html).count("<strong>1–3</strong> of <strong>3</strong> listings") == 1


def test_every_column_says_what_it_means(reviewer: Client, bags: None) -> None:
    head = re.search(r"<thead>(.*?)</thead>", reviewer.get(LIST).content.decode(), re.DOTALL)
    assert head
    assert re.findall(r'<abbr title="[^"]{15,}">(\w+)</abbr>', head[1]) == [
        *("Listing", "Vertical", "Split", "Labels", "Agreement", "Import", "Added"),
    ]


def test_a_sent_form_leads_to_an_address_with_only_what_is_set(reviewer: Client, bags: None) -> None:
    sent = {"apply": "1", "q": " bag ", "vertical": "bag", "attribute": "size", "labels": "", "size": "50"}
    assertRedirects(reviewer.get(LIST, sent), f"{LIST}?q=bag&vertical=bag")
    assertRedirects(reviewer.get(LIST, {"apply": "1", "q": ""}), LIST)


def test_every_set_filter_can_be_removed(reviewer: Client, bags: None) -> None:
    html = reviewer.get(f"{LIST}?vertical=bag&attribute=color&value=blue&q=bag&sort=id").content.decode()
    assert ids(html) == ["b1"]
    chips = dict(re.findall(r'href="\?([^"]*)" aria-label="Remove ([^"]*)"', html))
    assert {text: query.replace("&amp;", "&") for query, text in chips.items()} == {
        "Search: bag": "vertical=bag&attribute=color&value=blue&sort=id",
        "Vertical: Bags": "q=bag&sort=id",
        "Attribute: Colour": "q=bag&vertical=bag&sort=id",
        "Label says: blue": "q=bag&vertical=bag&attribute=color&sort=id",
    }
    assert 'href="?sort=id">Clear all</a>' in html


def test_links_to_listings_carry_the_filters(reviewer: Client, bags: None) -> None:
    html = reviewer.get(f"{LIST}?q=bag&sort=id").content.decode()
    assert f'href="{reverse("training:listing", args=["b2"])}?q=bag&amp;sort=id"' in html


def test_pages_are_linked_by_place(reviewer: Client, bags: None) -> None:
    vertical = Listing.objects.get(external_id="b1").vertical
    for number in range(30):
        ListingFactory.create(vertical=vertical, external_id=f"more-{number:02}")
    first = reviewer.get(f"{LIST}?size=25").content.decode()
    after = re.search(r'rel="next" href="([^"]*)"', first)
    assert after and 'rel="prev"' not in first
    second = reviewer.get(LIST + after[1].replace("&amp;", "&")).content.decode()
    assert ids(first) + ids(second) == [f"more-{n:02}" for n in reversed(range(30))] + ["b3", "b2", "b1"]
    assert "<strong>26–33</strong>" in second and 'rel="next"' not in second


def test_the_grid_shows_photos(reviewer: Client, bags: None) -> None:
    html = reviewer.get(f"{LIST}?layout=grid").content.decode()
    assert ids(html) == ["b3", "b2", "b1"]
    assert html.count('<img class="tile-photo"') == 1 and html.count("No photo") == 2


def test_filters_that_cannot_be_read_are_said_and_nothing_is_shown(reviewer: Client, bags: None) -> None:
    answer = reviewer.get(f"{LIST}?split=silver&q=bag")
    assertContains(answer, "Split: &#x27;silver&#x27;")
    assertContains(answer, "These filters cannot be read")
    assert ids(answer.content.decode()) == []


def test_empty_lists_say_what_to_do(admin: Client) -> None:
    assertContains(admin.get(LIST), "No listings yet")
    ListingFactory.create()
    answer = admin.get(f"{LIST}?q=nothing&split=gold")
    assertContains(answer, "Nothing matches")
    assertContains(answer, 'href="?split=gold"')
    assertContains(answer, "Clear all filters")


def test_without_a_champion_nothing_is_said_about_agreement(reviewer: Client) -> None:
    ListingFactory.create()
    assertNotContains(reviewer.get(LIST), "greement")


def test_only_admins_are_offered_actions(reviewer: Client, admin: Client, bags: None) -> None:
    action = f'action="{reverse("training:listing_actions")}"'
    page = reverse("training:listing", args=["b1"])
    for url in (LIST, f"{LIST}?layout=grid", page):
        assertContains(admin.get(url), action)
        assertNotContains(reviewer.get(url), action)


def test_text_from_outside_is_escaped(admin: Client) -> None:
    ListingFactory.create(
        external_id='<i>"1', title="<script>alert(1)</script>", metadata={"<b>": "<b>"}, description="<b>"
    )
    SavedView.objects.create(owner=user_with(Role.ADMIN), name="<u>view</u>", query="q=%3Ci%3E")
    for url in (f"{LIST}?q=%3Ci%3E", f"{LIST}?layout=grid", reverse("training:listing", args=['<i>"1'])):
        html = admin.get(url).content.decode()
        assert not re.search(r"<script>alert|<i>|<b>|<u>", html)


def test_the_choices_follow_vertical_and_attribute(reviewer: Client, bags: None) -> None:
    url = reverse("training:listing_choices")
    assertContains(reviewer.get(url), "Choose a vertical")
    answer = reviewer.get(url, {"vertical": "bag", "apply": "1", "q": ""})
    assertContains(answer, '<option value="color">Colour</option>')
    assertContains(answer, "Choose an attribute")
    answer = reviewer.get(url, {"vertical": "bag", "attribute": "color", "value": "gone"})
    assertContains(answer, '<option value="color" selected>')
    assertContains(answer, '<option value=":not_visible">Not visible</option>', count=2)


@pytest.mark.parametrize(
    "query", ["", "?layout=grid", "?vertical=bag&attribute=color&value=blue&disagrees=yes"]
)
def test_the_list_takes_few_queries_however_many_rows(
    admin: Client, bags: None, django_assert_max_num_queries: DjangoAssertNumQueries, query: str
) -> None:
    # session, user, role; verticals, imports, models, champion, and two for the choices of a vertical; ids,
    # rows, photos, labels, agreements; saved views, the visitor's role
    with django_assert_max_num_queries(16 if "vertical" in query else 14):
        admin.get(LIST + query)


ODD_IDS = [
    "a/b",
    "a//b",
    "/a",
    "a/",
    "..",
    "../../x",
    ".",
    "~..",
    "ü 🧥",
    "50%",
    "%2F",
    "a?b#c&d=e",
    "a\\b",
    '"',
    "a\nb",
]


@pytest.mark.parametrize("external_id", ODD_IDS)
def test_listings_with_odd_ids_have_pages(reviewer: Client, external_id: str) -> None:
    ListingFactory.create(external_id=external_id, title=f"The one called {external_id}")
    linked = re.search(r'class="listing-link" href="([^"]*)"', reviewer.get(LIST).content.decode())
    assert linked
    assertContains(reviewer.get(linked[1].replace("&amp;", "&")), "The one called")


@pytest.mark.parametrize("external_id", ["none", "no\0ne", "x" * 3000])
def test_a_listing_that_is_none_is_not_found(reviewer: Client, external_id: str) -> None:
    assert reviewer.get(reverse("training:listing", args=[external_id])).status_code == 404


@pytest.mark.parametrize(
    "query", ["?q=%00", "?cursor=%00", "?size=%00&sort=%ff", "?q=" + "%F0%9F%A7%A5" * 100, "?q=%ed%a0%80"]
)
def test_no_query_breaks_the_pages(reviewer: Client, bags: None, query: str) -> None:
    for url in PAGES:
        assert reviewer.get(url + query).status_code == 200


def test_more_listings_than_a_look_finds_are_counted_when_asked(
    reviewer: Client, bags: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FEW", 2)
    html = reviewer.get(f"{LIST}?q=bag").content.decode()
    assert 'hx-get="/listing-count/?q=bag" hx-trigger="load"' in html and "2+</strong>" in html
    assertContains(reviewer.get(reverse("training:listing_count"), {"q": "bag"}), "<strong>3</strong>")
    assertContains(reviewer.get(f"{LIST}?q=bag&count=all"), "<strong>3</strong>")
    monkeypatch.setattr(listings_module, "MOST_COUNTED", 2)
    monkeypatch.setattr(listing_views, "MOST_COUNTED", 2)
    assertContains(reviewer.get(reverse("training:listing_count"), {"q": "bag"}), "<strong>2+</strong>")


def test_a_reviewer_lets_a_label_say_again_what_it_said(reviewer: Client, bags: list[Listing]) -> None:
    color = Attribute.objects.get(code="color")
    for value in ("red", "blue"):
        label_record(listing=bags[1], attribute=color, provenance=Provenance.VERDICT, values=[value])
    first = LabelRevision.objects.order_by("pk")[0]
    url, page = reverse("training:label_restore", args=[first.pk]), reverse("training:listing", args=["b2"])
    assertContains(reviewer.get(page), "Restore<", count=2)
    assertContains(reviewer.post(url, follow=True), "Colour says again what it said.")
    assert Label.objects.get(listing=bags[1]).values == ["red"]
    assert signed_in(Role.ANNOTATOR).post(url).status_code == 403
    assert reviewer.get(url).status_code == 405
    assert reviewer.post(reverse("training:label_restore", args=[first.pk + 100])).status_code == 404


def test_what_is_not_allowed_any_more_is_not_restored(reviewer: Client, bags: list[Listing]) -> None:
    color = Attribute.objects.get(code="color")
    for value in ("red", "blue"):
        label_record(listing=bags[1], attribute=color, provenance=Provenance.VERDICT, values=[value])
    color.values.filter(code="red").delete()
    first = LabelRevision.objects.order_by("pk")[0]
    answer = reviewer.post(reverse("training:label_restore", args=[first.pk]), follow=True)
    assertContains(answer, "alert-danger")
    assert Label.objects.get(listing=bags[1]).values == ["blue"]
