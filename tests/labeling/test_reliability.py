import random

import pytest

from labeling.reliability import Checks, Reliability, check, together


def test_an_adjudication_decides_over_everybody_but_the_adjudicator() -> None:
    assert check({1: "red", 2: "blue"}, (3, "red")) == {1: Checks(1, 0), 2: Checks(0, 1)}
    assert check({1: "red", 2: "blue"}, (1, "red")) == {2: Checks(0, 1)}


def test_one_answer_alone_tells_nothing() -> None:
    assert check({1: "red"}) == {}
    assert check({}) == {}


def test_without_an_adjudication_one_of_those_who_answered_is_right() -> None:
    assert check({1: "red", 2: "red"}) == {1: Checks(1, 0), 2: Checks(1, 0)}
    assert check({1: "red", 2: "blue"}) == {1: Checks(0.5, 0.5), 2: Checks(0.5, 0.5)}
    three = check({1: "red", 2: "red", 3: "blue"})
    assert {person: round(found.right, 3) for person, found in three.items()} == {
        1: 0.667,
        2: 0.667,
        3: 0.333,
    }


def test_without_checks_everybody_is_as_reliable_as_was_assumed() -> None:
    nobody = Reliability({})
    estimates = [nobody.everybody(), nobody.of_person(1), nobody.of(1, 7)]
    assert [one.mean for one in estimates] == pytest.approx([0.9] * 3)
    assert nobody.people == [] and nobody.attributes_of(1) == []


def test_few_checks_are_drawn_to_the_person_and_many_speak_for_themselves() -> None:
    others = {(2, attribute): Checks(95, 5) for attribute in (7, 8)}
    few = Reliability({**others, (1, 7): Checks(0, 2), (1, 8): Checks(100, 0)})
    many = Reliability({**others, (1, 7): Checks(0, 200), (1, 8): Checks(100, 0)})
    assert few.of(1, 7).mean > 0.75
    assert many.of(1, 7).mean < 0.1
    assert few.of(1, 8).mean > 0.95
    assert few.of(1, 9).mean == pytest.approx(few.of_person(1).mean, abs=1e-12)
    assert few.of(3, 7).mean == pytest.approx(few.of_person(3).mean, abs=1e-12)


def test_more_checks_narrow_the_interval() -> None:
    widths = []
    for checked in (2, 20, 200):
        one = Reliability({(1, 7): Checks(0.9 * checked, 0.1 * checked)}).of(1, 7)
        assert one.low < one.mean < one.high
        widths.append(one.high - one.low)
    assert widths == sorted(widths, reverse=True)


def test_those_who_agree_are_surer_than_each_alone() -> None:
    assert together([0.9]) == pytest.approx(0.9)
    assert together([0.9, 0.9]) == pytest.approx(81 / 82)
    assert together([0.9, 0.5]) == pytest.approx(0.9)
    assert together([1.0, 1.0]) < 1
    assert together([]) == 0.5


class Office:
    """People who err by chance, some of whose verdicts a second person and then a third one looks at."""

    def __init__(self, errs: dict[int, float], *, answers: int, seed: int) -> None:
        self.errs, self.answers = errs, answers
        self.chance = random.Random(seed)

    def says(self, person: int) -> int:
        """0 is the truth."""
        return self.chance.randrange(1, self.answers) if self.chance.random() < self.errs[person] else 0

    def question(self, *, decided: float) -> dict[int, Checks]:
        """What a question tells that two people answered; of those disputed such a share is adjudicated."""
        first, second, third = self.chance.sample(list(self.errs), 3)
        said = {first: self.says(first), second: self.says(second)}
        is_decided = len(set(said.values())) > 1 and self.chance.random() < decided
        return check(said, (third, 0) if is_decided else None)

    def reliability(self, questions: int, *, decided: float = 1.0) -> Reliability:
        """After so many questions of one attribute."""
        sums: dict[tuple[int, int], Checks] = {}
        for _ in range(questions):
            for person, found in self.question(decided=decided).items():
                sums[person, 7] = sums.get((person, 7), Checks()) + found
        return Reliability(sums)


@pytest.mark.parametrize("answers", [2, 6])
@pytest.mark.parametrize("decided", [1.0, 0.5])
def test_simulated_reviewers_are_told_apart(answers: int, decided: float) -> None:
    errs = {1: 0.02, 2: 0.05, 3: 0.1, 4: 0.2, 5: 0.1}
    found = Office(errs, answers=answers, seed=1).reliability(8000, decided=decided)
    for person, rate in errs.items():
        # Half of what is not decided yet counts for everybody alike, which blurs people but not the mean.
        assert found.of(person, 7).mean == pytest.approx(1 - rate, abs=0.025 if decided == 1 else 0.06)
    ranked = sorted(errs, key=lambda person: found.of(person, 7).mean)
    assert ranked[0] == 4 and ranked[-1] == 1
    mean = sum(errs.values()) / len(errs)
    assert found.everybody().mean == pytest.approx(1 - mean, abs=0.02)


def test_errors_alike_are_made_up_for() -> None:
    """With two answers and everybody wrong one time in five, plain agreement would say 16 %."""
    found = Office(dict.fromkeys(range(1, 6), 0.2), answers=2, seed=2).reliability(20_000).everybody()
    assert found.checks.wrong / found.checks.count == pytest.approx(0.16, abs=0.01)
    assert found.mean == pytest.approx(0.8, abs=0.012)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Rates are drawn anew for each office, as the prior has them."""
    covered = asked = 0
    for seed in range(200):
        draw = random.Random(seed)
        errs = {person: draw.betavariate(2, 18) for person in range(1, 7)}
        found = Office(errs, answers=4, seed=seed).reliability(120)
        for person, rate in errs.items():
            one = found.of(person, 7)
            covered += one.low <= 1 - rate <= one.high
            asked += 1
    assert asked == 1200
    assert 0.93 <= covered / asked <= 0.97
