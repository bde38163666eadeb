import json
from collections import Counter
from pathlib import Path

import pytest

from training.ml.records import write_jsonl
from training.ml.study.known import Known, Reviewer, drawn_gold, pool_of
from training.ml.study.simulated import SimulatedParams, simulate
from training.ml.study.votes import read_known

SMALL = SimulatedParams(verticals=2, attributes=3, listings=150)


def known(truth: str, counts: dict[str, int], number: int = 0) -> Known:
    return Known(
        f"g{number}/colour", f"g{number}", "cap", "colour", ("red", "blue", "green"), truth, counts, 8
    )


def test_a_question_as_routing_and_calibration_see_it() -> None:
    one = known("red", {"blue": 5, "red": 3})
    assert (one.majority, one.right, one.agreement) == ("blue", False, 5 / 8)
    assert one.asked().counts == one.counts and one.asked().agreement == 5 / 8
    assert (one.judged("blue").correct, one.judged("red").correct) == (True, False)
    silent = known("red", {})
    assert (silent.majority, silent.right, silent.agreement) == (None, False, 0.0)


def test_a_reviewer_errs_as_often_as_said_and_each_time_alike() -> None:
    questions = [known("red", {"red": 8}, number) for number in range(2000)]
    erring = Reviewer(errs=0.1)
    answers = [erring.answer(one) for one in questions]
    assert answers == [erring.answer(one) for one in questions]
    wrong = Counter(answer for answer in answers if answer != "red")
    assert 150 < wrong.total() < 250 and wrong.keys() == {"blue", "green"}
    assert {Reviewer().answer(one) for one in questions} == {"red"}


def test_a_settled_audit_errs_only_with_the_majority() -> None:
    questions = [known("red", {"blue": 8}, number) for number in range(2000)]
    audits = {Reviewer(errs=0.5, settled=True).audit(one) for one in questions}
    assert audits == {"red", "blue"}
    assert (Reviewer(errs=0.1).reliability, Reviewer(errs=0.1, settled=True).reliability) == (0.9, 1.0)


def test_gold_is_so_many_listings_of_each_vertical() -> None:
    questions = simulate(SMALL, seed=0)
    gold, others = drawn_gold(questions, per_vertical=20, seed=1)
    groups = {one.group for one in gold}
    assert Counter(group.split("-")[0] for group in groups) == {"v0": 20, "v1": 20}
    assert not groups & {one.group for one in others}
    assert len(gold) + len(others) == len(questions)
    assert drawn_gold(questions, per_vertical=20, seed=2)[0] != gold


def test_the_pool_is_counted() -> None:
    questions = [
        known("red", {"red": 8}),
        known("red", {"red": 8}, 1),
        known("red", {"blue": 4, "red": 4}, 2),
    ]
    assert pool_of(questions) == {("cap", "colour"): {1.0: 2, 0.5: 1}}


def test_votes_come_back_from_their_file(tmp_path: Path) -> None:
    questions = simulate(SMALL, seed=0)[:10]
    write_jsonl(tmp_path / "votes.jsonl", questions)
    assert read_known(tmp_path / "votes.jsonl") == questions
    assert json.loads((tmp_path / "votes.jsonl").read_text().splitlines()[0])["truth"] == questions[0].truth


def test_the_same_seed_simulates_the_same() -> None:
    assert simulate(SMALL, seed=3) == simulate(SMALL, seed=3) != simulate(SMALL, seed=4)


def test_simulated_agreement_tells_right_from_wrong_but_not_all() -> None:
    questions = simulate(SimulatedParams(), seed=0)
    share = {
        votes: sum(one.right for one in own) / len(own)
        for votes in (4, 6, 8)
        if (own := [one for one in questions if one.agreement == votes / 8])
    }
    assert share[4] < 0.7 < share[6] < 0.9 < share[8] < 0.99
    assert sum(one.right for one in questions) / len(questions) == pytest.approx(0.86, abs=0.03)
