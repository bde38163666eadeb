"""Rebuild the tiny base model: tokenizer, warm-up, pre-training, its accuracies and its manifest.

python -m training.ml.cli pretrain-tiny --out training/ml/tiny
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.folder import read_listings, read_schema
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams, SampleParams
from training.ml.pretrain import PARTS, Pretrainer, PretrainParams
from training.ml.progress import Progress, silent
from training.ml.prompts import listing_text, pointing_text, question_text, write_chain
from training.ml.records import Listing, Question, Schema, questions_of
from training.ml.sample import Sampler
from training.ml.tiny import build_tiny
from training.ml.tower import see_all_at_once
from training.ml.version import code_version, library_versions
from training.ml.vote import count_votes
from training.ml.warmup import StudioListing, VisionWarmUp, load_studio


@dataclass(frozen=True, slots=True)
class Rendered:
    """The data folders, all of the same schema and with evidence; no listing is in two."""

    studio: Path
    snapshots: Path
    """Photos with mild faults; only the part that learns to read does not see them."""
    held_out: Path
    """For the accuracies of the manifest."""


def pretrain_tiny(
    data: Rendered,
    out: Path,
    params: PretrainParams,
    *,
    base: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train a tiny model and write it whole to `out`.

    Args:
        base: a model that has learned to look, to go on from with the last part; without one, from nothing.

    Returns:
        The manifest that is written beside the weights.

    Raises:
        DataError: when the data cannot be used; `out` is then as it was.
    """
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    schema = read_schema(data.studio / "schema.json")
    listings = [read_listings(folder, schema, check_images=False) for folder in (data.studio, data.snapshots)]
    if base is None:
        build_tiny(partial, texts=corpus(listings[0], schema), seed=params.seed)
    else:
        shutil.copytree(base, partial)
    where = ModelParams(base=str(partial), device=params.device, dtype="float32", threads=params.threads)
    processor, model = load_processor(where), load_model(where)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    assert isinstance(processor, Qwen2_5_VLProcessor)
    if model.device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        see_all_at_once(model)
    studio, snapshots = (
        load_studio(of_look, schema, processor, workers=params.workers) for of_look in listings
    )
    report = Course(model, processor, studio, snapshots, params, base, progress).taught()
    model.save_pretrained(partial)
    manifest = {
        **_made_of(model, [listing for of_look in listings for listing in of_look]),
        "training": asdict(params),
        **report,
        "held_out": accuracy_of(where, data.held_out),
    }
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    shutil.rmtree(out, ignore_errors=True)
    partial.replace(out)
    return manifest


def _made_of(model: Qwen2_5_VLForConditionalGeneration, listings: Sequence[Listing]) -> dict[str, Any]:
    return {
        "made_by": "python -m training.ml.cli pretrain-tiny",
        "code": code_version(),
        "versions": library_versions(),
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "listings": len(listings),
        "photos": sum(len(listing.images) for listing in listings),
    }


@dataclass(frozen=True, slots=True)
class Course:
    """The parts of the training, one after the other, over the same model."""

    model: Qwen2_5_VLForConditionalGeneration
    processor: Qwen2_5_VLProcessor
    studio: list[StudioListing]
    snapshots: list[StudioListing]
    params: PretrainParams
    base: Path | None
    """What the model is, where it has learned to look."""
    progress: Progress

    def taught(self) -> dict[str, Any]:
        """Run the parts; returns what each reported, or what the model was that began with the last."""
        if self.base is None:
            report = {
                "warm_up": self._warmed_up(),
                "reading": self._part("reading", self.studio),
                "looking": self._part("looking", [*self.studio, *self.snapshots]),
            }
        else:
            report = {"began_as": _described(self.base)}
        return report | {"naming": self._part("naming", [*self.studio, *self.snapshots])}

    def _warmed_up(self) -> dict[str, Any]:
        started = time.monotonic()
        params = self.params
        shown = [*self.studio, *self.snapshots]
        told_apart = VisionWarmUp(self.model.train(), self.processor, shown, seed=params.seed).train(
            steps=params.vision_steps,
            photos=params.photos_per_step,
            learning_rate=params.vision_learning_rate,
            progress=self._watched("warm_up"),
        )
        return {"told_apart": told_apart, "seconds": round(time.monotonic() - started, 1)}

    def _part(self, name: str, listings: list[StudioListing]) -> dict[str, Any]:
        trainer = Pretrainer(
            self.model,
            self.processor,
            listings,
            getattr(self.params, name),
            seed=self.params.seed,
            threads=self.params.threads,
            workers=self.params.workers,
        )
        return trainer.train(progress=self._watched(name))

    def _watched(self, name: str) -> Progress:
        """Progress of a part as progress of the whole, whose first parts may not be run."""
        params = self.params
        steps = {"warm_up": params.vision_steps}
        steps |= {part: getattr(params, part).steps for part in PARTS}
        if self.base is not None:
            steps = {"naming": steps["naming"]}
        before = sum(list(steps.values())[: list(steps).index(name)])

        def report(done: int, _: int, /) -> None:
            self.progress(before + done, sum(steps.values()))

        return report


def _described(base: Path) -> dict[str, Any]:
    """The weights that a training went on from, and the manifest that they came with."""
    weights = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()
    manifest = base / "manifest.json"
    return {"weights": weights, "manifest": json.loads(manifest.read_text()) if manifest.is_file() else None}


def accuracy_of(model: ModelParams, data: Path, *, chains: int = 8) -> dict[str, Any]:
    """Accuracy per attribute on a labelled data folder, over all verticals: greedy, and by majority."""
    schema = read_schema(data / "schema.json")
    questions = questions_of(read_listings(data, schema, check_images=False), schema, answered=True)
    sampler = Sampler(replace(model, device="cpu"))
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
            yield from [question_text(attribute), pointing_text(attribute), *chains] * 20
