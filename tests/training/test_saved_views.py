import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from catalog.models import SavedView
from tests.factories import ListingFactory, user_with

pytestmark = pytest.mark.django_db

LIST = reverse("training:listings")
SAVE = reverse("training:saved_views")


def signed_in(role: Role, username: str = "") -> Client:
    client = Client()
    client.force_login(user_with(role, username))
    return client


@pytest.fixture
def reviewer() -> Client:
    return signed_in(Role.REVIEWER)


def view(**fields: object) -> SavedView:
    mine = {"owner": user_with(Role.REVIEWER), "name": "red things", "query": "q=red"}
    return SavedView.objects.create(**mine | fields)


def test_the_filters_of_the_page_are_saved_under_a_name(reviewer: Client) -> None:
    sent = {"name": "Red gold", "query": "q=red&split=gold&size=100&unknown=1&vertical=gone", "shared": "on"}
    answer = reviewer.post(SAVE, sent, follow=True)
    assertRedirects(answer, f"{LIST}?q=red&split=gold")
    assertContains(answer, "Saved as Red gold.")
    saved = SavedView.objects.get()
    assert (saved.query, saved.shared, saved.owner.username) == ("q=red&split=gold", True, "reviewer")


def test_views_are_links_and_the_present_one_is_marked(reviewer: Client) -> None:
    view()
    view(owner=user_with(Role.ADMIN, "ada"), name="ours", query="split=gold", shared=True)
    view(owner=user_with(Role.ADMIN, "ada"), name="secret", query="split=seed")
    answer = reviewer.get(f"{LIST}?q=red&size=100")
    assertContains(answer, 'href="/listings/?q=red"\n             aria-current="page">red things')
    assertContains(answer, 'ours <span class="view-owner">by ada</span>')
    assertNotContains(answer, "secret")


def test_a_view_is_renamed_shared_and_deleted(reviewer: Client) -> None:
    url = reverse("training:saved_view", args=[view().pk])
    answer = reviewer.post(url, {"name": "All red", "shared": "on", "query": "q=red"}, follow=True)
    assertRedirects(answer, f"{LIST}?q=red")
    assert list(SavedView.objects.values_list("name", "shared")) == [("All red", True)]
    assertContains(reviewer.post(url, {"delete": "1", "query": "q=red"}, follow=True), "The view is deleted.")
    assert not SavedView.objects.exists()


def test_other_peoples_views_stay_as_they_are(reviewer: Client) -> None:
    theirs = view(owner=user_with(Role.ADMIN, "ada"), shared=True)
    url = reverse("training:saved_view", args=[theirs.pk])
    for sent in ({"delete": "1"}, {"name": "mine now"}):
        assertContains(reviewer.post(url, sent, follow=True), "That view is not yours")
    assert SavedView.objects.get() == theirs


@pytest.mark.parametrize("name", ["", "red things"])
def test_a_name_that_cannot_be_had_is_said(reviewer: Client, name: str) -> None:
    view()
    assertContains(
        reviewer.post(SAVE, {"name": name, "query": ""}, follow=True), 'class="alert alert-danger"'
    )
    assert SavedView.objects.count() == 1


def test_annotators_save_nothing() -> None:
    assert signed_in(Role.ANNOTATOR).post(SAVE, {"name": "x"}).status_code == 403
    assert not SavedView.objects.exists()


def test_a_query_from_outside_stays_on_the_page(reviewer: Client) -> None:
    ListingFactory.create()
    answer = reviewer.post(SAVE, {"name": "odd", "query": "q=a\r\nLocation: //evil&next=//evil"})
    assert answer["Location"].startswith(f"{LIST}?q=a")
    assert "evil" not in answer["Location"] or "%0" in answer["Location"]
