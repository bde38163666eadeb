"""The estimates of docs/sizing.md are those of the formula, which scales as it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from training.ml.bench.sizing import GPUS, MODELS, Work, hours, reading, saying, seeing, sizing_table

DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_has_the_tables_that_are_printed() -> None:
    assert "\n".join(sizing_table()) in (DOCS / "sizing.md").read_text()


def test_what_is_asked_for_decides_the_cost() -> None:
    model, gpu, work = MODELS[0], GPUS[0], Work()
    twice = replace(work, chains=2 * work.chains)
    assert saying(model, gpu, twice) == pytest.approx(2 * saying(model, gpu, work))
    assert reading(model, twice) == reading(model, work)
    assert seeing(model, replace(work, photos=6)) == pytest.approx(2 * seeing(model, work))
    assert hours(model, gpu, work, kept=True) < hours(model, gpu, work)


def test_the_vision_tower_of_one_token_by_hand() -> None:
    one = Work(photos=1, photo_tokens=1)
    assert seeing(MODELS[0], one) == pytest.approx(2 * (4 * 0.63e9 + 0.037e9))


def test_a_price_adds_its_column() -> None:
    plain, priced = list(sizing_table()), list(sizing_table(2.0))
    hours_of = float(priced[2].split("|")[3].replace(",", ""))
    assert len(plain) == len(priced) == 2 + len(MODELS) * len(GPUS)
    assert float(priced[2].split("|")[6].replace(",", "")) == pytest.approx(2 * hours_of, abs=1)
