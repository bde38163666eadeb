"""A progress bar follows what the stage reports."""

from __future__ import annotations

import pytest

from training.ml.progress import progress_bar, silent


def test_the_bar_shows_label_count_and_total_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("sample", unit="question") as progress:
        progress(3, 8)
        progress(8, 8)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "sample" in shown.err
    assert "8/8" in shown.err


def test_silent_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent(1, 2)
    assert capsys.readouterr() == ("", "")
