"""Which code made a result."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("torch", "transformers", "peft", "trl", "tokenizers")


def code_version() -> str:
    """A hash of the loop's source files: it changes when results may."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """The releases of the libraries whose changes may change a result."""
    return {library: version(library) for library in LIBRARIES}
