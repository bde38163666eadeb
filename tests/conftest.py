"""Fixtures that every test may use; those of one app live in its own folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import settings as hypothesis
from pytest_django.fixtures import Settings

from attrx_web.env import embedded_redis_url, read_env
from attrx_web.processes import embedded_redis

# Timings decide no test.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite in a file: in memory, all threads of a live server would share one connection."""
    database = connections.settings["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def emptied_row_by_row() -> Iterator[None]:
    """After a test with transactions of its own delete rows: to truncate a hundred tables takes far longer.

    Foreign keys are looked at when the transaction ends, so that the order is free.
    """
    operations = type(connection.ops)
    truncating = operations.sql_flush

    def deleting(self: BaseDatabaseOperations, style: Any, tables: list[str], **how: bool) -> list[str]:
        if how["reset_sequences"]:
            return truncating(self, style, tables, **how)
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "postgresql":
            patch.setattr(operations, "sql_flush", deleting)
        yield


@pytest.fixture(autouse=True)
def own_storage(settings: Settings, tmp_path: Path) -> None:
    """Keep what a test stores and counts to that test, and hash passwords fast."""
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": memory, "LOCATION": str(tmp_path)}}
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ATTRX_ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def audit_log_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the audit log after a test with transactions of its own: it would refuse to be flushed."""
    marker = request.node.get_closest_marker("django_db")
    transactional = bool(marker and marker.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(request.fixturenames)
    )
    if transactional:
        request.getfixturevalue("transactional_db")  # Which is flushed after this.
    yield
    if transactional:
        from attrx_web.auditlog.triggers import unlocked  # Settings are not there yet when this is loaded.

        with transaction.atomic(), unlocked(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM auditlog_event")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server in this process."""
    from moto.server import ThreadedMotoServer  # Takes a second to load, and few tests need it.

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(
    s3_server: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """An empty bucket with the media storage in it under `media/`, as ATTRX_MEDIA_URL configures it."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    where = f"endpoint_url={s3_server}&region=us-east-1&addressing_style=path"
    env = read_env({"ATTRX_VAR_DIR": str(tmp_path), "ATTRX_MEDIA_URL": f"s3://attrx-photos/media?{where}"})
    settings.ATTRX_VAR_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "catalog.imaging.bucket.BucketMedia", "OPTIONS": env.media_bucket}
    }
    bucket = boto3.resource("s3", region_name="us-east-1", endpoint_url=s3_server).Bucket("attrx-photos")
    bucket.create()
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.fixture(scope="session")
def redis_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a Redis that runs."""
    folder = tmp_path_factory.mktemp("r")
    with embedded_redis(folder):
        yield folder


@pytest.fixture
def redis(redis_folder: Path, settings: Settings) -> Iterator[Any]:
    """An empty Redis that the settings name."""
    from training.presence import queue_redis

    settings.ATTRX_REDIS_URL = embedded_redis_url(redis_folder)
    client = queue_redis()
    client.flushall()
    yield client
    client.close()
