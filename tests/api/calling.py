"""Calls of the API as a program makes them, and what they are answered."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from catalog.rest.scopes import Scope
from catalog.services.tokens import token_make


def token_of(person: User, scopes: Collection[Scope] = tuple(Scope)) -> str:
    """The text of a new token of the person."""
    return token_make(person=person, name="a test", scopes=scopes, days=1)[1]


class Api:
    """A program that calls the API with a person's token."""

    def __init__(self, person: User | None = None, scopes: Collection[Scope] = tuple(Scope)) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token_of(person, scopes)}"} if person else {}

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **query: Any) -> Any:
        """GET an address below /api/v1, or a whole one."""
        return self.client.get(_whole(path), query, headers={**self.headers, **(headers or {})})

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """POST JSON."""
        return self.client.post(
            _whole(path),
            {} if body is None else body,
            content_type="application/json",
            headers={**self.headers, **(headers or {})},
        )

    def upload(self, path: str, headers: Mapping[str, str] | None = None, /, **form: Any) -> Any:
        """POST a form with files."""
        return self.client.post(_whole(path), form, headers={**self.headers, **(headers or {})})


def _whole(path: str) -> str:
    return path if path.startswith(("http", "/api")) else f"/api/v1/{path}"


def assert_problem(answer: Any, status: int, kind: str, *said: str) -> None:
    """The answer is problem details of this kind, and says these things."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, f"urn:attrx:problem:{kind}")
    assert problem["title"]
    for one in said:
        assert one in problem["detail"], problem["detail"]


def errors_of(answer: Any) -> dict[str, str]:
    """{field: what is wrong} of problem details."""
    return {one["field"]: one["message"] for one in answer.json().get("errors", [])}
