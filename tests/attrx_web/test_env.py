import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from attrx_web.env import LONGEST_SOCKET_PATH, REPOSITORY, EnvError, Prices, Teacher, read_env, redis_socket

TEACHER = {"ATTRX_TEACHER_URL": "https://host/v1/", "ATTRX_TEACHER_MODEL": "large-vl"}


def test_nothing_set_means_a_laptop(tmp_path: Path) -> None:
    env = read_env({"ATTRX_VAR_DIR": str(tmp_path)})
    assert env.debug
    assert env.allowed_hosts == ["localhost", "127.0.0.1"]
    assert env.database["NAME"] == str(tmp_path / "attrx.sqlite3")
    assert env.redis_embedded
    assert env.artifacts_dir == tmp_path / "artifacts"
    assert env.base_model == str(REPOSITORY / "training" / "ml" / "tiny")


def test_the_embedded_redis_has_one_socket_in_both_spellings(tmp_path: Path) -> None:
    var_dir = tmp_path / "with space"
    env = read_env({"ATTRX_VAR_DIR": str(var_dir)})
    path = str(redis_socket(var_dir)).replace(" ", "%20")
    assert (env.redis_url, env.celery_broker_url) == (f"unix://{path}", f"redis+socket://{path}")


def test_a_socket_path_that_is_too_long_moves_to_the_temp_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * LONGEST_SOCKET_PATH)
    socket, other = redis_socket(deep), redis_socket(deep / "y")
    assert len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH
    assert socket == redis_socket(deep)
    assert socket != other


def test_production_is_read(tmp_path: Path) -> None:
    env = read_env(
        {
            "ATTRX_VAR_DIR": str(tmp_path / "new"),
            "ATTRX_DEBUG": "0",
            "ATTRX_SECRET_KEY": "secret",
            "ATTRX_ALLOWED_HOSTS": "a.example.org, b.example.org",
            "ATTRX_ARTIFACTS_DIR": str(tmp_path / "artifacts"),
            "ATTRX_BASE_MODEL": "owner/model",
            "DATABASE_URL": "postgres://user:pass@db:5433/attrx",
            "REDIS_URL": "rediss://cache:6379/1",
        }
    )
    assert (tmp_path / "new").is_dir()
    assert (env.debug, env.secret_key, env.base_model) == (False, "secret", "owner/model")
    assert env.allowed_hosts == ["a.example.org", "b.example.org"]
    assert (env.database["ENGINE"], env.database["HOST"]) == ("django.db.backends.postgresql", "db")
    assert env.database["OPTIONS"] == {"options": "-c jit=off"}
    assert env.redis_url == env.celery_broker_url == "rediss://cache:6379/1"
    assert not env.redis_embedded


def test_options_of_the_database_in_its_address_come_first(tmp_path: Path) -> None:
    url = "postgres://db/attrx?sslmode=require&options=-c%20jit%3Don"
    env = read_env({"ATTRX_VAR_DIR": str(tmp_path), "DATABASE_URL": url})
    assert env.database["OPTIONS"] == {"sslmode": "require", "options": "-c jit=on"}


def test_photos_are_kept_in_the_var_folder_unless_a_bucket_is_named(tmp_path: Path) -> None:
    folder = {"ATTRX_VAR_DIR": str(tmp_path)}
    assert read_env(folder).media_bucket == {}
    assert read_env(folder | {"ATTRX_MEDIA_URL": "s3://photos"}).media_bucket == {
        "bucket_name": "photos",
        "location": "",
        "addressing_style": "auto",
    }
    url = (
        "s3://photos/a/b/?endpoint_url=https%3A%2F%2Fs3.example.org%3A9000&region=eu-1&addressing_style=path"
    )
    assert read_env(folder | {"ATTRX_MEDIA_URL": url}).media_bucket == {
        "bucket_name": "photos",
        "location": "a/b",
        "endpoint_url": "https://s3.example.org:9000",
        "region_name": "eu-1",
        "addressing_style": "path",
    }


def test_a_bucket_needs_its_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attrx_web.env.bucket.find_spec", lambda name: None)
    with pytest.raises(EnvError, match="which needs django-storages and boto3: install attrx with its extra"):
        read_env({"ATTRX_VAR_DIR": str(tmp_path), "ATTRX_MEDIA_URL": "s3://photos"})


