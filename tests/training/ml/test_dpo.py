"""DPO moves the policy towards preferred chains, by each pair's weight, away from a frozen copy of itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from trl import DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForVisionPreference

from training.ml.answering import LABELS
from training.ml.bench.stock import StockDPOTrainer, stock_dpo_example
from training.ml.dpo import PreferenceCollator, WeightedDPOTrainer, dpo_config, dpo_example, train_dpo
from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.finetune import lazy_dataset, save_adapter
from training.ml.model import load_model, load_processor
from training.ml.params import DPOParams, ModelParams, OptimParams, SFTParams
from training.ml.progress import silent
from training.ml.prompts import write_chain
from training.ml.records import Pair, Question
from training.ml.sft import train_sft
from training.ml.steplog import last_steps

PARAMS = DPOParams(optim=OptimParams(5e-3, 2, 2, 2))
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module")
def adapters() -> dict[str, Path]:
    """Adapters made so far, by base model."""
    return {}


@pytest.fixture
def adapter(
    adapters: dict[str, Path],
    models: dict[str, ModelParams],
    questions: list[Question],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Path:
    """A briefly trained adapter of the model that the test is about."""
    name = "model" if "model" in request.fixturenames else "qwen"
    model: ModelParams = request.getfixturevalue(name)
    if model.base not in adapters:
        out = tmp_path_factory.mktemp("adapters") / "sft"
        brief = SFTParams(optim=OptimParams(1e-2, 2, 3, 3))
        train_sft(questions, brief, model, out=out, seed=0, progress=silent)
        adapters[model.base] = out
    return adapters[model.base]


def make_pairs(questions: Sequence[Question], *, weight: float = 1.0) -> list[Pair]:
    """Each question's own answer against a longer one that nobody gave."""
    return [
        Pair(
            question_id=question.question_id,
            chosen=write_chain(photo=1, answer=question.answer or ""),
            rejected=f"Perhaps. {write_chain(photo=2, answer='unknown')}",
            chosen_votes=5,
            rejected_votes=1,
            chains=8,
            weight=weight,
        )
        for question in questions
    ]


def make_trainer(
    kind: type[DPOTrainer],
    rows: Sequence[tuple[Question, Pair]],
    params: DPOParams,
    model: ModelParams,
    *,
    adapter: Path,
    out: Path,
) -> DPOTrainer:
    processor, policy = load_processor(model), load_model(model, adapter, trainable=True)
    ours = kind is WeightedDPOTrainer
    return kind(
        model=policy,
        args=dpo_config(params, model, examples=len(rows), out=out, seed=5),
        train_dataset=lazy_dataset(rows, dpo_example if ours else stock_dpo_example),
        processing_class=processor,
        data_collator=PreferenceCollator(policy, processor, FeatureStore(out.parent / "features"))
        if ours
        else DataCollatorForVisionPreference(processor),
    )


def logged(trainer: DPOTrainer, name: str) -> list[float]:
    return [entry[name] for entry in trainer.state.log_history if "loss" in entry]


