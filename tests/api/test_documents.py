"""The OpenAPI document and the page that shows it."""

import re

import pytest
from django.test import Client
from openapi_spec_validator import validate

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
