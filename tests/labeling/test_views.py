"""Labels that come in through pages."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from catalog.models import Attribute, Import, Listing
from catalog.services import schema_import
from catalog.splits import Split
from labeling.models import Label, LabelRevision
from tests.catalog.folders import SCHEMA
from tests.factories import ImportFactory, ListingFactory, user_with

pytestmark = pytest.mark.django_db

PAGE = reverse("labeling:import")


@pytest.fixture
def spring() -> Import:
    """An import that brought the seed listing w1 and the pool listing w2, with answers."""
    schema_import(schema=SCHEMA)
    spring = ImportFactory.create(name="spring.csv")
    vertical = Attribute.objects.get(code="strap").vertical
    for name, split in (("w1", Split.SEED), ("w2", Split.POOL)):
        ListingFactory.create(
            vertical=vertical,
            external_id=name,
            split=split.value,
            last_import=spring,
            claims={"strap": {"values": ["steel"], "state": "", "evidence": None}},
        )
    return spring


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def upload(text: str, name: str = "tasks.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def tasks(listing: str, choice: str) -> str:
    result = {"from_name": "strap", "type": "choices", "value": {"choices": [choice]}}
    annotation = {"id": 1, "created_at": "2025", "result": [result]}
    return json.dumps([{"id": 7, "data": {"sku": listing}, "annotations": [annotation]}])


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_bring_labels_in(spring: Import, role: Role) -> None:
    client = client_of(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(reverse("labeling:record_claims", args=[spring.pk])).status_code == 403
    assert not Label.objects.exists()


def test_a_file_of_label_studio_becomes_labels(spring: Import) -> None:
    admin = client_of(Role.ADMIN)
    answer = admin.post(PAGE, {"file": upload(tasks("w2", "Leather")), "key": "sku"})
    assertContains(answer, "What became of the labels")
    assert answer.context["result"].recorded == 1
    label = Label.objects.get()
    assert (label.listing.external_id, label.values, label.source) == ("w2", ["leather"], "tasks.json")
    assert LabelRevision.objects.get().changed_by == user_with(Role.ADMIN)


def test_refused_labels_are_listed(spring: Import) -> None:
    answer = client_of(Role.ADMIN).post(PAGE, {"file": upload(tasks("w2", "Rope")), "key": "sku"})
    assertContains(answer, "control &#x27;strap&#x27;: &#x27;Rope&#x27; is not allowed: give one of")
    assertNotContains(answer, "These are the first")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("{}", "tasks.json", "tasks.json: not a JSON array: give the file as it was exported"),
        ("a", "tasks.xml", "tasks.xml: no labels can be read from it"),
        ("", "tasks.json", "The submitted file is empty."),
    ],
)
def test_a_file_without_labels_is_refused_with_the_reason(
    spring: Import, text: str, name: str, message: str
) -> None:
    answer = client_of(Role.ADMIN).post(PAGE, {"file": upload(text, name), "key": "sku"})
    assertContains(answer, message)
    assertNotContains(answer, "What became of the labels")


def test_a_large_file_is_read_from_disk(spring: Import) -> None:
    text = tasks("w2", "Leather").replace('"sku"', f'"padding": "{"x" * 3_000_000}", "sku"')
    client_of(Role.ADMIN).post(PAGE, {"file": upload(text), "key": "sku"})
    assert Label.objects.get().values == ["leather"]


def test_a_file_that_is_not_in_utf_8_is_refused(spring: Import) -> None:
    file = SimpleUploadedFile("tasks.json", b'[{"id": "\xff"}]')
    answer = client_of(Role.ADMIN).post(PAGE, {"file": file, "key": "sku"})
    assertContains(answer, "tasks.json: not in UTF-8")


def test_answers_of_an_import_are_recorded_and_counted(spring: Import) -> None:
    admin = client_of(Role.ADMIN)
    answer = admin.post(reverse("labeling:record_claims", args=[spring.pk]))
    assertRedirects(answer, reverse("catalog:import", args=[spring.pk]), fetch_redirect_response=False)
    label = Label.objects.get()
    assert (label.listing.external_id, label.source) == ("w1", "spring.csv")
    (message,) = [str(one) for one in admin.get(PAGE).context["messages"]]
    assert message == (
        "Labels: 1 recorded, 0 unchanged, 0 left as a person answered, 0 refused; "
        "1 listing is left out, neither seed nor gold."
    )


def test_the_first_answers_that_do_not_fit_are_named(spring: Import) -> None:
    Listing.objects.filter(external_id="w1").update(
        claims={f"a{n}": {"values": ["x"], "state": "", "evidence": None} for n in range(7)}
    )
    admin = client_of(Role.ADMIN)
    admin.post(reverse("labeling:record_claims", args=[spring.pk]))
    counts, *problems, more = [str(one) for one in admin.get(PAGE).context["messages"]]
    assert "7 refused" in counts
    assert len(problems) == 5
    assert more == f"2 more: manage.py label_import --import {spring.pk} lists them."


def test_an_import_that_there_is_not_is_not_found(db: None) -> None:
    assert client_of(Role.ADMIN).post(reverse("labeling:record_claims", args=[99])).status_code == 404
