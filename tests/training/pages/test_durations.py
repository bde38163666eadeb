import pytest

from training.pages.durations import duration_text, rough_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (4.24, "4.2 s"),
        (45.4, "45 s"),
        (59.9, "1 min"),
        (200, "3 min 20 s"),
        (7200, "2 h"),
        (7530, "2 h 5 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (20, "less than a minute"),
        (250, "about 4 min"),
        (5000, "about 83 min"),
        (11_000, "about 3 h"),
        (300_000, "about 3 days"),
    ],
)
def test_a_guess_is_rough(seconds: float, text: str) -> None:
    assert rough_text(seconds) == text
