"""The search for secrets finds one and knows those that are none; no answer is not a clean one."""

import json
from pathlib import Path

import pytest

from tests.audit import BASELINE, found_secrets, read_packages, read_secrets


def test_a_secret_in_a_file_is_found(tmp_path: Path) -> None:
    key = "AKIA" + "QYLPMN5HHHFPZAM2"
    (tmp_path / "settings.py").write_text(f'aws_key = "{key}"\n')
    (tmp_path / "plain.py").write_text("number = 7\n")
    found = found_secrets(["settings.py", "plain.py"], tmp_path)
    assert {(file, kind) for file, kind, _ in found} == {("settings.py", "AWS Access Key")}


def test_only_examples_and_tests_hold_what_looks_like_a_secret() -> None:
    files = {file for file, _, _ in read_secrets(BASELINE.read_text())}
    assert files
    examples = ("tests/", "docs/", "README.md", "attrx_web/env/", ".env.example")
    assert {file for file in files if not file.startswith(examples)} <= {
        "attrx_web/auditlog/actions.py",  # The name of an act.
        "attrx_web/signin/adapters.py",  # A sentence about a wrong password.
        "attrx_web/signin/options.py",  # The name of a setting of allauth.
        "training/ml/tiny/manifest.json",  # A hash of data.
        "training/management/commands/demo.py",  # The password that the demo prints.
    }


def test_holes_are_told_from_packages_that_nobody_was_asked_about() -> None:
    hole = {"id": "CVE-2026-1", "fix_versions": ["2.0"]}
    answer = {
        "dependencies": [
            {"name": "good", "version": "1.0", "vulns": []},
            {"name": "bad", "version": "1.0", "vulns": [hole]},
            {"name": "unknown", "skip_reason": "not found"},
        ]
    }
    assert read_packages(json.dumps(answer)) == (["bad 1.0: CVE-2026-1, mended in 2.0"], ["unknown"])
    with pytest.raises(ValueError):
        read_packages("")
