"""A backup that is taken while people label and listings come, brought back on an empty machine."""

import hashlib
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from attrx_web.env import REPOSITORY
from tests.flows.backup_world import ADAPTER
from tests.flows.laptop import set_environment
from tests.flows.storm import WINDOWS, Storm
from tests.flows.storm_database import Database
from tests.services import postgresql

HISTORY = """
    SELECT attribute_id, annotator_id, "values", idempotency_key, created FROM labeling_annotation
    WHERE listing_id = {} ORDER BY id
"""


@dataclass(frozen=True)
class Site:
    """A machine: its var folder and its database."""

    folder: Path
    url: str

    @property
    def database(self) -> Database:
        return Database(self.url)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Run Python with these words on this machine."""
        places = {"ATTRX_VAR_DIR": str(self.folder), "DATABASE_URL": self.url}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=os.environ | places,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def beside(self, *command: str) -> Iterator[None]:
        """Run it meanwhile, which must not end by itself."""
        process = self.start(*command)
        try:
            yield
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()

    def run(self, *command: str) -> str:
        process = self.start(*command)
        out, _ = process.communicate()
        assert process.returncode == 0
        return out


@pytest.fixture(params=["sqlite", "postgres"])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """A machine that works, and an empty one."""
    before = dict(os.environ)
    set_environment(tmp_path / "one", tmp_path / "no-model")
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        urls = [f"sqlite:///{folder / 'attrx.sqlite3'}" for folder in folders]
        if request.param == "postgres":
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="attrx-backup-"))
            urls[0] = stack.enter_context(postgresql(Path(place) / "postgresql"))
            urls[1] = urls[0].rpartition("/")[0] + "/empty"
            with closing(psycopg.connect(urls[0], autocommit=True)) as connection:
                connection.execute("CREATE DATABASE empty")
        os.environ["DATABASE_URL"] = urls[0]
        yield Site(folders[0], urls[0]), Site(folders[1], urls[1])
    os.environ.clear()
    os.environ |= before


@pytest.fixture
def storm(sites: tuple[Site, Site]) -> Iterator[Storm]:
    """People who label at the machine that works."""
    seed = secrets.token_hex(4)
    print(f"seed {seed}", file=sys.stderr)
    storm = Storm(sites[0].folder, sites[0].url, random.Random(seed))
    yield storm
    storm.end()


def test_a_backup_under_load_comes_back_whole(storm: Storm, sites: tuple[Site, Site], tmp_path: Path) -> None:
    working, empty = sites
    storm.begin()
    listing = int(working.run("-m", "tests.flows.backup_world", "make"))
    history = working.database.rows(HISTORY.format(listing))
    storm.work()
    with working.beside("-m", "tests.flows.backup_world", "pour"):
        storm.wait(100)
        while not working.database.rows("SELECT 1 FROM catalog_listing WHERE external_id = 'poured-20'"):
            storm.wait(1)
        said = acknowledged(storm)
        working.run("manage.py", "backup", str(tmp_path / "backup"))
        storm.wait(20)
    storm.kill_clients()
    empty.run("manage.py", "restore", str(tmp_path / "backup"))

    assert said and said <= answers(empty)
    assert answers(empty) < answers(working)  # People went on meanwhile.
    assert len(history) == 2 and empty.database.rows(HISTORY.format(listing)) == history
    kept = json.loads((tmp_path / "backup" / "manifest.json").read_text())["rows"]
    kept["auditlog_event"] += 1  # Which says that it was restored.
    assert rows_of(empty) == kept
    check_files(empty)


def acknowledged(storm: Storm) -> set[str]:
    """Keys of the answers that people were told are kept."""
    people = dict(storm.database.rows("SELECT username, id FROM auth_user"))
    keys = set()
    for path in storm.folder.glob("outbox-*"):
        entries = [
            json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")
        ]
        kinds = {entry["message"]["key"]: entry["message"]["kind"] for entry in entries if "message" in entry}
        person = people[f"person-{WINDOWS[int(path.name.removeprefix('outbox-'))]}"]
        replies = [entry["reply"] for entry in entries if "reply" in entry]
        done = [one["key"] for one in replies if one["status"] == "done" and kinds[one["key"]] == "answer"]
        keys |= {f"{person}:{key}" for key in done}
    return keys


def answers(site: Site) -> set[str]:
    return {key for (key,) in site.database.rows("SELECT idempotency_key FROM labeling_annotation")}


def rows_of(site: Site) -> dict[str, int]:
    """{table: rows}, of the tables that Django knows."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    if site.database.kind == "postgres":
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    names: list[Any] = [name for (name,) in site.database.rows(query)]
    return {name: site.database.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}


def check_files(site: Site) -> None:
    """Everything that the database names is there, as it was, and nothing half."""
    photos = site.database.rows("SELECT file, sha256 FROM catalog_photo WHERE file LIKE 'images/%'")
    assert len(photos) > 20
    for name, sha256 in photos:
        assert hashlib.sha256((site.folder / "media" / name).read_bytes()).hexdigest() == sha256
    artifacts = site.folder / "artifacts"
    found = {
        str(path.relative_to(artifacts)): path.read_bytes() for path in artifacts.rglob("*") if path.is_file()
    }
    assert found == {"adapter/adapter.safetensors": ADAPTER, "rounds/first/chains.parquet": b"chains"}
