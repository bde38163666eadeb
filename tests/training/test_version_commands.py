import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.training.registry import offered, round_over, version_with
from training.models import ModelVersion

pytestmark = pytest.mark.django_db

GOLD = {"cap": 60}


def output_of(*command: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def versions() -> list[ModelVersion]:
    """The champion, and two that nobody needs, oldest first."""
    champion = offered(round_over(GOLD), {"cap": 40})
    return [champion, *(version_with(round_over(GOLD), {"cap": 30}) for _ in range(2))]


def folders() -> list[Path]:
    return sorted(Path(settings.ATTRX_ARTIFACTS_DIR).glob("rounds/*/*/adapter"))


def test_prune_removes_what_nobody_needs_and_says_what(versions: list[ModelVersion]) -> None:
    out = output_of("versions_prune", keep=1)
    assert out.splitlines() == [
        f"version {versions[1].pk}, {versions[1]}: 0.0 MiB removed",
        "1 adapter, 0.0 MiB removed",
    ]
    assert len(folders()) == 2


def test_prune_can_be_tried_out(versions: list[ModelVersion]) -> None:
    out = output_of("versions_prune", keep=0, dry_run=True)
    assert out.splitlines()[-1] == "2 adapters, 0.0 MiB would be removed"
    assert len(folders()) == 3


def test_prune_refuses_a_negative_number(versions: list[ModelVersion]) -> None:
    with pytest.raises(CommandError, match="--keep is -1: give 0 or more") as caught:
        output_of("versions_prune", keep=-1)
    assert caught.value.returncode == 2


def test_merge_refuses_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no model version 99") as caught:
        output_of("version_merge", "99", out=tmp_path / "merged")
    assert caught.value.returncode == 2


def test_merge_refuses_what_was_removed(versions: list[ModelVersion], tmp_path: Path) -> None:
    output_of("versions_prune", keep=0)
    with pytest.raises(CommandError, match="its files were removed on") as caught:
        output_of("version_merge", str(versions[1].pk), out=tmp_path / "merged")
    assert caught.value.returncode == 2
    assert not (tmp_path / "merged").exists()
