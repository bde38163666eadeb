"""The API against its own document: each role, and who is signed out, sends what the document allows and not.

Whatever is sent, no answer is an error of the server, has a status that the document does not name, or has a
body or headers outside its schema.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from attrx_web.roles import Role
from tests.api.calling import token_of
from tests.api.world import World, world
from tests.factories import UserFactory, user_with
from tests.training.rounds import model_folder

SIGNED_OUT, NO_ROLE = "signed out", "no role"
EXAMPLES = 3
"""Requests of each kind to each operation."""
CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
REACHED = {
    Role.ADMIN: 200,
    Role.REVIEWER: 200,
    Role.ANNOTATOR: 200,
    Role.VIEWER: 200,
    NO_ROLE: 403,
    SIGNED_OUT: 401,
}
"""What each visitor is answered somewhere, or the requests were all turned away before the API saw them."""


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests stay in the test's transaction, as those of Django's own test client do."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture(autouse=True)
def unhurried(settings: Settings) -> None:
    """More requests a minute than people and programs need; tests/api/test_rates.py looks at the limits."""
    settings.ATTRX_API_RATE = settings.ATTRX_API_RATE_ANONYMOUS = 1_000_000


@pytest.fixture
def base_model(settings: Settings, tmp_path: Path) -> None:
    """A model folder that rounds can be started on."""
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", [SIGNED_OUT, NO_ROLE, *Role])
def test_every_answer_is_as_the_document_says(visitor: str, base_model: None, one_connection: None) -> None:
    there = world()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    headers = _headers(visitor)
    statuses: Counter[int] = Counter()
    wrong = []
    for operation in _operations(schema):
        for strategy in _strategies(operation, there):
            try:
                _call(strategy, headers, statuses)
            except Exception as error:
                wrong.append(f"{visitor}: {operation.label}\n{error}")
    assert not wrong, "\n\n".join(wrong)
    assert statuses[REACHED[visitor]], statuses


def _operations(schema: schemathesis.BaseSchema) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def _headers(visitor: str) -> dict[str, str]:
    if visitor == SIGNED_OUT:
        return {}
    person = UserFactory.create() if visitor == NO_ROLE else user_with(Role(visitor))
    return {"Authorization": f"Bearer {token_of(person)}"}


def _strategies(
    operation: APIOperation[Any, Any, Any, Any], there: World
) -> Iterator[st.SearchStrategy[Any]]:
    """What fits the document and what does not; about rows that there are and that there are not."""
    name, _, rest = operation.path.removeprefix("/api/v1/").partition("/")
    key = rest.partition("}")[0].removeprefix("{")
    known = {key: there.keys[name]} if "{" in operation.path else None
    for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
        yield operation.as_strategy(generation_mode=mode)
        if known:
            yield operation.as_strategy(generation_mode=mode, path_parameters=known)


def _call(strategy: st.SearchStrategy[Any], headers: dict[str, str], statuses: Counter[int]) -> None:
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def call(case: Any) -> None:
        with transaction.atomic():  # What one request writes is not there for the next.
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKED)

    call()
