"""What people confirmed becomes an answer with a weight and a chain as SFT writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from training.ml.confirmed import confirmed_answers
from training.ml.params import LoopParams, SFTParams
from training.ml.prompts import parse_answer
from training.ml.records import Attribute, Listing, questions_of
from training.ml.sft import sft_rows

COLOUR = Attribute("colour", "Main colour", ("red", "green"))
SCHEMA = {"cap": {"colour": COLOUR, "shape": Attribute("shape", "Shape", ("round", "flat"))}}
CAP = Listing(
    "cap-1",
    "cap",
    (Path("1.png"), Path("2.png"), Path("3.png")),
    answers={"colour": "green"},
    evidence={"colour": (3,)},
    weights={"colour": 0.8},
)
QUESTIONS = questions_of([CAP], SCHEMA, answered=True)


def test_an_answer_comes_with_its_weight_and_a_chain_about_its_evidence() -> None:
    [(question_id, found)] = confirmed_answers(QUESTIONS, LoopParams(), write=True).items()
    assert (question_id, found.answer, found.weight) == ("cap-1/colour", "green", 0.8)
    assert not found.is_unreasoned
    assert "Photo 3" in found.written
    assert parse_answer(found.written, COLOUR) == "green"


def test_the_chain_is_the_one_that_sft_teaches() -> None:
    params = LoopParams(sft=SFTParams(use_evidence=False), seed=4)
    [found] = confirmed_answers(QUESTIONS, params, write=True).values()
    [(_, taught)] = sft_rows(QUESTIONS, params.sft, seed=params.seed)
    assert found.written == taught


def test_nothing_is_written_where_it_is_not_wanted() -> None:
    found = confirmed_answers(QUESTIONS, LoopParams(), write=False)
    assert [one.written for one in found.values()] == [""]


def test_wrong_reasoning_is_known_of_the_attribute_that_it_is_about() -> None:
    listing = replace(
        CAP, answers={"colour": "green", "shape": "flat"}, unreasoned=frozenset({"shape"}), weights={}
    )
    found = confirmed_answers(questions_of([listing], SCHEMA, answered=True), LoopParams(), write=True)
    assert {name: one.is_unreasoned for name, one in found.items()} == {
        "cap-1/colour": False,
        "cap-1/shape": True,
    }
    assert {one.weight for one in found.values()} == {1.0}
