"""What is done to the catalogue is in the audit log, with who did it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from catalog.models import Import, Status
from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from catalog.services import schema_save
from catalog.services.imports import import_discard, import_load, import_open
from catalog.services.ledger import work_claim, work_close
from catalog.services.splits import listings_move, listings_retire
from catalog.splits import Split
from tests.factories import AttributeFactory, ListingFactory, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return user_with(Role.ADMIN)


@pytest.fixture
def opened(tmp_path: Path, admin: User) -> Import:
    AttributeFactory.create(vertical__code="bag", vertical__label="Bag", code="color")
    (tmp_path / "rows.csv").write_text("id,vertical,color\n1,bag,red\n")
    return import_open(name="rows.csv", path=str(tmp_path / "rows.csv"), by=admin)


def acts(**wanted: object) -> list[tuple[str, str, str]]:
    """(action, person, object) of entries, the oldest first."""
    rows = Event.objects.filter(**wanted).order_by("pk")
    return list(rows.values_list("action", "person", "object_key"))


def test_an_import_is_told_from_its_opening_to_its_end(
    client: Client, admin: User, opened: Import, no_queue: None
) -> None:
    client.force_login(admin)
    client.post(reverse("catalog:import_load", args=[opened.pk]))
    claim = work_claim(Import, pk=opened.pk, worker="a worker")
    assert claim is not None
    work_close(Import, pk=opened.pk, status=Status.FAILED, error="The disk is full.")
    client.post(reverse("catalog:import_resume", args=[opened.pk]))
    client.post(reverse("catalog:import_cancel", args=[opened.pk]))
    key = str(opened.pk)
    assert acts(object_kind="import") == [
        (Action.IMPORT_OPENED, "admin", key),
        (Action.IMPORT_CONFIRMED, "admin", key),
        (Action.IMPORT_ENDED, "admin", key),
        (Action.IMPORT_RESUMED, "admin", key),
        (Action.IMPORT_CANCELLED, "admin", key),
    ]
    ended = Event.objects.get(action=Action.IMPORT_ENDED)
    assert ended.after == {"status": "failed", "error": "The disk is full."}
    assert (ended.via, Event.objects.get(action=Action.IMPORT_RESUMED).via) == ("command", "browser")


def test_what_is_refused_is_not_told(opened: Import) -> None:
    assert import_discard(import_id=opened.pk)
    assert not import_load(import_id=opened.pk)
    assert [action for action, _, _ in acts(object_kind="import")] == ["import.opened", "import.discarded"]


def test_a_schema_is_told_with_its_versions(admin: User) -> None:
    for label in ("Red", "Ruby", "Ruby"):
        values = (ValueSpec("red", label),)
        spec = VerticalSpec("bag", "Bag", (AttributeSpec("color", "Colour", values=values),))
        schema_save(spec=spec, note="as the shop says", by=admin)
    first, second = Event.objects.filter(action=Action.SCHEMA_PUBLISHED).order_by("pk")
    assert (first.before, first.after, first.object_key) == (None, {"version": 1}, "bag")
    assert (second.before, second.after, second.reason) == (
        {"version": 1},
        {"version": 2},
        "as the shop says",
    )


def test_listings_are_told_one_by_its_id_and_many_by_their_number(admin: User) -> None:
    ids = [ListingFactory.create(external_id=f"l{number}").external_id for number in range(3)]
    listings_move(external_ids=ids, split=Split.SEED, by=admin)
    listings_move(external_ids=ids, split=Split.SEED, by=admin)  # They are there already.
    listings_retire(external_ids=["l1"], by=admin)
    moved, retired = Event.objects.filter(object_kind__startswith="listing").order_by("pk")
    assert (moved.action, moved.object_key) == (Action.SPLIT_MOVED, "")
    assert moved.after == {"split": "seed", "groups": 3, "listings": 3, "chosen": 3, "first": ids}
    assert (retired.action, retired.object_key, retired.person) == (Action.LISTINGS_RETIRED, "l1", "admin")
