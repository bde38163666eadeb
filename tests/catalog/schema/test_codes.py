import pytest

from catalog.schema.codes import CODE_LENGTH, NAME_LENGTH, code_of


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Golden Delicious", "golden-delicious"),
        ("Color-Blocked", "color-blocked"),
        ("garment_type", "garment_type"),
        ("Über", "über"),
        ("帽子", "帽子"),
    ],
)
def test_a_name_that_a_slug_can_hold_is_its_slug(name: str, code: str) -> None:
    assert code_of(name) == code


@pytest.mark.parametrize("names", [("1.5", "15"), ("<1 l", ">1 l"), ("C", "C++"), ("+", "-")])
def test_names_that_slugs_cannot_tell_apart_get_different_codes(names: tuple[str, str]) -> None:
    assert code_of(names[0]) != code_of(names[1])


def test_a_code_does_not_change_between_versions() -> None:
    assert code_of("1.5") == "15-9f29a1"


@pytest.mark.parametrize("name", ["½" * NAME_LENGTH, "㎏" * NAME_LENGTH, "x" * NAME_LENGTH])
def test_a_code_fits_its_column(name: str) -> None:
    assert 0 < len(code_of(name)) <= CODE_LENGTH
