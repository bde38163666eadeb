"""The pages around the work: who may see which, and what their forms do."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from labeling.models import Comment, Mention, Purpose, PurposeRule, Task, Turn, VerticalAssignment
from labeling.services.talk import comment_add
from tests.factories import user_with
from tests.labeling.workspace import annotator, bag, label_all, listings, rule, tasks
from tests.queues import memory_queue

pytestmark = pytest.mark.django_db

EVERYBODY = {Role.ANNOTATOR, Role.REVIEWER, Role.ADMIN}
DECIDING = {Role.REVIEWER, Role.ADMIN}
PAGES = {
    reverse("labeling:board"): EVERYBODY,
    reverse("labeling:mentions"): EVERYBODY,
    reverse("labeling:adjudication"): DECIDING,
    reverse("labeling:agreement"): DECIDING,
    reverse("labeling:agreement_vertical", args=["bag"]): DECIDING,
    reverse("labeling:agreement_attribute", args=["bag", "colour"]): DECIDING,
    reverse("labeling:flags"): DECIDING,
    reverse("labeling:people"): {Role.ADMIN},
    reverse("labeling:settings"): {Role.ADMIN},
    reverse("labeling:seeds"): {Role.ADMIN},
    reverse("labeling:seeds_vertical", args=["bag"]): {Role.ADMIN},
}
FORMS = {
    reverse("labeling:mentions_seen"): EVERYBODY,
    reverse("labeling:send_back"): DECIDING,
    reverse("labeling:flags_resolve", args=[1]): DECIDING,
    reverse("labeling:people_assign", args=[1]): {Role.ADMIN},
    reverse("labeling:settings_rule", args=["gold"]): {Role.ADMIN},
    reverse("labeling:settings_again", args=["gold"]): {Role.ADMIN},
    reverse("labeling:seeds_confirm", args=["bag"]): {Role.ADMIN},
}


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks that are sent wait in memory."""
    with memory_queue(monkeypatch, "default"):
        yield


@pytest.fixture
def admin() -> Client:
    return client_of(Role.ADMIN)


@pytest.fixture
def rita() -> Client:
    return client_of(Role.REVIEWER)


@pytest.mark.parametrize(("url", "allowed"), PAGES.items())
def test_each_page_is_for_its_roles(client: Client, url: str, allowed: set[Role]) -> None:
    bag()
    assertRedirects(client.get(url), f"{reverse('account_login')}?next={quote(url)}")
    assert {role for role in Role if client_of(role).get(url).status_code == 200} == allowed
    assert {client_of(role).get(url).status_code for role in Role} <= {200, 403}
    assert client_of(Role.ADMIN).post(url).status_code == 405


@pytest.mark.parametrize(("url", "allowed"), FORMS.items())
def test_each_form_is_for_its_roles(client: Client, url: str, allowed: set[Role]) -> None:
    bag()
    assertRedirects(client.post(url), f"{reverse('account_login')}?next={quote(url)}")
    assert {role for role in Role if client_of(role).post(url).status_code != 403} == allowed
    assert client_of(Role.ADMIN).get(url).status_code == 405


@pytest.mark.parametrize(
    "url",
    [
        reverse("labeling:people_person", args=[10**6]),
        reverse("labeling:agreement_vertical", args=["nothing"]),
        reverse("labeling:agreement_attribute", args=["bag", "nothing"]),
        reverse("labeling:seeds_vertical", args=["nothing"]),
    ],
)
def test_what_there_is_not_is_not_found(admin: Client, url: str) -> None:
    bag()
    assert admin.get(url).status_code == 404


def test_the_board_begins_with_what_waits() -> None:
    vertical = tasks(2)[0].listing.vertical
    answer = client_of(Role.ANNOTATOR).get(reverse("labeling:board"))
    assertContains(answer, f'href="{reverse("labeling:work")}?purpose=gold"')
    assertContains(answer, f'href="{reverse("labeling:work")}?purpose=gold&amp;vertical={vertical.pk}"')
    assertNotContains(answer, reverse("labeling:people"))


def test_an_empty_board_says_so_and_leads_admins_on(admin: Client) -> None:
    empty = client_of(Role.ANNOTATOR).get(reverse("labeling:board"))
    assertContains(empty, "Nothing waits for you now.")
    assertNotContains(empty, reverse("labeling:seeds"))
    assertContains(admin.get(reverse("labeling:board")), "Send listings to labelling")


def test_verticals_are_assigned_and_taken_back(admin: Client) -> None:
    vertical, anna = bag(), annotator()
    url, page = (reverse(f"labeling:{name}", args=[anna.pk]) for name in ("people_assign", "people_person"))
    sent = {"vertical": [str(vertical.pk), "no number"]}
    assertContains(admin.post(url, sent, follow=True), "Works on 1 vertical from now on.")
    assert VerticalAssignment.objects.get().vertical == vertical
    assertContains(admin.get(page), "checked")
    assertContains(admin.post(url, follow=True), "Works on all verticals from now on.")
    assert not VerticalAssignment.objects.exists()
    assert admin.post(reverse("labeling:people_assign", args=[10**6])).status_code == 404


