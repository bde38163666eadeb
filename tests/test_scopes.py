"""Somebody who is limited to verticals: every address of the site, read from the URLconf, shows no listing of
another one. The same walk by somebody who is not limited finds them, or it would prove nothing."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attrx_web.roles import Role
from catalog.models import Attribute, Image, Listing
from catalog.selectors import vertical_spec
from catalog.services import schema_save
from catalog.services.scopes import scopes_set
from labeling.models import Label, Purpose, Suggestion, Task, Turn
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_open
from tests.addresses import addresses
from tests.api.calling import Api
from tests.api.world import World, world
from tests.factories import ImageFactory, PhotoFactory, SuggestionFactory, user_with
from tests.labeling.workspace import claim, message, send
from tests.training.rounds import metric
from training.models import Method, Metric, Route, RoutedQuestion

pytestmark = pytest.mark.django_db

OWN, FOREIGN = "lamp", "kurta"
SHOWS_FOREIGN = re.compile(rf"{FOREIGN}-(seed|gold|pool)-\d")
SOME_ID = "00000000-0000-0000-0000-000000000001"
SOME = defaultdict(lambda: "nowhere", {"IntConverter": "1", "UUIDConverter": SOME_ID, "": SOME_ID})
"""{kind of a part of an address: one of nothing that is there}"""
SEEN_BY_ALL = {
    *("training:listings", "training:listing", "training:export_file"),
    *("labeling:flags", "labeling:mentions", "labeling:adjudication"),
    *("api:listing-list", "api:listing-detail", "api:label-list", "api:label-detail", "api:exports"),
    *(
        "api:task-list",
        "api:task-detail",
    ),
}
"""Addresses at which a reviewer who is not limited finds listings of either vertical."""
COLOUR = (10, 200, 10)


@dataclass(frozen=True, slots=True)
class Place:
    """What there is, and who looks at it."""

    world: World
    person: User
    listing: Listing
    """of the foreign vertical"""
    turn: Turn
    """at it"""

    def kwargs(self, name: str, keys: Iterable[str]) -> dict[str, Any]:
        """What stands in an address: the foreign vertical's, where it is anybody's."""
        known = {
            "external_id": self.listing.external_id,
            "code": FOREIGN,
            "vertical": FOREIGN,
            "attribute_code": "color",
            "round_id": self.world.round.pk,
            "version_id": self.world.champion.pk,
            "routing_id": self.world.routing.pk,
            "turn_id": self.turn.pk,
            "study_id": self.world.study.pk,
            "sha256": "0" * 64,
            "size": "web",
        }
        if name.startswith("accuracy") or name.endswith("accuracy_attribute"):
            known["code"] = "color"
        own = {
            "api:label-detail": Label.objects.filter(listing__external_id__startswith=FOREIGN).first(),
            "api:task-detail": self.turn.task,
            "api:listing-detail": self.listing,
        }
        found = own.get(name)
        return {key: known.get(key, found.pk if found else 1) for key in keys}


@pytest.fixture
def place() -> Place:
    """Two verticals with everything that pages show, and a reviewer who is limited to one of them."""
    there = world()
    for code in (OWN, FOREIGN):
        spec = vertical_spec(code)
        assert spec is not None
        schema_save(spec=spec)
    Metric.objects.exclude(vertical=None).delete()  # Of which the world has one, for a page too few.
    for iteration in (-1, 0, 1):
        metric(there.round, iteration, correct=60, method=Method.MAJORITY)
    rita = user_with(Role.REVIEWER, "rita")
    listing = Listing.objects.get(external_id=f"{FOREIGN}-pool-0")
    Image.objects.filter(listing=listing).delete()
    ImageFactory.create(listing=listing, photo=PhotoFactory.create(color=COLOUR))
    attribute = Attribute.objects.get(vertical__code=FOREIGN, code="color")
    comment_add(listing=listing, attribute="", author=user_with(Role.ADMIN), text="@rita look", flag=True)
    pool = Listing.objects.filter(split="pool", vertical__code__in=[OWN, FOREIGN])
    ids = list(pool.values_list("pk", flat=True))
    for purpose in (Purpose.REVIEW, Purpose.ADJUDICATION, Purpose.AUDIT, Purpose.GOLD):
        tasks_open(listing_ids=ids, purpose=purpose, asks=["color"])
    for one in pool:
        asked = Attribute.objects.get(vertical=one.vertical, code="color")
        SuggestionFactory.create(listing=one, attribute=asked)
    task = Task.objects.get(listing=listing, purpose=Purpose.REVIEW)
    RoutedQuestion.objects.create(
        routing=there.routing, listing=listing, attribute=attribute, route=Route.REVIEW, rank=1
    )
    return Place(there, rita, listing, task.turns.get())


def found_at(client: Client, place: Place) -> set[str]:
    """Names of the addresses that show a listing of the foreign vertical."""
    client.raise_request_exception = False
    found, broken = set(), {}
    for name, parts in addresses():
        if name == "account_logout":
            continue
        try:
            address = reverse(name, kwargs=place.kwargs(name, parts))
        except Exception:
            address = reverse(name, kwargs={key: SOME[kind] for key, kind in parts.items()})
        answer = client.get(address)
        if answer.status_code >= 500 and name != "readyz":  # Which answers 503 where no Redis does.
            broken[name] = answer.status_code
        body = b"".join(answer) if answer.streaming else answer.content
        if SHOWS_FOREIGN.search(body.decode(errors="replace")):
            found.add(name)
    assert not broken
    return found


def test_nothing_of_another_vertical_is_shown_anywhere(client: Client, place: Place) -> None:
    client.force_login(place.person)
    leases = claim(place.person, 9, purpose=Purpose.REVIEW)
    assert place.turn.pk in [lease.turn_id for lease in leases]
    assert found_at(client, place) >= SEEN_BY_ALL
    scopes_set(person=place.person, verticals=[OWN])
    assert found_at(client, place) == set()
    scopes_set(person=place.person, verticals=[])
    assert found_at(client, place) >= SEEN_BY_ALL


def test_a_listing_of_another_vertical_is_not_there(client: Client, place: Place) -> None:
    scopes_set(person=place.person, verticals=[OWN])
    client.force_login(place.person)
    listing, label = place.listing, Label.objects.filter(listing__external_id__startswith=FOREIGN)[0]
    for address in (
        reverse("training:listing", args=[listing.external_id]),
        reverse("catalog:splits_vertical", args=[FOREIGN]),
        reverse("labeling:api_item", args=[place.turn.pk]),
        f"/api/v1/listings/{listing.pk}",
        f"/api/v1/labels/{label.pk}",
        f"/api/v1/tasks/{place.turn.task_id}",
    ):
        assert client.get(address).status_code == 404, address


def test_what_is_of_the_persons_vertical_is_there_as_before(client: Client, place: Place) -> None:
    scopes_set(person=place.person, verticals=[OWN])
    client.force_login(place.person)
    assert client.get(reverse("training:listing", args=[f"{OWN}-pool-0"])).status_code == 200
    rows = client.get("/api/v1/listings").json()["results"]
    assert {row["external_id"].partition("-")[0] for row in rows} == {OWN}
    file = b"".join(client.get("/api/v1/exports?what=listings&as=csv")).decode()
    assert f"{OWN}-gold-0" in file


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_a_photo_is_seen_where_a_listing_is_that_has_it(client: Client, place: Place, role: Role) -> None:
    person = user_with(role, "paul")
    client.force_login(person)
    photo = place.listing.images.get().photo
    shared = Listing.objects.get(external_id=f"{OWN}-pool-0").images.get().photo
    addresses = [reverse("catalog:photo", args=[one.sha256, "web"]) for one in (photo, shared)]
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    scopes_set(person=person, verticals=[OWN])
    assert [client.get(address).status_code for address in addresses] == [404, 200]


def test_the_queue_hands_out_nothing_else(place: Place) -> None:
    scopes_set(person=place.person, verticals=[OWN])
    for purpose in (Purpose.REVIEW, Purpose.AUDIT, Purpose.ADJUDICATION, Purpose.GOLD):
        turns = Turn.objects.filter(pk__in=[one.turn_id for one in claim(place.person, 99, purpose=purpose)])
        assert set(turns.values_list("vertical__code", flat=True)) == {OWN}
    [foreign] = [place.turn.vertical_id]
    for lease in claim(place.person, 99, purpose=Purpose.REVIEW, vertical_id=foreign):
        assert lease.turn_id != place.turn.pk


def test_a_program_gets_no_work_of_another_vertical_and_cannot_answer_it(place: Place) -> None:
    api = Api(place.person)
    work = {"purposes": ["review"], "count": 10}
    items = api.post("work/lease", work).json()["items"]
    [held] = [one for one in items if one["turn"] == place.turn.pk]
    scopes_set(person=place.person, verticals=[OWN])
    answer = {"kind": "answer", "attribute": "color", "values": ["red"], "key": "k1"}
    sent = api.post("work/messages", {"messages": [answer | {"turn": held["turn"], "token": held["token"]}]})
    [reply] = sent.json()["replies"]
    assert reply["status"] == "refused"
    assert api.post("work/heartbeat", {"tokens": [held["token"]]}).json() == {"alive": []}
    again = api.post("work/lease", work).json()["items"]
    assert {one["listing"].partition("-")[0] for one in again} <= {OWN}


def test_a_grid_of_another_vertical_is_empty(client: Client, place: Place) -> None:
    attribute = Attribute.objects.get(vertical__code=FOREIGN, code="color")
    client.force_login(place.person)
    query: dict[str, str | int] = {"attribute": attribute.pk, "answer": "red"}
    assert place.listing.external_id in client.get(reverse("labeling:grid"), query).content.decode()
    scopes_set(person=place.person, verticals=[OWN])
    page = client.get(reverse("labeling:grid"), query, follow=True).content.decode()
    assert not SHOWS_FOREIGN.search(page)


def test_what_a_command_or_worker_reads_is_not_limited(place: Place) -> None:
    scopes_set(person=place.person, verticals=[OWN])
    assert Listing.objects.filter(vertical__code=FOREIGN).exists()
    assert Suggestion.objects.filter(listing=place.listing).exists()
    assert send(place.person, message("heartbeat", place.turn.pk))[0]["status"] == "refused"


def test_a_person_is_looked_up_once_a_request_and_an_admin_not_at_all(client: Client, place: Place) -> None:
    def lookups() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("training:listings"))
        return sum("catalog_verticalscope" in query["sql"] for query in queries)

    client.force_login(place.person)
    assert lookups() == 1
    scopes_set(person=place.person, verticals=[OWN])
    assert lookups() == 1
    client.force_login(user_with(Role.ADMIN))
    assert lookups() == 0
