"""PostgreSQL is away: 503 with the time to wait, for people and for programs, and nothing about why."""

import logging
import socket
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client, RequestFactory
from psycopg import errors

from attrx_web.roles import Role
from attrx_web.unavailable import WAIT, is_away, server_error
from tests.factories import PASSWORD, user_with


@pytest.fixture
def client() -> Client:
    """A browser gets an answer to what goes wrong, and not the exception."""
    return Client(raise_request_exception=False)


@pytest.fixture
def viewer(client: Client, db: None) -> User:
    user = user_with(Role.VIEWER)
    client.force_login(user)
    return user


@pytest.fixture
def port(viewer: User) -> Iterator[int]:
    """Where the site's database is from now on: nobody listens there, and nobody else can begin to."""
    there = connections["default"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = {"NAME": "attrx", "USER": "attrx", "HOST": "127.0.0.1", "PORT": str(taken.getsockname()[1])}
        gone = {**there.settings_dict, **place, "PASSWORD": "sesame", "OPTIONS": {}}
        connections["default"] = DatabaseWrapper(gone, "default")
        yield taken.getsockname()[1]
    connections["default"] = there


def assert_away(answer: Any, port: int) -> str:
    """What it says, which tells nobody where the database is or what it said."""
    assert (answer.status_code, answer["Retry-After"]) == (503, str(WAIT))
    words: str = answer.content.decode()
    for secret in (str(port), "127.0.0.1", "sesame", "refused", "psycopg", "Traceback"):
        assert secret not in words
    return words


@pytest.mark.parametrize("address", ["/rounds/", "/listings/", "/accounts/account/", "/"])
def test_a_page_says_that_the_database_does_not_answer(client: Client, port: int, address: str) -> None:
    answer = client.get(address)
    words = assert_away(answer, port)
    assert "<h1" in words and "The database does not answer" in words
    assert f"Wait {WAIT} seconds" in words
    assert answer["Content-Type"].startswith("text/html")
    assert "script-src" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer attrx_0123456789"}])
def test_a_program_is_told_the_same_as_problem_details(
    client: Client, port: int, headers: dict[str, str]
) -> None:
    if headers:
        client.cookies.clear()
    answer = client.get("/api/v1/studies", headers=headers)
    assert_away(answer, port)
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert (said["type"], said["status"]) == ("urn:attrx:problem:unavailable", 503)
    assert "Idempotency-Key" in said["detail"]


def test_somebody_who_signs_in_is_told_so_too(client: Client, port: int) -> None:
    client.cookies.clear()
    assert_away(client.get("/accounts/login/"), port)
    assert_away(client.post("/accounts/login/", {"login": "viewer", "password": PASSWORD}), port)


def test_the_log_has_it_once(client: Client, port: int, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/rounds/")
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in told] == ["Service Unavailable: /rounds/"]
    assert told[0].exc_info and isinstance(told[0].exc_info[1], OperationalError)


def test_probes_say_what_they_said(client: Client, port: int) -> None:
    client.cookies.clear()
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "OperationalError")


def caused(error: DatabaseError, cause: Exception) -> DatabaseError:
    """As Django gives a driver's exception."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (caused(OperationalError(), psycopg.OperationalError("the connection is closed")), True),
        (caused(OperationalError(), errors.AdminShutdown()), True),
        (caused(OperationalError(), errors.CannotConnectNow()), True),
        (caused(OperationalError(), errors.ConnectionFailure()), True),
        (caused(OperationalError(), errors.TooManyConnections()), True),
        (caused(OperationalError(), errors.QueryCanceled()), False),
        (caused(OperationalError(), errors.DeadlockDetected()), False),
        (caused(OperationalError(), errors.DiskFull()), False),
        (caused(OperationalError(), sqlite3.OperationalError("no such table")), False),
        (caused(IntegrityError(), errors.UniqueViolation()), False),
        (ValueError("no database"), False),
        (None, False),
    ],
)
def test_what_the_database_refuses_is_no_absence(error: Exception | None, away: bool) -> None:
    assert is_away(error) == away


def test_any_other_error_is_ours(rf: RequestFactory) -> None:
    try:
        raise ValueError("a mistake")
    except ValueError:
        answer = server_error(rf.get("/rounds/"))
    assert answer.status_code == 500
    assert "Retry-After" not in answer