def test_the_policy_starts_at_the_reference_and_the_margin_grows(
    model: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    params = replace(PARAMS, optim=replace(PARAMS.optim, epochs=4))
    result = train_dpo(
        make_pairs(questions),
        questions,
        params,
        model,
        adapter=adapter,
        out=tmp_path / "dpo",
        seed=0,
        progress=silent,
    )
    assert (result["pairs"], result["steps"]) == (3, 8)
    assert result["margins"][0] == pytest.approx(0, abs=1e-6)
    assert result["losses"][0] == pytest.approx(math.log(2), abs=1e-6)
    assert result["margins"][-1] > 0.1
    assert result["losses"][-1] < result["losses"][0]
    assert result["accuracies"][-1] == 1.0


def test_every_step_is_logged_with_its_margin(
    qwen: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    result = train_dpo(
        make_pairs(questions),
        questions,
        PARAMS,
        qwen,
        adapter=adapter,
        out=tmp_path / "dpo",
        seed=0,
        progress=silent,
        log=log,
    )
    steps = last_steps(log)
    assert [(step.loss, step.margin) for step in steps] == list(
        zip(result["losses"], result["margins"], strict=True)
    )


@pytest.mark.parametrize("nll_weight", [0.0, 0.5])
def test_with_equal_weights_the_losses_are_those_of_the_stock_trainer(
    model: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path, nll_weight: float
) -> None:
    params = replace(PARAMS, nll_weight=nll_weight)
    rows = list(zip(questions, make_pairs(questions), strict=True))
    losses, margins = {}, {}
    for kind in (WeightedDPOTrainer, StockDPOTrainer):
        trainer = make_trainer(kind, rows, params, model, adapter=adapter, out=tmp_path / kind.__name__)
        trainer.train()
        losses[kind], margins[kind] = logged(trainer, "loss"), logged(trainer, "rewards/margins")
    assert losses[WeightedDPOTrainer] == pytest.approx(losses[StockDPOTrainer], abs=1e-4)
    assert margins[WeightedDPOTrainer] == pytest.approx(margins[StockDPOTrainer], abs=1e-4)


def test_pairs_without_weight_change_nothing(
    qwen: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    pairs = make_pairs(questions, weight=0.0)
    result = train_dpo(
        pairs, questions, PARAMS, qwen, adapter=adapter, out=tmp_path / "dpo", seed=0, progress=silent
    )
    before, after = load_file(adapter / WEIGHTS), load_file(tmp_path / "dpo" / WEIGHTS)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert result["losses"] == [0.0] * 4


def test_a_weight_scales_the_loss_of_its_pair_alone(
    qwen: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    half, full = make_pairs(questions[:2], weight=0.5)[0], make_pairs(questions[:2])[1]
    result = train_dpo(
        [half, full], questions, PARAMS, qwen, adapter=adapter, out=tmp_path / "dpo", seed=0, progress=silent
    )
    assert result["losses"][0] == pytest.approx(0.75 * math.log(2), abs=1e-6)


def test_the_reference_stays_the_starting_adapter_and_only_the_policy_is_saved(
    qwen: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    rows = list(zip(questions, make_pairs(questions), strict=True))
    trainer = make_trainer(WeightedDPOTrainer, rows, PARAMS, qwen, adapter=adapter, out=tmp_path / "scratch")
    trainer.train()
    start = load_file(adapter / WEIGHTS)
    assert isinstance(trainer.model, PeftModel)
    trained = dict(trainer.model.named_parameters())
    for name, weights in start.items():
        reference, policy = (trained[name.replace(".weight", f".{one}.weight")] for one in ("ref", "default"))
        assert torch.equal(reference, weights)
        assert not torch.equal(policy, weights)
    save_adapter(trainer, tmp_path / "saved", {})
    assert not (tmp_path / "saved" / "ref").exists()
    assert load_file(tmp_path / "saved" / WEIGHTS).keys() == start.keys()


def test_a_saved_adapter_gives_the_logits_that_it_gave_in_training(
    model: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    rows = list(zip(questions, make_pairs(questions), strict=True))
    trainer = make_trainer(WeightedDPOTrainer, rows, PARAMS, model, adapter=adapter, out=tmp_path / "scratch")
    trainer.train()
    save_adapter(trainer, tmp_path / "saved", {})
    parts = split_prompt(load_processor(model), questions[0])
    inputs = load_processor(model)(
        images=[open_photos(questions[0].listing)], text=[parts.prefix + parts.suffix], return_tensors="pt"
    )
    assert isinstance(trainer.model, PeftModel)
    policies = (trainer.model, load_model(model, tmp_path / "saved"), load_model(model, adapter))
    with torch.no_grad():
        trained, reloaded, start = (policy.eval()(**inputs).logits for policy in policies)
    assert torch.allclose(trained, reloaded, atol=1e-5)
    assert not torch.allclose(start, reloaded, atol=1e-3)


def test_prompt_tokens_are_those_of_sampling_and_both_completions_end_the_turn(
    model: ModelParams, questions: list[Question]
) -> None:
    processor = load_processor(model)
    pair = make_pairs(questions)[0]
    row = dpo_example((questions[0], pair))
    batch = PreferenceCollator(load_model(model), load_processor(model), None)([row])
    parts = split_prompt(processor, questions[0])
    prompt = load_processor(model)(
        images=[open_photos(questions[0].listing)],
        text=[parts.prefix + parts.suffix],
        add_special_tokens=False,
    )["input_ids"][0]
    assert batch["weight"].tolist() == [1.0]
    assert batch["input_ids"][0, : len(prompt)].tolist() == list(prompt)
    for number, chain in enumerate((pair.chosen, pair.rejected)):
        completion = batch[LABELS][0, number].tolist()
        end = completion.index(processor.tokenizer.eos_token_id)
        assert processor.tokenizer.decode(completion[:end]).strip() == chain


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "there is no pair to train on"),
        (
            [Pair("sofa-9/colour", "a", "b", 2, 1, 3)],
            "a pair is about question 'sofa-9/colour', which is not in the data",
        ),
    ],
)
def test_pairs_that_cannot_be_used_are_an_error_and_leave_nothing(
    qwen: ModelParams,
    adapter: Path,
    questions: list[Question],
    tmp_path: Path,
    pairs: list[Pair],
    message: str,
) -> None:
    with pytest.raises(DataError, match=message):
        train_dpo(
            pairs, questions, PARAMS, qwen, adapter=adapter, out=tmp_path / "dpo", seed=0, progress=silent
        )
    assert list(tmp_path.iterdir()) == []


def test_what_progress_raises_stops_training_and_leaves_nothing(
    qwen: ModelParams, adapter: Path, questions: list[Question], tmp_path: Path
) -> None:
    def stop(done: int, total: int, /) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        train_dpo(
            make_pairs(questions),
            questions,
            PARAMS,
            qwen,
            adapter=adapter,
            out=tmp_path / "dpo",
            seed=0,
            progress=stop,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_adapter_is_named(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="is not an adapter"):
        train_dpo(
            make_pairs(questions),
            questions,
            PARAMS,
            qwen,
            adapter=tmp_path,
            out=tmp_path / "dpo",
            seed=0,
            progress=silent,
        )
    assert list(tmp_path.iterdir()) == []
