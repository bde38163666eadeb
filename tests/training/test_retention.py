from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import user_with
from tests.training.registry import offered, round_over, version_with
from training.ml.errors import DataError
from training.models import ModelVersion, Round
from training.selectors.golds import gold_answers
from training.selectors.versions import removable
from training.services.retention import versions_retain
from training.services.versions import version_promote

pytestmark = pytest.mark.django_db

GOLD: Mapping[str, int] = {"cap": 60}


def folder(version: ModelVersion) -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path


def spare(count: int) -> list[ModelVersion]:
    """Versions of rounds that are done, oldest first, which nobody needs."""
    return [version_with(round_over(GOLD), {"cap": 30}) for _ in range(count)]


def is_removed(version: ModelVersion) -> bool:
    version.refresh_from_db()
    assert (version.files_removed is None) == folder(version).is_dir()
    return version.files_removed is not None


def test_only_the_newest_adapters_stay() -> None:
    versions = spare(4)
    assert versions_retain(keep=2) == versions[:2]
    assert [is_removed(one) for one in versions] == [True, True, False, False]


def test_answers_on_gold_and_the_row_stay() -> None:
    (version,) = spare(1)
    versions_retain(keep=0)
    assert gold_answers(version_id=version.pk).count() == 60
    assert is_removed(version)


def test_what_aliases_and_a_rollback_need_stays() -> None:
    first = offered(round_over(GOLD), {"cap": 40})
    second = offered(round_over(GOLD), {"cap": 50})
    admin = user_with(Role.ADMIN)
    version_promote(version_id=second.pk, champion_id=first.pk, by=admin)
    challenger = offered(round_over(GOLD), {"cap": 52})
    assert versions_retain(keep=0) == []
    version_promote(version_id=challenger.pk, champion_id=second.pk, by=admin, reason="So.", override=True)
    assert versions_retain(keep=0) == [first]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.FAILED, Status.CANCELLED])
def test_a_round_that_may_go_on_keeps_its_adapters_and_the_one_it_began_from(status: Status) -> None:
    (start,) = spare(1)
    round_ = round_over(GOLD, status)
    own = [version_with(round_, {"cap": 30}, iteration) for iteration in (0, 1)]
    ModelVersion.objects.filter(pk=own[0].pk).update(parent=start)
    assert versions_retain(keep=0) == []
    assert not any(is_removed(one) for one in (start, *own))


def test_a_round_that_has_not_begun_keeps_the_adapter_that_it_will_go_on_from() -> None:
    start, other = spare(2)
    round_ = round_over(GOLD, Status.QUEUED)
    Round.objects.filter(pk=round_.pk).update(
        inputs=round_.inputs | {"adapter": {"path": start.adapter_path, "sha256": "abc"}}
    )
    assert versions_retain(keep=0) == [other]


def test_a_dry_look_removes_nothing() -> None:
    versions = spare(2)
    assert removable(keep=1) == versions[:1]
    assert not any(is_removed(one) for one in versions)


def test_files_that_an_interrupted_call_left_are_removed_by_the_next() -> None:
    (version,) = spare(1)
    ModelVersion.objects.filter(pk=version.pk).update(files_removed=timezone.now())
    assert versions_retain(keep=5) == []
    assert is_removed(version)


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(DataError, match="keep is -1: give 0 or more"):
        versions_retain(keep=-1)
