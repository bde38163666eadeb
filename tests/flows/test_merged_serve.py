"""A merged version behind a stock server answers as our sampler does: `transformers serve` on the folder."""

import base64
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.demo import write_folder
from tests.flows.laptop import PATIENCE_SECONDS
from tests.flows.serving import serving
from training.ml.folder import read_listings, read_schema
from training.ml.merge import merge_adapter
from training.ml.params import SampleParams, tiny_params
from training.ml.progress import silent
from training.ml.prompts import parse_answer, prompt_messages
from training.ml.records import Question, questions_of
from training.ml.sample import Sampler
from training.ml.sft import train_sft

LISTINGS, TAUGHT, ASKED = 8, 4, 12
"""Listings of caps; those that are learned from; questions about the others that are asked."""
PARAMS = tiny_params()
SFT = replace(PARAMS.sft, optim=replace(PARAMS.sft.optim, learning_rate=2e-3, epochs=20))
"""Long enough that the likeliest chains change."""
SAMPLE = SampleParams(max_new_tokens=24)


@pytest.fixture
def questions(tmp_path: Path) -> Sequence[Question]:
    folder = tmp_path / "catalogue"
    write_folder(folder, per_vertical=LISTINGS, look="studio", seed=0, size=64, verticals=["cap"], jobs=1)
    schema = read_schema(folder / "schema.json")
    return questions_of(read_listings(folder, schema), schema, answered=True)


def test_a_stock_server_says_what_our_sampler_says(questions: Sequence[Question], tmp_path: Path) -> None:
    taught = questions[: TAUGHT * len(questions) // LISTINGS]
    asked = questions[len(taught) : len(taught) + ASKED]
    adapter, merged = tmp_path / "adapter", tmp_path / "merged"
    train_sft(taught, SFT, PARAMS.model, out=adapter, seed=0, progress=silent)
    merge_adapter(PARAMS.model, adapter, merged, texts={"README.md": "A card."})
    ours = Sampler(PARAMS.model, adapter).greedy(asked, SAMPLE)
    base = Sampler(PARAMS.model).greedy(asked, SAMPLE)
    assert [one.text for one in ours] != [one.text for one in base], "the adapter says something else"
    (tmp_path / "server").mkdir()
    with serving(merged, "merged", tmp_path / "server") as url:
        texts = [said(url, question) for question in asked]
    assert texts == [one.text for one in ours]
    answers = [parse_answer(text, question.attribute) for text, question in zip(texts, asked, strict=True)]
    assert answers == [one.answer for one in ours] and any(answers)


def said(url: str, question: Question) -> str:
    """What the server answers to the question, put as every client of such servers puts it."""
    body = {
        "model": "merged",
        "messages": [{"role": "user", "content": list(parts(question))}],
        "temperature": 0,
        "max_tokens": SAMPLE.max_new_tokens,
    }
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        text: str = json.load(answer)["choices"][0]["message"]["content"]
    return text.strip()


def parts(question: Question) -> list[dict[str, Any]]:
    """The prompt with its photos in their places."""
    [turn] = prompt_messages(question)
    photos = iter(question.listing.images)
    return [
        {"type": "image_url", "image_url": {"url": address(next(photos))}} if one["type"] == "image" else one
        for one in turn["content"]
    ]


def address(photo: Path) -> str:
    kind = "jpeg" if photo.suffix in (".jpg", ".jpeg") else photo.suffix[1:]
    return f"data:image/{kind};base64,{base64.b64encode(photo.read_bytes()).decode()}"
