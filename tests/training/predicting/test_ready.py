"""A model worker has the champion loaded before anybody asks, and follows promotions and rollbacks."""

import logging
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Status
from tests.fakes import FakeSampler
from tests.training.rounds import champion_of, round_in, version_of
from training.ml.errors import DataError
from training.ml.warm import WarmModel
from training.models import Alias, ModelVersion
from training.predicting.ready import Champion

pytestmark = pytest.mark.django_db


def folder(version: ModelVersion) -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path


def promoted(version: ModelVersion) -> None:
    Alias.objects.update(version=version)


def test_promotions_and_rollbacks_are_followed_without_a_restart() -> None:
    first = champion_of(round_in(Status.DONE))
    second = version_of(first.round, iteration=1)
    ModelVersion.objects.filter(pk=second.pk).update(adapter_path="adapter-1")
    second.refresh_from_db()
    sampler, made = FakeSampler(), []
    warm = WarmModel(lambda params, adapter: made.append(adapter) or sampler)  # type: ignore[func-returns-value]
    ready = Champion(warm)
    for version in (first, first, second, second, first):
        promoted(version)
        ready()
    assert sampler.used == [folder(first), folder(second), folder(first)]
    assert made == [folder(first)], "the base model was loaded once"


def test_without_a_champion_there_is_nothing_to_load() -> None:
    def fail(params: Any, adapter: Path) -> FakeSampler:
        raise AssertionError("there is nothing to load")

    Champion(WarmModel(fail))()


def test_a_champion_that_cannot_be_loaded_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    champion_of(round_in(Status.DONE))

    def fail(params: Any, adapter: Path) -> FakeSampler:
        raise DataError("adapter is not an adapter")

    ready = Champion(WarmModel(fail))
    with caplog.at_level(logging.WARNING):
        ready()
        ready()
    assert len([line for line in caplog.records if "cannot be loaded" in line.message]) == 1
