"""Looks for holes: known ones of packages, of the code, and secrets in the repository: python -m tests.audit.

Exit code 1: something was found. 2: known holes cannot be asked for, as without a network.
"""

import json
import subprocess
import sys
from pathlib import Path

from attrx_web.env import REPOSITORY

BASELINE = REPOSITORY / ".secrets.baseline"
"""What looks like a secret and is none, file by file; SECURITY.md says what they are."""
PACKAGES = ("attrx_web", "catalog", "labeling", "training", "manage.py")
FOUND, UNKNOWN = 1, 2

Secrets = set[tuple[str, str, str]]
"""{(file, kind, hash)}"""


def main() -> int:
    """Do all three; the exit code is the worst."""
    codes = [code_audit(), secrets_audit(), packages_audit()]
    return FOUND if FOUND in codes else max(codes)


def code_audit() -> int:
    """What bandit finds and nobody has answered."""
    code = _run("bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml", *PACKAGES).returncode
    return _said("code", FOUND if code else 0)


def secrets_audit() -> int:
    """What looks like a secret in a tracked file and is not in the baseline."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    names = [name for name in tracked.stdout.split("\0") if name and name != BASELINE.name]
    known = read_secrets(BASELINE.read_text())
    new = found_secrets([name for name in names if (REPOSITORY / name).is_file()]) - known
    for file, kind, _ in sorted(new):
        print(f"{file}: {kind}: take it out and change it, or note it in {BASELINE.name}", file=sys.stderr)
    return _said("secrets", FOUND if new else 0)


def packages_audit() -> int:
    """What is known against the releases of constraints.txt."""
    words = ["--requirement", "constraints.txt", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    ran = _run("pip_audit", *words, "--format", "json", quiet=True)
    try:
        holes, unasked = read_packages(ran.stdout)
    except ValueError:
        print(f"packages: nobody could be asked: {ran.stderr.strip()[-500:]}", file=sys.stderr)
        return UNKNOWN
    for line in holes:
        print(line, file=sys.stderr)
    if unasked:
        print(
            f"packages: {len(unasked)} could not be asked about, such as {unasked[0]}: "
            "run this where the list of known holes answers",
            file=sys.stderr,
        )
    if holes or not unasked:
        return _said("packages", FOUND if holes else 0)
    return UNKNOWN


def read_packages(text: str) -> tuple[list[str], list[str]]:
    """Of what pip-audit wrote as JSON: (a line for each hole, packages that it knows nothing of).

    Raises:
        ValueError: when it is none, as without a network.
    """
    packages = json.loads(text)["dependencies"]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no release'}"
        for one in packages
        for hole in one.get("vulns", [])
    ]
    return holes, [one["name"] for one in packages if "skip_reason" in one]


def read_secrets(text: str) -> Secrets:
    """Of a file that detect-secrets wrote."""
    rows = json.loads(text)["results"].items()
    return {(file, one["type"], one["hashed_secret"]) for file, found in rows for one in found}


def found_secrets(names: list[str], root: Path = REPOSITORY) -> Secrets:
    """What looks like a secret in these files of the folder. Nobody is asked whether it is valid."""
    command = [
        sys.executable,
        "-m",
        "detect_secrets",
        "-C",
        str(root),
        "scan",
        "--no-verify",
        "--all-files",
        *names,
    ]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return read_secrets(ran.stdout)


def _run(module: str, *words: str, quiet: bool = False) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=REPOSITORY, text=True, capture_output=quiet)


def _said(what: str, code: int) -> int:
    print(f"{what}: {'something was found' if code else 'clean'}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