def test_a_rule_is_set_or_refused_with_the_reason(admin: Client) -> None:
    url = reverse("labeling:settings_rule", args=["gold"])
    done = admin.post(url, {"overlap": 3, "agree": 2, "suggestions": "on"}, follow=True)
    assertContains(done, "Gold is worked on so from now on.")
    kept = PurposeRule.objects.get(purpose="gold")
    assert (kept.overlap, kept.agree, kept.suggestions, kept.changed_by) == (
        3,
        2,
        True,
        user_with(Role.ADMIN),
    )
    assertContains(admin.post(url, {"overlap": 2, "agree": 3}, follow=True), "3 of 2 cannot agree")
    assertContains(admin.post(url, {"overlap": "many"}, follow=True), "give whole numbers")
    assert PurposeRule.objects.get(purpose="gold").overlap == 3
    assert admin.post(reverse("labeling:settings_rule", args=["fun"])).status_code == 404


def test_further_people_are_asked(admin: Client) -> None:
    tasks(2)
    label_all(annotator(), 2)
    rule(Purpose.GOLD, overlap=2)
    done = admin.post(reverse("labeling:settings_again", args=["gold"]), follow=True)
    assertContains(done, "Further people are asked about 2 listings.")
    assert Turn.objects.filter(finished=None).count() == 2


def test_a_listing_is_sent_back_with_a_comment(rita: Client) -> None:
    tasks(1)
    anna = annotator()
    [lease] = label_all(anna)
    url = reverse("labeling:send_back")
    refused = rita.post(url, {"turn": lease.turn_id, "text": " "}, follow=True)
    assertContains(refused, "say what is to be looked at again")
    person = reverse("labeling:agreement")
    done = rita.post(url, {"turn": lease.turn_id, "text": "The colour.", "next": person})
    assertRedirects(done, person)
    assert Turn.objects.get().returned
    assert Mention.objects.get().person == anna
    elsewhere = rita.post(url, {"turn": "x", "next": "https://example.com/"})
    assertRedirects(elsewhere, reverse("labeling:adjudication"))


def test_a_flag_is_answered_and_dealt_with_once(rita: Client) -> None:
    [listing] = listings(1)
    anna = annotator()
    flag = comment_add(listing=listing, attribute="", author=anna, text="Blurred.", flag=True)
    assertContains(rita.get(reverse("labeling:flags")), "Blurred.")
    url = reverse("labeling:flags_resolve", args=[flag.pk])
    assertContains(rita.post(url, {"text": "Skip it, @anna."}, follow=True), "The flag is dealt with.")
    assert Mention.objects.get().person == anna
    assertContains(rita.post(url, follow=True), "Somebody else has dealt with the flag meanwhile.")
    assert Comment.objects.count() == 2
    assert rita.post(reverse("labeling:flags_resolve", args=[flag.pk + 9])).status_code == 404


def test_an_answer_that_is_too_long_leaves_the_flag(rita: Client) -> None:
    [listing] = listings(1)
    flag = comment_add(listing=listing, attribute="", author=annotator(), text="Blurred.", flag=True)
    url = reverse("labeling:flags_resolve", args=[flag.pk])
    assertContains(rita.post(url, {"text": "x" * 6000}, follow=True), "shorten it to 5000")
    flag.refresh_from_db()
    assert flag.resolved is None


def test_mentions_are_new_until_the_person_says_that_they_saw_them() -> None:
    anna, rita = client_of(Role.ANNOTATOR), user_with(Role.REVIEWER)
    [listing] = listings(1)
    comment_add(listing=listing, attribute="", author=rita, text="@annotator look")
    page = anna.get(reverse("labeling:mentions"))
    assertContains(page, '<span class="tag">new</span>')
    assertContains(page, "look")
    assertNotContains(page, reverse("training:listing", args=[listing.external_id]))
    comment_add(listing=listing, attribute="", author=rita, text="@annotator again")
    newest = page.context["newest"]
    assertContains(anna.post(reverse("labeling:mentions_seen"), {"up_to": newest}, follow=True), "again")
    assert Mention.objects.filter(seen=None).count() == 1, "the one that came meanwhile"


def test_seeds_are_proposed_at_random_dropped_and_confirmed(admin: Client) -> None:
    vertical = listings(4)[0].vertical
    url = reverse("labeling:seeds_vertical", args=["bag"])
    proposed = admin.get(url, {"by": "random", "size": "3", "propose": "1"}, follow=True)
    assertContains(proposed, "3 listings proposed")
    chosen = proposed.context["choice"].listings
    address = proposed.request["QUERY_STRING"]
    dropped = admin.get(f"{url}?{address}&drop={chosen[0]}", follow=True).context["choice"]
    assert dropped.listings == chosen[1:]
    swapped = admin.get(f"{url}?{address}&swap={chosen[0]}", follow=True).context["choice"]
    assert len(swapped.listings) == 3
    assert chosen[0] not in swapped.listings
    again = admin.get(f"{url}?{address}&again=1", follow=True).context["choice"]
    assert again.draw == 1
    done = admin.post(
        reverse("labeling:seeds_confirm", args=["bag"]), {"listings": "-".join(map(str, chosen))}, follow=True
    )
    assertContains(done, "3 listings new in the seed set. People are asked to label 3 listings.")
    assert set(Task.objects.values_list("listing", flat=True)) == set(chosen)
    assert vertical.listings.filter(split="seed").count() == 3


def test_the_board_leads_to_the_persons_own_figures(client: Client) -> None:
    client.force_login(annotator())
    assertContains(client.get(reverse("labeling:board")), f'href="{reverse("training:people_me")}"')
