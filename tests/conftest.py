"""Fixtures that every test may use; those of one app live in its own folder."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def own_storage(settings: Settings, tmp_path: Path) -> None:
    """Keep what a test stores to that test, and hash passwords fast."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ATTRX_ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
