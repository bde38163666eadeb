"""The files that containers are made from: pinned, without root and secrets, and true to the code."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from attrx_web import env, probe
from attrx_web.env import REPOSITORY, operations
from tests.services import find
from training.management import keeping
from training.predicting.queue import WAIT_SECONDS
from training.presence import PREFIX

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in DOCKERFILE.splitlines()
    if line.strip() and not line.startswith("#")
]
EXAMPLE = (REPOSITORY / ".env.example").read_text()
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("attrx-")]
SERVICE_FIELDS = {
    *("image", "build", "restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "volumes"),
    *("environment", "depends_on", "ports", "healthcheck", "command", "entrypoint", "stop_grace_period"),
    *("deploy", "shm_size"),
}
KNOWN = {
    *("FROM", "ENV", "ARG", "WORKDIR", "RUN", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD", "STOPSIGNAL"),
}


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_the_site_has_all_its_parts() -> None:
    assert set(SERVICES) == {
        *("proxy", "setup", "web", "worker-default", "worker-gpu", "model", "beat", "postgres", "redis", "s3")
    }
    for service in SERVICES.values():
        assert set(service) <= SERVICE_FIELDS


def test_images_of_others_are_pinned_to_a_release() -> None:
    froms = [rest.split()[0] for word, rest in INSTRUCTIONS if word == "FROM"]
    stages = {rest.split()[-1] for word, rest in INSTRUCTIONS if word == "FROM"}
    images = [SERVICES[name]["image"] for name in SERVICES if name not in OURS]
    for image in [*images, *(one for one in froms if one not in stages)]:
        assert re.search(r":\w*[-.]?\d+[-.]\d+", image), image


def test_every_process_is_probed_started_again_and_told_to_stop_in_time() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] in ("unless-stopped", "on-failure")
        assert service["healthcheck"].get("disable") == (True if name in ("setup", "beat") else None)
    config = (REPOSITORY / "attrx_web" / "gunicorn_conf.py").read_text()
    (graceful,) = re.findall(r"^graceful_timeout = (\d+)$", config, re.MULTILINE)
    assert seconds(SERVICES["web"]["stop_grace_period"]) > int(graceful)
    for name in ("worker-default", "worker-gpu"):
        assert seconds(SERVICES[name]["stop_grace_period"]) > keeping.STOP_SECONDS + 5
    assert seconds(SERVICES["model"]["stop_grace_period"]) > WAIT_SECONDS + 5


def test_no_process_of_ours_is_root_or_may_write_beside_its_data() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["data:/data"]
    users = [rest for word, rest in INSTRUCTIONS if word == "USER"]
    assert users == ["10001"]
    after = DOCKERFILE[DOCKERFILE.index("USER ") :]
    assert "RUN" not in after and {"FROM source AS web", "FROM source AS gpu"} <= set(after.splitlines())


def test_instructions_are_known_and_fetch_nothing_by_address() -> None:
    assert {word for word, _ in INSTRUCTIONS} <= KNOWN
    assert not re.search(r"https?://", DOCKERFILE)


def test_no_secret_is_in_a_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD|TOKEN|_URL$|AUTH", key) and "s3://" not in value:
                assert "${" in value, (name, key)
    named = [rest for word, rest in INSTRUCTIONS if word in ("ENV", "ARG")]
    assert not re.search("SECRET|PASSWORD|TOKEN|KEY", " ".join(named))
    filled = {line.split("=")[0]: line.split("=")[1] for line in EXAMPLE.splitlines() if "=" in line[:30]}
    assert not [name for name, value in filled.items() if value and re.search("SECRET|PASSWORD|TOKEN", name)]


def test_variables_of_the_environment_are_those_that_are_read_and_explained() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (REPOSITORY / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    assert env.__doc__ is not None
    for name in OURS:
        given = {
            key for key in SERVICES[name]["environment"] if key.startswith(("ATTRX_", "DATABASE", "REDIS"))
        }
        assert given <= set(re.findall(r"^\| ([A-Z_]+)", env.__doc__, re.MULTILINE))
    assert {"AWS_SECRET_ACCESS_KEY"} <= set(operations.SECRETS)


@pytest.mark.parametrize("name", OURS)
def test_commands_are_those_that_there_are(name: str) -> None:
    command = SERVICES[name]["command"]
    commands = [shlex.split(one) for one in command[2].split("&&")] if command[0] == "sh" else [command]
    for words in commands:
        if words[:2] == ["python", "manage.py"]:
            parser = load_command_class(get_commands()[words[2]], words[2]).create_parser(
                "manage.py", words[2]
            )
            parser.parse_args(words[3:])
        else:
            assert words[0] in ("gunicorn", "celery")


def test_a_queue_has_a_worker_and_its_probe_asks_for_it() -> None:
    for queue in ("default", "gpu"):
        service = SERVICES[f"worker-{queue}"]
        assert service["command"][-2:] == ["--queues", queue]
        assert service["healthcheck"]["test"][-2:] == ["attrx_web.probe", queue]
    assert probe.WORKERS == PREFIX


def test_what_an_image_needs_is_not_left_behind() -> None:
    kept = {
        line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert {path.name for path in REPOSITORY.iterdir() if path.name in kept} == kept
    assert {"attrx_web", "catalog", "labeling", "training", "templates", "static", "manage.py"} <= kept
    assert not {".env", "var", "tests", ".git"} & kept


def test_the_proxy_understands_its_file(tmp_path: Path) -> None:
    nginx = find("nginx")
    assert nginx is not None
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "1",
    ]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text()
    # Outside of containers nobody is called web.
    text = text.replace("/etc/nginx/tls", str(tmp_path)).replace("server web:8000", "server 127.0.0.1:8000")
    (tmp_path / "nginx.conf").write_text(text)
    tried = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def test_metrics_and_headers_of_strangers_do_not_pass_the_proxy() -> None:
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text()
    assert "location = /metrics { return 404; }" in text
    for header, value in (("X-Forwarded-For", "$remote_addr"), ("X-Forwarded-Proto", "$scheme")):
        assert f"proxy_set_header {header} {value};" in text


def test_only_the_web_server_is_told_of_a_folder_for_counts_that_it_makes_itself() -> None:
    named = [
        name for name, one in SERVICES.items() if "PROMETHEUS_MULTIPROC_DIR" in one.get("environment", {})
    ]
    assert named == ["web"]
    assert "PROMETHEUS_MULTIPROC_DIR" not in (REPOSITORY / "Dockerfile").read_text()
