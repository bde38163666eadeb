"""Who sees whose reliability, and the setting of second opinions."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from attrx_web.roles import Role
from labeling.models import Purpose, PurposeRule
from tests.factories import user_with
from tests.labeling.workspace import label_all, reviewer, rule, tasks

pytestmark = pytest.mark.django_db

AGREEMENT = reverse("labeling:agreement")
SETTING = reverse("labeling:settings_rule", args=["review"])


@pytest.fixture
def reviewed() -> None:
    """Rita and rob answered the same four reviews, and differ about one colour."""
    rule(Purpose.REVIEW, second_opinion=100)
    tasks(4, purpose=Purpose.REVIEW)
    label_all(reviewer("rita"), 4, purpose=Purpose.REVIEW)
    label_all(reviewer("rob"), 3, purpose=Purpose.REVIEW)
    label_all(reviewer("rob"), 1, purpose=Purpose.REVIEW, colour="blue")


def page(name: str, url: str, *, role: Role = Role.REVIEWER, client: Client) -> str:
    client.force_login(user_with(role, name))
    return client.get(url).content.decode().split('id="reliability"')[-1]


def test_reviewers_see_their_own_line_and_admins_all(reviewed: None, client: Client) -> None:
    mine = page("rita", AGREEMENT, client=client)
    assert '<th scope="row">rita</th>' in mine and '<th scope="row">rob</th>' not in mine
    every = page("chief", AGREEMENT, role=Role.ADMIN, client=client)
    assert '<th scope="row">rita</th>' in every and '<th scope="row">rob</th>' in every


def test_whose_verdicts_nobody_checked_sees_no_table(reviewed: None, client: Client) -> None:
    client.force_login(reviewer("vera"))
    assertNotContains(client.get(AGREEMENT), "How reliable")


def test_a_persons_page_tells_attribute_by_attribute(reviewed: None, client: Client) -> None:
    found = page(
        "chief", reverse("labeling:people_person", args=[reviewer("rob").pk]), role=Role.ADMIN, client=client
    )
    assert found.index("Colour") < found.index("Closing")
    assert "Bag" in found and "few" in found


def test_the_share_of_second_opinions_is_set_or_refused(client: Client) -> None:
    client.force_login(user_with(Role.ADMIN))
    form = {"overlap": 1, "agree": 1, "suggestions": "on"}
    done = client.post(SETTING, form | {"second_opinion": 20}, follow=True)
    assertContains(done, "Review is worked on so from now on.")
    assertContains(done, 'name="second_opinion" id="second-opinion" value="20"')
    assertContains(client.post(SETTING, form | {"second_opinion": 101}, follow=True), "101 % cannot be")
    assertContains(client.post(SETTING, form | {"second_opinion": -1}, follow=True), "whole numbers")
    assert PurposeRule.objects.get(purpose=Purpose.REVIEW).second_opinion == 20
    gold = reverse("labeling:settings_rule", args=["gold"])
    assertContains(client.post(gold, form | {"second_opinion": 5}, follow=True), "only reviews get a second")