def test_nothing_inside_is_fetched_from_unless_it_is_listed(tmp_path: Path) -> None:
    folder = {"ATTRX_VAR_DIR": str(tmp_path)}
    assert read_env(folder).fetch_allow == []
    listed = read_env(folder | {"ATTRX_FETCH_ALLOW": "10.1.0.0/16, 192.168.7.20,fd00::/8,"}).fetch_allow
    assert [str(network) for network in listed] == ["10.1.0.0/16", "192.168.7.20/32", "fd00::/8"]


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/other.sqlite3"])
def test_sqlite_waits_for_other_writers(tmp_path: Path, url: str) -> None:
    options = read_env({"ATTRX_VAR_DIR": str(tmp_path), "DATABASE_URL": url}).database["OPTIONS"]
    assert (options["timeout"], options["transaction_mode"]) == (20, "IMMEDIATE")
    assert "journal_mode=WAL" in str(options["init_command"])


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (read_env({"ATTRX_VAR_DIR": str(tmp_path)}).secret_key for _ in range(2))
    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ATTRX_DEBUG": "yes"}, "ATTRX_DEBUG is 'yes': set it to 1 (a laptop) or 0 (production)"),
        (
            {"ATTRX_DEBUG": "0"},
            "ATTRX_SECRET_KEY is not set, and ATTRX_DEBUG=0 needs it: set it to 50 or more",
        ),
        (
            {"ATTRX_ALLOWED_HOSTS": "https://a.b"},
            "ATTRX_ALLOWED_HOSTS has 'https://a.b', which is no host name",
        ),
        (
            {"DATABASE_URL": "pg://u:secret@h/x"},
            "DATABASE_URL is 'pg://h/x', which cannot be read: set it to",
        ),
        ({"DATABASE_URL": "attrx.db"}, "DATABASE_URL is 'attrx.db', which cannot be read"),
        ({"REDIS_URL": "http://:secret@h"}, "REDIS_URL is 'http://h', which is no Redis address: set it to"),
        (
            {"ATTRX_MEDIA_URL": "gs://photos"},
            "ATTRX_MEDIA_URL is 'gs://photos', which names no bucket: set it to s3://bucket/prefix, or unset",
        ),
        (
            {"ATTRX_MEDIA_URL": "s3://key:secret@photos"},
            "ATTRX_MEDIA_URL is 's3://photos' with a password before it: give that by AWS_ACCESS_KEY_ID and",
        ),
        ({"ATTRX_MEDIA_URL": "s3://["}, "ATTRX_MEDIA_URL is 's3://[', which cannot be read: set it to s3://"),
        (
            {"ATTRX_MEDIA_URL": "s3:///media"},
            "is 's3:///media', and '' is no name of a bucket: set it to",
        ),
        ({"ATTRX_MEDIA_URL": "s3://No_Bucket"}, "and 'No_Bucket' is no name of a bucket: set it to s3://"),
        (
            {"ATTRX_MEDIA_URL": "s3://photos?acl=public"},
            "which has the option 'acl': use endpoint_url, region, addressing_style",
        ),
        (
            {"ATTRX_MEDIA_URL": "s3://photos?addressing_style=dns"},
            "with addressing_style=dns: use auto, path, virtual",
        ),
        (
            {"ATTRX_MEDIA_URL": "s3://photos?endpoint_url=minio:9000"},
            "with endpoint_url=minio:9000: give an address with https://",
        ),
        ({"ATTRX_MEDIA_URL": "s3://photos?region="}, "with an empty region: fill it in or take it out"),
        (
            {"ATTRX_FETCH_ALLOW": "10.0.0.0/8,intranet"},
            "ATTRX_FETCH_ALLOW has 'intranet', which is no network ('intranet' does not appear to be an IPv4",
        ),
        (
            {"ATTRX_TEACHER_URL": "models.example.org/v1"},
            "ATTRX_TEACHER_URL is 'models.example.org/v1', which is no address of an endpoint: set it",
        ),
        ({"ATTRX_TEACHER_URL": "https://[::1"}, "ATTRX_TEACHER_URL is 'https://[::1', which cannot be read"),
        (
            {"ATTRX_TEACHER_URL": "https://me:secret@models.example.org/v1"},
            "is 'https://models.example.org/v1' with a password before it: give that by ATTRX_TEACHER_KEY",
        ),
        (
            {"ATTRX_TEACHER_URL": "https://host/v1"},
            "ATTRX_TEACHER_MODEL is '', and ATTRX_TEACHER_URL needs it",
        ),
        (
            {"ATTRX_TEACHER_URL": "https://host/v1", "ATTRX_TEACHER_MODEL": "m" * 91},
            "set it to the name of a vision model there, of 90 characters at most",
        ),
        (
            TEACHER | {"ATTRX_TEACHER_PRICE": "2.50"},
            "ATTRX_TEACHER_PRICE is '2.50', which is no price: set it to what a million tokens cost",
        ),
        (
            {"ATTRX_GPU_PRICE": "cheap"},
            "ATTRX_GPU_PRICE is 'cheap', which is no price: set it to what an hour costs and the currency,",
        ),
        (
            {"ATTRX_FEATURES_GIB": "-1"},
            "ATTRX_FEATURES_GIB is '-1': set it to a number of GiB, such as 8, or 0 for none",
        ),
        (
            {"ATTRX_GPU_PRICE": "2.50 USD", "ATTRX_WORK_PRICE": "30 EUR"},
            "ATTRX_GPU_PRICE is in USD and ATTRX_WORK_PRICE in EUR, and they are added up: give both in one",
        ),
        (
            {"ATTRX_FETCH_ALLOW": "10.1.2.3/8"},
            "ATTRX_FETCH_ALLOW has '10.1.2.3/8', which is no network (10.1.2.3/8 has host bits set): list",
        ),
    ],
)
def test_a_bad_variable_is_named_with_the_remedy_and_without_passwords(
    tmp_path: Path, variables: dict[str, str], message: str
) -> None:
    with pytest.raises(EnvError, match=re.escape(message)):
        read_env({"ATTRX_VAR_DIR": str(tmp_path)} | variables)


