import pytest

from training.answers import codes_of

CODES = {"red": "red", "Navy blue": "navy", "zip, hidden": "zip-hidden", "zip": "zip", "hidden": "hidden"}


@pytest.mark.parametrize(
    ("majority", "values", "state"),
    [
        ("Navy blue", ["navy"], ""),
        ("red, Navy blue", ["red", "navy"], ""),
        ("zip, hidden", ["zip-hidden"], ""),
        ("red, zip, hidden", ["red", "zip-hidden"], ""),
        ("not visible", [], "not_visible"),
        ("unknown", [], "unknown"),
        ("", [], ""),
        ("red, plaid", [], ""),
        ("Navy blue, red", [], ""),
    ],
)
def test_a_majority_is_read_back_into_codes(majority: str, values: list[str], state: str) -> None:
    assert codes_of(majority, CODES) == (values, state)
