"""tests.services: real servers for the length of a command, and one clear line when they cannot be had."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import services

RUNNER = [sys.executable, "-m", "tests.services", "--"]
PRINT_URLS = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True)"


def answers(url: str) -> bool:
    """A server listens at this address."""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=1.0).close()
    except OSError:
        return False
    return True


def test_the_command_can_use_both_servers_and_its_exit_code_is_passed_on() -> None:
    use = """
import os, sys
import psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
assert redis.Redis.from_url(os.environ["REDIS_URL"]).set("answer", 42)
sys.exit(7)
"""
    assert subprocess.run([*RUNNER, sys.executable, "-c", use]).returncode == 7


def test_both_servers_end_with_the_command() -> None:
    ended = subprocess.run(
        [*RUNNER, sys.executable, "-c", PRINT_URLS], stdout=subprocess.PIPE, text=True, check=True
    )

    assert [answers(url) for url in ended.stdout.split()] == [False, False]


def test_a_terminated_runner_ends_the_command_and_both_servers() -> None:
    forever = f"{PRINT_URLS}; import signal; signal.pause()"
    with subprocess.Popen(
        [*RUNNER, sys.executable, "-c", forever], stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdout is not None
        urls = runner.stdout.readline().split()
        assert [answers(url) for url in urls] == [True, True]

        runner.terminate()

        assert runner.wait(timeout=60) == 128 + signal.SIGTERM
    assert [answers(url) for url in urls] == [False, False]


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    broken = [sys.executable, "-c", "raise SystemExit('no memory left')"]

    with (
        pytest.raises(services.ServiceError, match="did not start: no memory left"),
        services.server(broken, log=tmp_path / "log", user=None, stop=signal.SIGTERM, ready=lambda: False),
    ):
        pytest.fail("the block must not be entered")


def test_missing_servers_without_the_right_to_install_name_the_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "PACKAGES", {"no-such-server": "postgresql"})
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(services.NotInstalledError, match="the tests need postgresql: install") as raised:
        services.ensure_installed()
    assert raised.value.exit_code == 2


def test_a_call_without_a_command_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert services.main(["--"]) == 2
    assert "usage: python -m tests.services -- COMMAND" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert services.run(["no-such-command"]) == 127
    assert "no-such-command: No such file" in capsys.readouterr().err
