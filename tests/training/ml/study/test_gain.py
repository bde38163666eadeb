import json
from dataclasses import replace
from pathlib import Path

import pytest

from training.ml.params import LoopParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.study.gain import NONE, ORDERS, GainParams, GainRun, gain_run, summarise
from training.ml.study.known import Reviewer
from training.ml.study.votes import VOTES_FILE, Voted, voted


def run(order: str, seed: int, correct: int) -> GainRun:
    return GainRun(order, seed, 200 if order != NONE else 0, 0.5, 1000, correct)


def test_the_gain_is_per_hundred_verdicts_and_seed_by_seed() -> None:
    runs = [run(NONE, 0, 500), run("value", 0, 520), run("random", 0, 510)]
    runs += [run(NONE, 1, 600), run("value", 1, 640), run("random", 1, 610)]
    rows = {(row.order, row.against): row for row in summarise(runs)}
    assert rows["value", NONE].points == pytest.approx((1.0 + 2.0) / 2)
    assert rows["value", "random"].points == pytest.approx((0.5 + 1.5) / 2)
    assert rows["value", "random"].low < 0 < rows["value", "random"].high
    assert ("low agreement", NONE) not in rows


@pytest.fixture(scope="module")
def loop(models: dict[str, ModelParams]) -> LoopParams:
    optim = OptimParams(1e-3, 1, 4, 4)
    sample = SampleParams(chains=2, max_new_tokens=4)
    return LoopParams(model=models["qwen2_5_vl"], sft=SFTParams(optim=optim), sample=sample)


@pytest.fixture(scope="module")
def model(data_folder: Path, loop: LoopParams, tmp_path_factory: pytest.TempPathFactory) -> Voted:
    return voted(data_folder, tmp_path_factory.mktemp("study"), loop, seed_listings=2)


def test_votes_are_about_what_was_not_trained_on(model: Voted) -> None:
    seed = {one.listing.listing_id for one in model.seed}
    assert len(seed) == 4
    assert {one.group for one in model.known}.isdisjoint(seed)
    assert [one.question_id for one in model.known] == list(model.questions)
    assert all(one.truth == model.questions[one.question_id].answer for one in model.known)


def test_what_is_there_is_not_done_again(model: Voted, data_folder: Path, loop: LoopParams) -> None:
    votes = model.adapter.parent / VOTES_FILE
    before = votes.stat().st_mtime_ns
    again = voted(data_folder, model.adapter.parent, loop, seed_listings=2)
    assert again.known == model.known and votes.stat().st_mtime_ns == before


def test_a_model_learns_from_verdicts_and_the_result_is_kept(
    model: Voted, loop: LoopParams, tmp_path: Path
) -> None:
    params = GainParams(verdicts=4, optim=OptimParams(1e-3, 1, 4, 4))
    first = gain_run(model, "value", Reviewer(), params, loop, out=tmp_path, seed=0)
    assert (first.order, first.verdicts) == ("value", 4)
    assert 0 <= first.correct <= first.questions and first.questions > 0
    [kept] = tmp_path.iterdir()
    changed = replace(first, correct=-1)
    kept.write_text(json.dumps(changed.to_json()))
    assert gain_run(model, "value", Reviewer(), params, loop, out=tmp_path, seed=0) == changed


def test_every_order_chooses_so_many_different_questions(model: Voted) -> None:
    for choose in ORDERS.values():
        chosen = choose(model.known, 5, 0)
        assert len({one.question_id for one in chosen}) == 5
    low = ORDERS["low agreement"](model.known, 5, 0)
    assert max(one.agreement for one in low) <= min(one.agreement for one in model.known if one not in low)