def test_a_teacher_is_read_with_its_price_and_shows_no_key(tmp_path: Path) -> None:
    key = {"ATTRX_TEACHER_KEY": "sk-123456789", "ATTRX_TEACHER_PRICE": "2.50/10 USD"}
    teacher = read_env({"ATTRX_VAR_DIR": str(tmp_path)} | TEACHER | key).teacher
    assert teacher == Teacher(
        "https://host/v1", "large-vl", "sk-123456789", (Decimal("2.50"), Decimal(10), "USD")
    )
    assert "sk-123456789" not in repr(teacher)


def test_prices_are_read_each_by_itself(tmp_path: Path) -> None:
    var = {"ATTRX_VAR_DIR": str(tmp_path)}
    gpu, work = {"ATTRX_GPU_PRICE": "2.50 USD"}, {"ATTRX_WORK_PRICE": " 30 USD "}
    assert read_env(var | gpu | work).prices == Prices(Decimal("2.50"), Decimal(30), "USD")
    assert read_env(var | work).prices == Prices(None, Decimal(30), "USD")
    assert read_env(var).prices == Prices(None, None, "")


def test_room_for_features_is_read_and_may_be_none(tmp_path: Path) -> None:
    var = {"ATTRX_VAR_DIR": str(tmp_path)}
    rooms = [read_env(var | {"ATTRX_FEATURES_GIB": text}).features_gib for text in ("", "0.5", "0")]
    assert rooms == [8.0, 0.5, 0.0]


def test_without_an_address_there_is_no_teacher(tmp_path: Path) -> None:
    assert read_env({"ATTRX_VAR_DIR": str(tmp_path), "ATTRX_TEACHER_MODEL": "large-vl"}).teacher is None


def test_a_var_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        EnvError, match=r"ATTRX_VAR_DIR is '.*file/var', which cannot be made \(Not a directory\)"
    ):
        read_env({"ATTRX_VAR_DIR": str(tmp_path / "file" / "var")})


def test_manage_ends_with_the_message_and_exit_code_2() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=REPOSITORY,
        env=os.environ | {"ATTRX_DEBUG": "maybe"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr == "manage.py: ATTRX_DEBUG is 'maybe': set it to 1 (a laptop) or 0 (production)\n"


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    production = {
        "PATH": os.environ["PATH"],
        "ATTRX_VAR_DIR": str(tmp_path),
        "ATTRX_DEBUG": "0",
        "ATTRX_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "ATTRX_ALLOWED_HOSTS": "attrx.example.org",
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=REPOSITORY,
        env=production,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
