"""Two-sample tests: exact where another computation is at hand, and at their level where there is nothing."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from training.ml.twosample import energy_shift, holm, mean_fall, mix_change, rise_p


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestEnergyShift:
    def test_it_is_the_energy_coefficient_of_the_definition(self) -> None:
        draw = random()
        week, reference = draw.normal(0, 1, (9, 3)), draw.normal(2, 1, (14, 3))
        both = np.concatenate([week, reference])
        standard = (both - both.mean(axis=0)) / both.std(axis=0)
        left, _, _ = np.linalg.svd(standard, full_matrices=False)
        a, b = np.split(left * np.sqrt(len(both)), [9])
        across = cdist(a, b).mean()
        within = cdist(a, a).sum() / (9 * 8) + cdist(b, b).sum() / (14 * 13)
        found = energy_shift(week, reference, most=99, random=draw)
        assert found.value == pytest.approx((2 * across - within) / (2 * across))

    def test_a_shift_has_the_smallest_p_value_that_the_draws_allow(self) -> None:
        draw = random()
        found = energy_shift(draw.normal(3, 1, (30, 5)), draw.normal(0, 1, (60, 5)), most=999, random=draw)
        assert found.p == 1 / 1000

    def test_p_values_without_a_shift_are_uniform(self) -> None:
        draw = random()
        p_values = []
        for _ in range(200):
            vectors = draw.exponential(1, (60, 4))
            p_values.append(energy_shift(vectors[:20], vectors[20:], most=499, random=draw).p)
        assert np.mean(np.array(p_values) <= 0.05) <= 0.09
        assert 0.4 < np.mean(p_values) < 0.6

    def test_vectors_that_are_all_the_same_do_not_differ(self) -> None:
        found = energy_shift(np.ones((20, 3)), np.ones((30, 3)), most=99, random=random())
        assert (found.value, found.p) == (0.0, 20 / 20)

    def test_a_broken_colour_is_found_among_many_dimensions(self) -> None:
        draw = random()
        week, reference = draw.normal(0, 1, (60, 200)), draw.normal(0, 1, (240, 200))
        common = draw.normal(0, 1, (300, 1)) @ np.ones((1, 20))
        week[:, :20] += common[:60] + 1.5
        reference[:, :20] += common[60:]
        assert energy_shift(week, reference, most=9999, random=draw).p < 0.001


class TestMixChange:
    def test_it_is_the_population_stability_index(self) -> None:
        week, reference = np.array([30, 10, 0]), np.array([50, 40, 10])
        a, b = (np.array(counts) + 0.5 for counts in (week, reference))
        expected = np.sum((a / a.sum() - b / b.sum()) * np.log((a / a.sum()) / (b / b.sum())))
        assert mix_change(week, reference, most=99, random=random()).value == pytest.approx(expected)

    def test_its_p_value_is_close_to_that_of_the_chi_square_test(self) -> None:
        week, reference = np.array([30, 40, 30]), np.array([100, 70, 80])
        expected = stats.chi2_contingency(np.stack([week, reference])).pvalue
        found = mix_change(week, reference, most=20_000, random=random())
        assert found.p == pytest.approx(expected, rel=0.5)

    def test_p_values_without_a_change_are_uniform(self) -> None:
        draw = random()
        p_values = [
            mix_change(
                draw.multinomial(50, [0.6, 0.3, 0.1]),
                draw.multinomial(200, [0.6, 0.3, 0.1]),
                most=999,
                random=draw,
            ).p
            for _ in range(400)
        ]
        assert np.mean(np.array(p_values) <= 0.05) <= 0.08


class TestMeanFall:
    def test_it_is_close_to_the_t_test_of_large_samples(self) -> None:
        draw = random()
        week, reference = draw.normal(0.0, 1, 200), draw.normal(0.15, 1, 400)
        expected = stats.ttest_ind(week, reference, alternative="less").pvalue
        found = mean_fall(week, reference, most=20_000, random=draw)
        assert found.value == pytest.approx(reference.mean() - week.mean())
        assert found.p == pytest.approx(expected, rel=0.5)

    def test_a_rise_is_no_fall(self) -> None:
        draw = random()
        assert mean_fall(draw.normal(1, 1, 50), draw.normal(0, 1, 100), most=999, random=draw).p > 0.9


@pytest.mark.parametrize("counts", [(3, 12, 1, 96), (0, 10, 4, 40), (10, 10, 0, 30), (5, 50, 30, 300)])
def test_the_rise_of_a_share_is_fishers_exact_test(counts: tuple[int, int, int, int]) -> None:
    hits, of, before, before_of = counts
    table = [[hits, of - hits], [before, before_of - before]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert rise_p(hits, of, before, before_of) == pytest.approx(expected)


def test_holm_is_as_others_compute_it() -> None:
    # Computed by hand: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []
