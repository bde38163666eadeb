"""Rebuild the tiny base model: tokenizer, warm-up, pre-training, its accuracies and its manifest.

python -m training.ml.cli pretrain-tiny --out training/ml/tiny
"""

from __future__ import annotations

import json
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.folder import read_listings, read_schema
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams, SampleParams
from training.ml.pretrain import Pretrainer, PretrainParams, load_studio
from training.ml.progress import Progress, silent
from training.ml.prompts import listing_text, question_text, write_chain
from training.ml.records import Listing, Question, Schema, questions_of
from training.ml.sample import Sampler
from training.ml.tiny import build_tiny
from training.ml.version import code_version, library_versions
from training.ml.vote import count_votes
from training.ml.warmup import VisionWarmUp


def pretrain_tiny(
    data: Path, held_out: Path, out: Path, params: PretrainParams, *, progress: Progress = silent
) -> dict[str, Any]:
    """Train a tiny model from nothing on a data folder with evidence, and write it whole to `out`.

    Args:
        held_out: a data folder of other listings, for the accuracies of the manifest.

    Returns:
        The manifest that is written beside the weights.

    Raises:
        DataError: when the data cannot be used; `out` is then as it was.
    """
    schema = read_schema(data / "schema.json")
    listings = read_listings(data, schema, check_images=False)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    build_tiny(partial, texts=corpus(listings, schema), seed=params.seed)
    where = ModelParams(base=str(partial), device="cpu", dtype="float32", threads=params.threads)
    processor, model = load_processor(where), load_model(where)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    assert isinstance(processor, Qwen2_5_VLProcessor)
    studio = load_studio(listings, schema, processor)
    total = params.vision_steps + params.steps
    started = time.monotonic()
    seen = VisionWarmUp(model.train(), processor, studio, seed=params.seed).train(
        steps=params.vision_steps,
        photos=params.photos_per_step,
        learning_rate=params.vision_learning_rate,
        progress=lambda done, _: progress(done, total),
    )
    warm_up_seconds = round(time.monotonic() - started, 1)
    report = Pretrainer(model, processor, params).train(
        studio, progress=lambda done, _: progress(params.vision_steps + done, total)
    )
    model.save_pretrained(partial)
    manifest = {
        "made_by": "python -m training.ml.cli pretrain-tiny",
        "code": code_version(),
        "versions": library_versions(),
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "listings": len(listings),
        "photos": sum(len(listing.images) for listing in listings),
        "training": asdict(params),
        "told_apart_in_warm_up": seen,
        "warm_up_seconds": warm_up_seconds,
        **report,
        "held_out": accuracy_of(where, held_out),
    }
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    shutil.rmtree(out, ignore_errors=True)
    partial.replace(out)
    return manifest


def accuracy_of(model: ModelParams, data: Path, *, chains: int = 8) -> dict[str, Any]:
    """Accuracy per attribute on a labelled data folder, over all verticals: greedy, and by majority."""
    schema = read_schema(data / "schema.json")
    questions = questions_of(read_listings(data, schema, check_images=False), schema, answered=True)
    sampler = Sampler(model)
    params = SampleParams(chains=chains, max_new_tokens=24, rows_per_batch=1024)
    likeliest, sampled = sampler.greedy_and_sample(questions, params, seed=0)
    greedy = {chain.question_id: chain.answer for chain in likeliest}
    majority = {vote.question_id: vote.majority for vote in count_votes(sampled)}
    return {
        "questions": len(questions),
        "greedy": _by_attribute(questions, greedy),
        "majority": _by_attribute(questions, majority),
    }


def _by_attribute(questions: Sequence[Question], answers: Mapping[str, str | None]) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    for question in questions:
        for name in (question.attribute.code, "all"):
            right[name].append(answers[question.question_id] == question.answer)
    return {name: round(sum(hits) / len(hits), 3) for name, hits in sorted(right.items())}


def corpus(listings: Sequence[Listing], schema: Schema) -> Iterator[str]:
    """The text that the tokenizer learns its words from: prompts, and chains for every value."""
    for listing in listings:
        yield listing_text(listing)
    for attributes in schema.values():
        for attribute in attributes.values():
            chains = [
                write_chain(photo=photo, answer=answer)
                for answer in attribute.allowed_values
                for photo in range(1, 10)
            ]
            yield from [question_text(attribute), *chains] * 20
