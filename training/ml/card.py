"""The model card of a version: facts in, Markdown out, with the front matter that model hubs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.ml.markdown import table


@dataclass(frozen=True, slots=True)
class Measured:
    """A gold accuracy, as shares, on one vertical or on all."""

    slice: str
    questions: int
    value: float
    low: float
    high: float
    """Ends of the 95 % Wilson interval."""


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """A question that the model was taught."""

    name: str
    values: int
    multi: bool


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All that a card says."""

    name: str
    """Such as "Round 12, iteration 2"."""
    version: int
    base_model: str
    """A hub id, or the name of a folder."""
    base_is_public: bool
    """It is a hub id, which others can load by this name."""
    base_fingerprint: str
    """A hash of the folder's files; empty for a hub id."""
    parent: str
    """What it was trained on from."""
    created: str
    counts: Mapping[str, int]
    """{split: listings}"""
    verticals: Mapping[str, Sequence[AttributeFacts]]
    measured: Sequence[Measured]
    """All verticals first; empty for a version that was not evaluated."""
    strategy: str
    """How it was trained, in a sentence."""
    params: Mapping[str, Any]
    code: str
    inputs_sha256: str
    libraries: Mapping[str, str]
    """{library: release}"""
    is_merged: bool = False
    """Full weights, not an adapter."""


def card_text(facts: CardFacts) -> str:
    """The card as Markdown."""
    parts = (_front, _intro, _use, _data, _schema, _accuracy, _limits, _training)
    return "\n".join(line for part in parts for line in part(facts)) + "\n"


def _front(facts: CardFacts) -> Iterator[str]:
    yield "---"
    yield f"library_name: {'transformers' if facts.is_merged else 'peft'}"
    yield "pipeline_tag: image-text-to-text"
    if facts.base_is_public:
        yield f"base_model: {json.dumps(facts.base_model)}"
        yield f"base_model_relation: {'merge' if facts.is_merged else 'adapter'}"
    yield "tags:"
    yield "- attrx"
    yield "- product-attributes"
    if not facts.is_merged:
        yield "- lora"
    yield "---"
    yield ""


def _intro(facts: CardFacts) -> Iterator[str]:
    kind = "A vision-language model" if facts.is_merged else "A LoRA adapter for a vision-language model"
    yield f"# {facts.name}"
    yield ""
    yield (
        f"{kind} that reads product attributes from the photos and the text of a listing. attrx made it as "
        f"model version {facts.version} on {facts.created}."
    )
    yield ""
    fingerprint = f" (fingerprint `{facts.base_fingerprint[:16]}`)" if facts.base_fingerprint else ""
    yield f"- Base model: `{facts.base_model}`{fingerprint}"
    yield f"- Trained on from: {facts.parent}"
    yield ""


def _use(facts: CardFacts) -> Iterator[str]:
    yield "## Use"
    yield ""
    yield "```python"
    yield "from transformers import AutoModelForImageTextToText, AutoProcessor"
    if facts.is_merged:
        yield ""
        yield 'model = AutoModelForImageTextToText.from_pretrained("this folder")'
        yield 'processor = AutoProcessor.from_pretrained("this folder")'
    else:
        yield "from peft import PeftModel"
        yield ""
        yield f"base = AutoModelForImageTextToText.from_pretrained({json.dumps(facts.base_model)})"
        yield 'model = PeftModel.from_pretrained(base, "this folder")'
        yield f"processor = AutoProcessor.from_pretrained({json.dumps(facts.base_model)})"
    yield "```"
    yield ""
    yield (
        "It expects the prompt that attrx writes: the photos in order, the vertical, title and description "
        "where there are any, the attribute with its description and allowed values, and the instruction to "
        "end with one line `Answer: ...`."
    )
    yield ""


def _data(facts: CardFacts) -> Iterator[str]:
    yield "## Data"
    yield ""
    uses = {
        "seed": "labelled by people, for SFT",
        "pool": "no labels, for votes and DPO",
        "gold": "measured on only",
    }
    counted = ((split, f"{facts.counts.get(split, 0):,}", use) for split, use in uses.items())
    yield from table(("split", "listings", "use"), counted, left=(0, 2))
    yield ""


def _attribute(one: AttributeFacts) -> str:
    return f"{one.name} ({one.values}{', several' if one.multi else ''})"


def _schema(facts: CardFacts) -> Iterator[str]:
    yield "## What it was taught to answer"
    yield ""
    taught = ((vertical, ", ".join(map(_attribute, asked))) for vertical, asked in facts.verticals.items())
    yield from table(("vertical", "attributes, with the number of allowed values"), taught, left=(0, 1))
    yield ""
    yield "Each question can also be answered with *not applicable*, *not visible* or *unknown*."
    yield ""


def _accuracy(facts: CardFacts) -> Iterator[str]:
    yield "## Accuracy on gold"
    yield ""
    if not facts.measured:
        yield "This version was not evaluated."
        yield ""
        return
    yield "One greedy answer a question, compared with the labels of people; 95 % Wilson intervals."
    yield ""
    measured = (
        (
            *(one.slice, f"{one.questions:,}", f"{100 * one.value:.1f} %"),
            f"{100 * one.low:.1f}–{100 * one.high:.1f} %",
        )
        for one in facts.measured
    )
    yield from table(("vertical", "questions", "accuracy", "interval"), measured)
    yield ""


def _limits(facts: CardFacts) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield (
        "- It was measured on listings of the catalogue it was trained for. On other shops, cameras or "
        "languages the accuracy is unknown."
    )
    yield "- It knows the verticals and attributes listed above. About others its answers mean nothing."
    yield "- The intervals take questions as independent. Questions about one listing are only nearly so."
    yield (
        "- It learns from its own votes. Where most chains agree on a wrong answer, training makes it surer "
        "of it: have people look at a random share of what is accepted."
    )
    yield "- The licence of the base model holds for this model too."
    yield ""


def _training(facts: CardFacts) -> Iterator[str]:
    yield "## How it was made"
    yield ""
    yield f"{facts.strategy} The method is that of arXiv 2507.19679."
    yield ""
    yield f"- Code: `{facts.code}`"
    yield f"- Frozen inputs, SHA-256: `{facts.inputs_sha256}`"
    for library, release in facts.libraries.items():
        yield f"- {library} {release}"
    yield ""
    yield "<details><summary>Parameters</summary>"
    yield ""
    yield "```json"
    yield json.dumps(facts.params, indent=1, ensure_ascii=False)
    yield "```"
    yield ""
    yield "</details>"
