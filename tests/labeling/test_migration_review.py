"""Migration 0012: what a teacher said becomes chains with the answer that they are behind, and back."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from labeling.models import Suggestion
from tests.factories import SuggestionFactory

pytestmark = pytest.mark.django_db


class Editor:
    """What the migration needs of a schema editor."""

    connection = connection


migration = import_module("labeling.migrations.0012_review")


def test_texts_become_chains_of_the_leading_answer_and_texts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)
    shares = {"blue": 0.25, "red": 0.75}
    rows = [SuggestionFactory.create(shares=shares, leading="", chains=["It is red."]) for _ in range(3)]
    empty = SuggestionFactory.create(shares={}, leading="", chains=[])
    migration.suggestions_read(apps, Editor)
    found = Suggestion.objects.exclude(pk=empty.pk).order_by("pk").values_list("pk", "leading", "chains")
    chain = {"text": "It is red.", "answer": "red", "logprob": None}
    assert list(found) == [(row.pk, "red", [chain]) for row in rows]
    assert Suggestion.objects.get(pk=empty.pk).leading == ""
    migration.chains_as_texts(apps, Editor)
    assert [row.chains for row in Suggestion.objects.order_by("pk")] == [["It is red."]] * 3 + [[]]
