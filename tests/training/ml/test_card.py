from dataclasses import replace
from typing import Any

import pytest
from huggingface_hub import ModelCard

from training.ml.card import AttributeFacts, CardFacts, Measured, card_text

FACTS = CardFacts(
    name="Round 3, iteration 2",
    version=7,
    base_model="Qwen/Qwen2.5-VL-3B-Instruct",
    base_is_public=True,
    base_fingerprint="",
    parent="Round 3, iteration 1",
    created="2026-11-26",
    counts={"seed": 120, "gold": 240, "pool": 5000},
    verticals={"kurta": [AttributeFacts("neckline", 7, False), AttributeFacts("a|b", 3, True)]},
    measured=[Measured("All verticals", 1200, 0.857, 0.836, 0.876)],
    strategy="Fine-tune on the seed labels, then learn from the votes.",
    params={"seed": 0, "model": {"base": "Qwen/Qwen2.5-VL-3B-Instruct"}},
    code="0123456789abcdef",
    inputs_sha256="def",
    libraries={"torch": "2.13.0"},
)


def front_of(facts: CardFacts) -> dict[str, Any]:
    """The front matter as the model hub reads it."""
    data = ModelCard(card_text(facts)).data
    told: dict[str, Any] = data.to_dict()  # type: ignore[no-untyped-call]  # unannotated there
    return told


def test_a_hub_reads_what_kind_of_model_it_is() -> None:
    front = front_of(FACTS)
    assert front["library_name"] == "peft"
    assert front["pipeline_tag"] == "image-text-to-text"
    assert front["base_model"] == "Qwen/Qwen2.5-VL-3B-Instruct"
    assert front["base_model_relation"] == "adapter"
    assert front["tags"] == ["attrx", "product-attributes", "lora"]


def test_merged_weights_are_told_from_an_adapter() -> None:
    front = front_of(replace(FACTS, is_merged=True))
    assert (front["library_name"], front["base_model_relation"]) == ("transformers", "merge")
    assert "PeftModel" in card_text(FACTS)
    assert "PeftModel" not in card_text(replace(FACTS, is_merged=True))


def test_a_base_model_that_only_a_folder_holds_is_told_by_its_fingerprint() -> None:
    facts = replace(FACTS, base_model="tiny", base_is_public=False, base_fingerprint="abcdef" * 10)
    assert "base_model" not in front_of(facts)
    assert "- Base model: `tiny` (fingerprint `abcdefabcdefabcd`)" in card_text(facts)


@pytest.mark.parametrize(
    "line",
    [
        "# Round 3, iteration 2",
        "- Trained on from: Round 3, iteration 1",
        "| pool | 5,000 | no labels, for votes and DPO |",
        "| kurta | neckline (7), a\\|b (3, several) |",
        "| All verticals | 1,200 | 85.7 % | 83.6–87.6 % |",
        "- Code: `0123456789abcdef`",
        "- torch 2.13.0",
        "## Limits",
    ],
)
def test_the_card_says(line: str) -> None:
    assert line in card_text(FACTS).splitlines()


def test_a_version_without_figures_says_so() -> None:
    assert "This version was not evaluated." in card_text(replace(FACTS, measured=[]))


def test_the_python_of_the_card_is_python() -> None:
    for facts in (FACTS, replace(FACTS, is_merged=True)):
        code = card_text(facts).partition("```python\n")[2].partition("```")[0]
        compile(code, "card", "exec")
