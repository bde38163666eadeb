"""The OpenAPI document and the page that shows it."""

import re

import pytest
from django.test import Client
from openapi_spec_validator import validate

from attrx_web.roles import Role
from tests.api.calling import Api, assert_problem
from tests.factories import user_with

pytestmark = pytest.mark.django_db


def test_the_document_is_openapi_3_1(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_says_what_may_go_wrong(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    wrong = [
        f"{method} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if not {"400", "401", "403"} <= operation["responses"].keys() or not operation["description"]
    ]
    assert paths and not wrong


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert not re.findall(r"<style|<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=", page)
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources and all(one.startswith("/") for one in sources)
    [script] = [one for one in sources if one.startswith("/api/v1/docs")]
    answer = client.get(script.replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")
    assert "/api/v1/openapi.json" in answer.content.decode()


def test_where_the_api_has_nothing_it_says_so_in_problem_details(client: Client) -> None:
    for answer in (
        client.get("/api/v1/"),
        client.post("/api/v1/nothing/here"),
        client.get("/api/v1/imports/x"),
    ):
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


def test_a_method_a_type_or_a_body_that_is_not_taken_is_a_problem_too() -> None:
    api = Api(user_with(Role.ADMIN))
    refused = api.post("labels")
    assert_problem(refused, 405, "method_not_allowed")
    assert "GET" in refused["Allow"]
    assert_problem(api.get("labels", {"Accept": "text/html"}), 406, "not_acceptable")
    text = api.client.post("/api/v1/rounds", "x", content_type="text/plain", headers=api.headers)
    assert_problem(text, 415, "unsupported_media_type")
    cut = api.client.post("/api/v1/rounds", "{", content_type="application/json", headers=api.headers)
    assert_problem(cut, 400, "parse_error")
