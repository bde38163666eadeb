"""Labels by chance: one attribute of each vertical, the same each time, in all that is labelled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from training.ml.params import tiny_params
from training.ml.records import Attribute, Listing
from training.ml.splits import Splits
from training.ml.study.arm_run import Material
from training.ml.study.arms import ARMS
from training.ml.study.mislabelled import attributes_at_chance

CODES = ("heel", "strap", "toe")
SCHEMA = {
    vertical: {code: Attribute(code, code, ("a", "b", "c", "d")) for code in CODES}
    for vertical in ("boot", "sandal")
}
[ARM] = [arm for arm in ARMS if arm.at_chance]


def listings(role: str, count: int, *, codes: tuple[str, ...] = CODES) -> tuple[Listing, ...]:
    return tuple(
        Listing(
            f"{role} {vertical} {number}",
            vertical,
            (Path("1.jpg"), Path("2.jpg")),
            answers={code: "a" for code in codes},
            evidence={code: (2,) for code in codes},
        )
        for vertical in SCHEMA
        for number in range(count)
    )


SPLITS = Splits(seed=listings("seed", 10), gold=listings("gold", 200), pool=listings("pool", 4, codes=()))


def of_arm(seed: int, *, pool: int = 4) -> Splits:
    return Material(SCHEMA, SPLITS, {}, seed).of(ARM, pool=pool)


def test_every_value_of_one_attribute_a_vertical_is_as_likely_and_nothing_else_changes() -> None:
    found = of_arm(3)
    drawn = attributes_at_chance(SCHEMA, 3)
    for vertical, code in drawn.items():
        gold = [one for one in found.gold if one.vertical == vertical]
        counts = Counter(one.answers[code] for one in gold)
        assert set(counts) == {"a", "b", "c", "d"}
        assert max(counts.values()) < 80, "50 of each are expected of 200; 80 come once in a million draws"
        for other in set(CODES) - {code}:
            assert {one.answers[other] for one in gold} == {"a"}
        assert {tuple(one.evidence) for one in gold} == {tuple(name for name in CODES if name != code)}
    assert any(one.answers[drawn[one.vertical]] != "a" for one in found.seed)
    assert found.pool == SPLITS.pool


def test_a_seed_draws_the_same_again_and_another_seed_something_else() -> None:
    assert of_arm(3) == of_arm(3)
    assert of_arm(3, pool=1).gold == of_arm(3).gold
    assert of_arm(3).gold != of_arm(4).gold
    assert {attributes_at_chance(SCHEMA, seed)["boot"] for seed in range(20)} == set(CODES)


def test_what_nobody_answered_is_not_asked_by_chance_either() -> None:
    code = attributes_at_chance(SCHEMA, 3)["boot"]
    known = tuple(name for name in CODES if name != code)
    splits = Splits(seed=SPLITS.seed, gold=listings("gold", 2, codes=known), pool=SPLITS.pool)
    found = Material(SCHEMA, splits, {}, 3).of(ARM, pool=None)
    assert [set(one.answers) for one in found.gold if one.vertical == "boot"] == [set(known)] * 2


def test_it_starts_from_an_sft_of_its_own_and_is_measured_on_gold_of_its_own() -> None:
    assert ARM.own_sft(tiny_params()) and ARM.own_gold
    assert [arm.name for arm in ARMS if arm.own_gold] == [ARM.name]
