"""What viewers see: figures and listings, and no names of people."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from attrx_web.roles import Role
from catalog.models import Status
from labeling.models import LabelRevision, Provenance
from tests.api.calling import Api
from tests.factories import LabelFactory, user_with
from tests.training.rounds import round_in

pytestmark = pytest.mark.django_db
LOOKERS = (Role.REVIEWER, Role.VIEWER)


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def test_a_viewer_is_led_to_what_they_may_open() -> None:
    page = client_of(Role.VIEWER).get(reverse("training:listings"))
    for name in ("training:listings", "training:rounds", "training:versions", "training:accuracy"):
        assertContains(page, f'href="{reverse(name)}"')
    for name in ("labeling:board", "training:review", "training:export", "catalog:imports"):
        assertNotContains(page, f'href="{reverse(name)}"')
    assertNotContains(page, "Save this view")


def test_the_api_names_people_to_reviewers_only() -> None:
    zoe = user_with(Role.ANNOTATOR, "zoe")
    label = LabelFactory.create(provenance=Provenance.ANNOTATION, source="zoe")
    LabelFactory.create(listing=label.listing, attribute__vertical=label.listing.vertical, source="old.csv")
    round_in(Status.DONE, created_by=zoe)
    paths = ["rounds", f"listings/{label.listing_id}"]
    seen = {role: [json.dumps(Api(user_with(role)).get(path).json()) for path in paths] for role in LOOKERS}
    assert all('"zoe"' in one for one in seen[Role.REVIEWER])
    assert not any("zoe" in one for one in seen[Role.VIEWER])
    assert "old.csv" in seen[Role.VIEWER][1]


def test_pages_name_people_to_reviewers_only() -> None:
    zoe = user_with(Role.ANNOTATOR, "zoe")
    label = LabelFactory.create(provenance=Provenance.ANNOTATION, source="zoe")
    LabelRevision.objects.create(
        listing=label.listing,
        attribute=label.attribute,
        values=["blue"],
        provenance=Provenance.ANNOTATION,
        source="zoe",
        changed_by=zoe,
    )
    round_in(Status.DONE, created_by=zoe)
    pages = [reverse("training:listing", args=[label.listing.external_id]), reverse("training:rounds")]
    for page in pages:
        assertContains(client_of(Role.REVIEWER).get(page), "zoe")
        assertNotContains(client_of(Role.VIEWER).get(page), "zoe")
    assertNotContains(client_of(Role.VIEWER).get(pages[0]), "Restore")
