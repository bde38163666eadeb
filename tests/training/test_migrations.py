"""Migrations that move data."""

from importlib import import_module

import pytest
from django.apps import apps

from catalog.models import Status
from tests.training.rounds import round_in, version_of
from training.models import Alias, AliasChange, AliasName, ModelVersion

alias_history = import_module("training.migrations.0008_alias_history")

pytestmark = pytest.mark.django_db


def test_versions_get_the_parents_that_their_rounds_gave_them() -> None:
    one, other = round_in(Status.DONE), round_in(Status.DONE)
    first, second, third = (version_of(one, iteration) for iteration in (0, 1, 2))
    alone = version_of(other, 1)
    ModelVersion.objects.update(parent=None)
    alias_history.history_begin(apps, None)
    parents = dict(ModelVersion.objects.values_list("pk", "parent"))
    assert parents == {first.pk: None, second.pk: first.pk, third.pk: second.pk, alone.pk: None}


def test_aliases_get_the_first_line_of_their_history() -> None:
    round_ = round_in(Status.DONE)
    champion, challenger = version_of(round_, 0), version_of(round_, 1)
    Alias.objects.create(name=AliasName.CHAMPION, version=champion)
    Alias.objects.create(name=AliasName.CHALLENGER, version=challenger)
    alias_history.history_begin(apps, None)
    changes = AliasChange.objects.values_list("alias", "kind", "from_version", "to_version", "by")
    found: set[tuple[object, ...]] = set(changes)
    assert found == {
        ("champion", "began", None, champion.pk, None),
        ("challenger", "offered", None, challenger.pk, None),
    }


def test_a_registry_without_versions_stays_empty() -> None:
    alias_history.history_begin(apps, None)
    assert not AliasChange.objects.exists()
