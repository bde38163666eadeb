from collections.abc import Callable

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from tests.factories import (
    AnnotationFactory,
    LabelFactory,
    SuggestionFactory,
    TaskFactory,
    user_with,
)

pytestmark = pytest.mark.django_db

RECORDS: dict[str, Callable[[], Model]] = {
    "suggestion": SuggestionFactory.create,
    "annotation": AnnotationFactory.create,
    "label": LabelFactory.create,
}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.mark.parametrize("name", [*RECORDS, "task"])
def test_every_model_is_listed_searched_and_shown(admin: Client, name: str) -> None:
    row = (RECORDS | {"task": TaskFactory.create})[name]()
    assert admin.get(reverse(f"admin:labeling_{name}_changelist"), {"q": "a"}).status_code == 200
    assert admin.get(reverse(f"admin:labeling_{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", RECORDS)
def test_what_was_said_is_read_only(admin: Client, name: str) -> None:
    row = RECORDS[name]()
    assert admin.get(reverse(f"admin:labeling_{name}_add")).status_code == 403
    assert admin.post(reverse(f"admin:labeling_{name}_change", args=[row.pk]), {}).status_code == 403
