"""Pre-training on rendered photos: it learns, repeats itself, and refuses data without evidence."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from catalog.demo import write_folder
from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.guiding import Teacher
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams
from training.ml.pretrain import PARTS, PartParams, Pretrainer, PretrainParams
from training.ml.prompts import named_photo, parse_answer
from training.ml.rebuild import Rendered, corpus, pretrain_tiny
from training.ml.tiny import build_tiny
from training.ml.warmup import load_studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio") / "data"
    write_folder(folder, per_vertical=6, look="studio", seed=3, size=64, verticals=["cap", "lamp"], jobs=1)
    return folder


def _rendered(folder: Path) -> Rendered:
    return Rendered(studio=folder, snapshots=folder, held_out=folder)


def _params(*, steps: int, others: int = 2, photos: int = 8) -> PretrainParams:
    """So many steps of reading, and of each part behind it."""
    params = PretrainParams(vision_steps=30, photos_per_step=photos, threads=1)

    def short(part: PartParams, steps: int) -> PartParams:
        return replace(part, steps=steps, warmup=min(5, steps), show=replace(part.show, listings=2))

    return replace(
        params,
        reading=short(params.reading, steps),
        looking=short(params.looking, others),
        naming=short(params.naming, others),
    )


def test_a_few_steps_lower_the_loss_and_leave_a_model_folder_with_a_manifest(
    studio: Path, tmp_path: Path
) -> None:
    seen: list[int] = []
    out = tmp_path / "tiny"
    manifest = pretrain_tiny(
        _rendered(studio), out, _params(steps=51), progress=lambda done, total: seen.append(done)
    )
    losses = manifest["reading"]["losses"]
    assert losses[1] < 0.7 * losses[0]
    assert seen == list(range(1, 86))
    assert manifest["held_out"]["questions"] == 48
    assert set(manifest["warm_up"]["told_apart"]) >= {"color", "brim", "shade"}
    assert json.loads((out / "manifest.json").read_text())["training"]["reading"]["steps"] == 51
    where = ModelParams(base=str(out), device="cpu", threads=1)
    assert load_processor(where).chat_template
    assert sum(weights.numel() for weights in load_model(where).parameters()) == manifest["parameters"]
    assert not (tmp_path / "tiny.partial").exists()


def test_a_model_that_looks_goes_on_with_the_last_part_alone_and_says_from_what(
    studio: Path, tmp_path: Path
) -> None:
    base, out = tmp_path / "base", tmp_path / "on"
    before = pretrain_tiny(_rendered(studio), base, _params(steps=2))
    seen: list[tuple[int, int]] = []
    manifest = pretrain_tiny(
        _rendered(studio),
        out,
        _params(steps=2, others=3),
        base=base,
        progress=lambda *done: seen.append(done),
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
    digest = hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()
    assert manifest["began_as"] == {"weights": digest, "manifest": json.loads(json.dumps(before))}
    assert (out / "model.safetensors").read_bytes() != (base / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def trainer(studio: Path, tmp_path_factory: pytest.TempPathFactory) -> Pretrainer:
    """Every listing is of photos of different products, and is asked about made-up values as well."""
    schema = read_schema(studio / "schema.json")
    listings = read_listings(studio, schema)
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder, texts=corpus(listings, schema))
    where = ModelParams(base=str(folder), device="cpu", dtype="float32", threads=1)
    model, processor = load_model(where), load_processor(where)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    assert isinstance(processor, Qwen2_5_VLProcessor)
    params = PretrainParams().naming
    params = replace(params, steps=20, show=replace(params.show, listings=6, mixed=1.0, foreign=1.0))
    return Pretrainer(model, processor, load_studio(listings, schema, processor), params, seed=1, threads=1)


def test_a_chain_says_what_its_own_photo_shows_where_photos_are_of_different_products(
    trainer: Pretrainer,
) -> None:
    lessons, draw = trainer.lessons, random.Random(3)
    batch = lessons.batch(0.5, draw)
    assert any(len({photo.of.listing.listing_id for photo in photos}) > 1 for photos in batch)
    decode = lessons.processor.tokenizer.decode
    for photos in batch:
        assert len({photo.of.listing.vertical for photo in photos}) == 1
        tree = lessons.tree(photos, draw)
        assert len(tree.patches) == len(photos)
        asked = {one.code: one for one in photos[0].of.attributes}
        for branch in tree.branches:
            if branch.points or branch.attribute not in asked:
                continue
            attribute = asked[branch.attribute]
            for number, (said, photo) in enumerate(zip(branch.said, photos, strict=True)):
                answer = photo.answer(attribute)
                text = decode(said.ids, skip_special_tokens=True)
                assert said.shown == (answer is not None)
                assert said.photo == number and named_photo(text) == number + 1
                assert parse_answer(text, attribute) in ((answer,) if answer else attribute.allowed_values)


def test_the_first_photo_is_named_most_and_one_that_shows_the_attribute_more(trainer: Pretrainer) -> None:
    lessons, draw = trainer.lessons, random.Random(3)
    shares = defaultdict(list)
    for photos in (photos for step in range(8) for photos in lessons.batch(step / 8, draw)):
        for branch in lessons.tree(photos, draw).branches:
            if len(branch.said) == 3:
                assert sum(said.share for said in branch.said) == pytest.approx(3)
                told = [said.share / (1.5 if said.shown else 1.0) for said in branch.said]
                assert [one / told[0] for one in told] == pytest.approx([1.0, 0.6, 0.36])
                shares[tuple(said.shown for said in branch.said)].append(told)
    assert len(shares) > 2


def test_made_up_values_are_written_as_they_are_asked_for(trainer: Pretrainer) -> None:
    lessons, draw = trainer.lessons, random.Random(4)
    [photos, *_] = lessons.batch(0.5, draw)
    known = {one.code for one in photos[0].of.attributes}
    [foreign] = [one for one in lessons.tree(photos, draw).branches if one.attribute not in known]
    offered = re.search(r"Allowed values: (.+) \(or", foreign.question)
    assert offered
    for said in foreign.said:
        answer = lessons.processor.tokenizer.decode(said.ids, skip_special_tokens=True).split("Answer: ")[1]
        assert answer in offered[1].split(", ") and not said.shown


def test_a_lesson_depends_on_the_seed_and_its_number_alone(trainer: Pretrainer) -> None:
    one, same, other = (trainer.lessons[step].packed.targets.tolist() for step in (4, 4, 5))
    assert one == same != other


def test_the_teacher_looks_at_each_number_the_chains_that_name_it_and_what_points_at_it(
    trainer: Pretrainer,
) -> None:
    lesson = trainer.lessons[3]
    packed = lesson.packed
    teacher = Teacher(trainer.model, trainer.reader, packed, lesson.shown, lesson.named)
    ids = packed.inputs["input_ids"]

    def words(rows: torch.Tensor, places: torch.Tensor) -> list[str]:
        tokens = ids[rows, places].tolist()
        return [trainer.lessons.processor.tokenizer.decode([token]) for token in tokens]

    numbers = words(teacher.photo_rows, teacher.numbers)
    assert set(numbers) <= {f" {number}" for number in range(1, 6)}
    assert words(teacher.rows, teacher.naming) == [numbers[photo] for photo in packed.looks[:, 1].tolist()]
    assert set(words(teacher.rows, teacher.saying)) == {" shows"}
    assert set(words(teacher.point_rows, teacher.pointing)) == {"Photo"}
    assert len(packed.points) > 4 and len(packed.knows) > 4
    for place, photo in packed.points.tolist():
        assert trainer.lessons.processor.tokenizer.decode([int(packed.targets[place])]) == numbers[photo]
        assert packed.weights[place] == 4.0


def test_every_loss_of_looking_moves_the_weights_that_it_is_about(trainer: Pretrainer) -> None:
    layers = trainer.model.model.language_model.layers
    watched = (layers[2].self_attn.q_proj.weight, layers[3].self_attn.q_proj.weight)
    before = [weights.detach().clone() for weights in watched]
    found = trainer._step(trainer.lessons[7], looked=True)
    assert found and found[0] > 0 and found[1]
    for now, then in zip(watched, before, strict=True):
        assert not torch.equal(now, then)


def test_a_seed_gives_the_same_model_again_with_processes_that_prepare_steps(
    studio: Path, tmp_path: Path
) -> None:
    params = _params(steps=3, photos=4)
    alone, helped = (
        pretrain_tiny(_rendered(studio), tmp_path / str(workers), replace(params, workers=workers))
        for workers in (0, 2)
    )
    assert [alone[part]["losses"] for part in PARTS] == [helped[part]["losses"] for part in PARTS]
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("0", "2")]
    assert weights[0] == weights[1]


def test_a_listing_without_evidence_is_named_and_nothing_is_written(studio: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (studio / "listings.jsonl").read_text().splitlines()]
    del rows[0]["evidence"]["color"]
    bare = tmp_path / "data"
    bare.mkdir()
    (bare / "images").symlink_to(studio / "images")
    (bare / "schema.json").write_text((studio / "schema.json").read_text())
    (bare / "listings.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DataError, match=f"{rows[0]['listing_id']} has no answer or no evidence for 'color'"):
        pretrain_tiny(Rendered(bare, studio, studio), tmp_path / "tiny", _params(steps=1))
    assert not (tmp_path / "tiny").exists()
