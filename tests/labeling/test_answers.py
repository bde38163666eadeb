import re
from collections.abc import Collection

import pytest

from labeling.answers import AUTHORITY, Rules, gives_way
from labeling.errors import LabelingError
from labeling.models import Provenance

ONE = Rules("strap", multi=False, value_codes=("leather", "steel"))
MANY = Rules("hands", multi=True, value_codes=("hour", "minute", "second"))


def test_values_come_in_the_order_of_the_attribute_and_once() -> None:
    assert MANY.checked(where="here", values=["second", "hour", "second"], state="") == ["hour", "second"]


def test_a_state_has_no_values() -> None:
    assert ONE.checked(where="here", values=[], state="unknown") == []


@pytest.mark.parametrize(
    ("rules", "values", "state", "message"),
    [
        (ONE, ["steel"], "unknown", "both the values ['steel'] and the state 'unknown': give one of them"),
        (ONE, [], "hidden", "'hidden' is no state: use one of not_applicable, not_visible, unknown"),
        (
            ONE,
            [],
            "",
            "no answer: give one of leather, steel or a state (not_applicable, not_visible, unknown)",
        ),
        (ONE, ["gold"], "", "'gold' is not allowed: give one of leather, steel"),
        (ONE, ["Steel"], "", "'Steel' is not allowed"),
        (
            ONE,
            ["leather", "steel"],
            "",
            "['leather', 'steel'] are several values: give one of leather, steel",
        ),
        (MANY, ["hour", "fourth"], "", "'fourth' is not allowed: give one or more of hour, minute, second"),
    ],
)
def test_an_answer_that_is_not_allowed_is_named(
    rules: Rules, values: Collection[str], state: str, message: str
) -> None:
    with pytest.raises(LabelingError, match=re.escape(message)) as raised:
        rules.checked(where="here", values=values, state=state)
    assert str(raised.value).startswith("here: ")


def test_every_provenance_has_its_authority() -> None:
    assert set(AUTHORITY) == set(Provenance.values)


@pytest.mark.parametrize(
    ("kept", "to", "replaced"),
    [
        ("import", "import", True),
        ("import", "annotation", True),
        ("annotation", "import", False),
        ("annotation", "annotation", True),
        ("adjudication", "annotation", False),
        ("verdict", "annotation", False),
        ("verdict", "adjudication", True),
        ("adjudication", "verdict", True),
    ],
)
def test_a_label_gives_way_to_as_much_authority(kept: str, to: str, replaced: bool) -> None:
    assert gives_way(kept, to=to) is replaced
