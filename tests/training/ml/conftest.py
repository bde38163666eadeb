"""Random-weight models and questions about rendered photos, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.ml import tiny_models
from tests.training.ml.folders import write_folder
from training.ml.folder import read_listings, read_schema
from training.ml.params import ModelParams
from training.ml.records import Question, questions_of


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelParams]:
    """{family: parameters that load its model}"""
    folder = tmp_path_factory.mktemp("models")
    return {family: tiny_models.build(family, folder / family) for family in tiny_models.FAMILIES}


@pytest.fixture(params=tiny_models.FAMILIES)
def model(request: pytest.FixtureRequest, models: dict[str, ModelParams]) -> ModelParams:
    """The model of each family in turn."""
    return models[request.param]


@pytest.fixture
def qwen(models: dict[str, ModelParams]) -> ModelParams:
    return models["qwen2_5_vl"]


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight caps and eight bags; do not write into it."""
    return write_folder(tmp_path_factory.mktemp("folder") / "data")


@pytest.fixture(scope="session")
def questions(data_folder: Path) -> list[Question]:
    """Three questions about colour and then parts of bags, all answered."""
    schema = read_schema(data_folder / "schema.json")
    bags = [one for one in read_listings(data_folder, schema) if one.vertical == "bag"]
    return questions_of(bags[:2], schema)[:3]
