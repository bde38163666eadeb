"""Whether chains look where the answer is, and what an arm is kept as."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.ml.prompts import named_photo, write_chain
from training.ml.records import Attribute, Chain, Listing, Question
from training.ml.study.arm_run import ArmRun, Reading, Step, kept, reading

HEEL = Attribute("heel", "Shape of the heel", ("flat", "wedge"))
SHOE = Listing(
    "shoe", "sandal", (Path("1.jpg"), Path("2.jpg")), answers={"heel": "flat"}, evidence={"heel": (2,)}
)
KNOWN = {"shoe/heel": Question(SHOE, HEEL)}


def said(photo: int, answer: str | None, *, question: str = "shoe/heel") -> Chain:
    text = write_chain(photo=photo, answer=answer) if answer else "nothing"
    return Chain(question, 0, text, answer, -1.0)


def test_chains_that_look_at_the_evidence_are_counted_apart_from_those_that_guess() -> None:
    chains = [said(2, "flat"), said(2, "flat"), said(2, "flat"), said(2, "wedge"), said(1, "wedge")]
    found = reading([*chains, said(1, "flat", question="another/heel")], KNOWN)
    assert found == Reading(right=0.6, names_evidence=0.8, right_there=0.75, right_elsewhere=0.0)


def test_a_chain_that_names_no_photo_looks_at_no_evidence() -> None:
    found = reading([said(2, None)], KNOWN)
    assert found == Reading(right=0.0, names_evidence=0.0, right_there=None, right_elsewhere=0.0)


def test_without_chains_nothing_is_said() -> None:
    assert reading([], KNOWN) is None


@pytest.mark.parametrize(
    ("chain", "photo"),
    [(write_chain(photo=3, answer="red"), 3), ("Photo shows red", None), ("I see Photo 1 shows", None)],
)
def test_the_named_photo_is_the_one_that_a_written_chain_looks_at(chain: str, photo: int | None) -> None:
    assert named_photo(chain) == photo


def test_a_run_is_made_once_and_read_as_it_was_written(tmp_path: Path) -> None:
    steps = [
        Step("sft", 0.5, 0.75, 0.6, {"cap": 0.5}),
        Step("1", 0.75, 0.75, 0.8, {"cap": 0.75}, 40, Reading(0.7, 0.9, 0.8, None)),
    ]
    run = ArmRun("dpo", 3, 24, 96, 0.25, steps, 12.5)
    path = tmp_path / "done" / "dpo.json"
    assert kept(path, lambda: run) == run
    assert kept(path, lambda: pytest.fail("it is there")) == run
    assert run.last.head_room == 0
    assert steps[0].head_room == 0.25
