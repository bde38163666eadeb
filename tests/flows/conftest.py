"""Fixtures of whole journeys."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.demo.schema import VERTICALS
from tests.flows.laptop import Laptop, set_environment
from training.ml.prompts import question_text
from training.ml.records import Attribute


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that knows nothing, with a tokenizer that knows the demo's words."""
    from training.ml.tiny import build_tiny

    folder = tmp_path_factory.mktemp("models") / "random"
    questions = [
        question_text(Attribute(code, attribute.description, attribute.values))
        for vertical in VERTICALS.values()
        for code, attribute in vertical.attributes.items()
    ]
    build_tiny(folder, texts=questions)
    return folder


@pytest.fixture
def laptop(tmp_path: Path, random_model: Path) -> Iterator[Laptop]:
    """An empty laptop."""
    before = dict(os.environ)
    set_environment(tmp_path / "var", random_model)
    laptop = Laptop(tmp_path / "var")
    yield laptop
    laptop.stop()
    os.environ.clear()
    os.environ |= before
