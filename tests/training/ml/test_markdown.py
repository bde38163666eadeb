"""Tables that stay tables, whatever their cells hold."""

from __future__ import annotations

from training.ml.markdown import table


def test_words_stand_left_and_numbers_right() -> None:
    assert list(table(("arm", "n", "why"), [("dpo", "5", "met")], left=(0, 2))) == [
        "| arm | n | why |",
        "|---|---:|---|",
        "| dpo | 5 | met |",
    ]


def test_a_cell_stays_a_cell() -> None:
    *_, row = table(("name",), [("a|b\nc  d",)])
    assert row == "| a\\|b c d |"
