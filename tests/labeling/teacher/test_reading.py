"""What a teacher says is read strictly: an answer is one that the schema allows, or none."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.schema.parts import AttributeSpec
from catalog.states import State
from labeling.teacher.prompts import Style
from labeling.teacher.reading import Proposed, Reading, read
from tests.labeling.teacher.schemas import COLOR, PARTS, value

GOOD = '{"color": {"values": ["Red"], "state": "", "evidence": 2}}'
RED = Proposed(("red",), "", 2)


def whole(text: str, *attributes: AttributeSpec, cut: bool = False) -> Reading:
    return read(Style.WHOLE, text, attributes or (COLOR,), photos=3, cut=cut)


def single(text: str, attribute: AttributeSpec = COLOR) -> Reading:
    return read(Style.SINGLE, text, (attribute,), photos=3)


def entry(**fields: Any) -> str:
    return json.dumps({"color": fields})


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here is the answer:\n{GOOD}\nI hope that helps.",
        f'<think>Perhaps {{"color": {{"values": ["Navy blue"]}}}}?</think>{GOOD}',
        GOOD.replace('"state": ""', '"state": null'),
        GOOD.replace('"state": "", ', ""),
        GOOD.replace("color", "Colour"),
        GOOD.replace("Red", "red"),
        GOOD.replace("Red", " CRIMSON "),
        GOOD[:-1] + ', "weight": {"values": ["Red"]}}',
    ],
)
def test_a_good_answer_is_read_whatever_stands_around_it(text: str) -> None:
    assert whole(text) == Reading({"color": RED})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it said nothing"),
        ("   \n", "it said nothing"),
        ("I cannot help with that.", "there is no JSON object in it"),
        (GOOD[:-3], "its JSON is broken (Expecting value: line 1 column 56 (char 55))"),
        (f"{GOOD} or {GOOD}", "there are several JSON objects in it"),
        (GOOD.replace("2", "NaN"), "its JSON is broken (NaN is no JSON)"),
        ("{}", "it is not answered"),
        (f'{GOOD[:-1]}, "colour": {{"values": ["Red"]}}}}', "it is answered twice"),
        ('{"color": "Red"}', """'Red' is no object with "values" and "state\""""),
        ('{"color": ["Red"]}', """['Red'] is no object with "values" and "state\""""),
        (entry(values="Red"), "its values are 'Red', which is no list"),
        (entry(values={"a": 1}), "its values are {'a': 1}, which is no list"),
        (entry(values=[1]), "its values have 1, which is no text"),
        (entry(values=[{"code": "red"}]), "its values have {'code': 'red'}, which is no text"),
        (entry(values=["Red"], state=["unknown"]), "its state is ['unknown'], which is no text"),
        ('{"color": {"values": ["Red"], "values": ["Navy blue"]}}', "its object names something twice"),
        (entry(values=["Green"]), "'Green' is not an allowed value"),
        (entry(values=["Mint"]), "'Mint' is not an allowed value"),
        (entry(values=["x" * 500]), f"'{'x' * 59}… is not an allowed value"),
        (entry(values=["Red", "Navy blue"]), "it takes one value, not 2"),
        (entry(values=["Red"], state="unknown"), "it has both values and a state"),
        (entry(values=[], state=""), "it has neither values nor a state"),
        (entry(values=[], state="dirty"), "'dirty' is no state"),
    ],
)
def test_anything_else_is_no_answer_and_says_why(text: str, reason: str) -> None:
    reading = whole(text)
    assert reading.answers == {}
    assert reading.problems["color"].startswith(reason)


@pytest.mark.parametrize("part", ["{", '{"a":', "[" * 9 + "{"])
def test_brackets_without_end_are_no_answer(part: str) -> None:
    assert whole(part * 100_000).problems["color"].startswith("its JSON is broken")


def test_a_text_that_was_cut_off_says_what_to_do() -> None:
    assert (
        whole(GOOD[:-3], cut=True)
        .problems["color"]
        .endswith("; it was cut off: allow more tokens for an answer")
    )
    assert whole(GOOD, cut=True).answers == {"color": RED}


def test_each_attribute_is_judged_by_itself() -> None:
    text = json.dumps({"color": {"values": ["Teal"]}, "parts": {"values": ["box, gift", "strap", "Strap"]}})
    reading = whole(text, COLOR, PARTS)
    assert reading.answers == {"parts": Proposed(("strap", "box-gift"))}
    assert reading.problems == {"color": "'Teal' is not an allowed value"}


@pytest.mark.parametrize("state", ["not_visible", "not visible", "Not-Visible"])
def test_a_state_is_read_in_any_spelling(state: str) -> None:
    assert whole(entry(values=[], state=state)).answers == {"color": Proposed((), "not_visible")}


@pytest.mark.parametrize("evidence", [0, 4, -1, "2", True, 1.5, [1], {"photo": 1}])
def test_a_photo_that_is_not_there_is_left_out_and_the_answer_kept(evidence: object) -> None:
    reading = whole(entry(values=["Red"], evidence=evidence))
    assert reading.answers == {"color": Proposed(("red",))}
    assert "the answer is kept without it" in reading.problems["color"]


def test_a_name_that_may_mean_two_values_is_no_answer_unless_it_is_written_as_one_of_them() -> None:
    renamed = AttributeSpec(
        "color", "Colour", values=(value("Crimson", code="red"), value("Red", code="red-2"))
    )
    assert whole(entry(values=["Red"]), renamed).answers == {"color": Proposed(("red-2",))}
    assert whole(entry(values=["red"]), renamed).problems == {"color": "'red' may mean red or red-2"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Photo 2 shows red.\nAnswer: red", Proposed(("red",))),
        ("Answer: Navy blue\nNo, wait.\n**answer:** Red.", Proposed(("red",))),
        ("Answer: not visible", Proposed((), "not_visible")),
        ("<think>Answer: Red</think>Answer: dark blue", Proposed(("navy-blue",))),
    ],
)
def test_an_answer_line_is_read(text: str, answer: Proposed) -> None:
    assert single(text) == Reading({"color": answer})


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("strap, box, gift", None),
        ("Box, gift", ("box-gift",)),
        ("Strap; Case 5", None),
        ('Strap; Case 5"', ("strap", "small-case")),
        ('Case 5"', ("small-case",)),
        ("Strap | strap", ("strap",)),
    ],
)
def test_several_values_on_an_answer_line_are_read_or_none_of_them(
    line: str, values: tuple[str, ...] | None
) -> None:
    reading = single(f"Answer: {line}", PARTS)
    assert reading.answers == ({"parts": Proposed(values)} if values else {})
    assert bool(reading.problems) is (values is None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It is red.", 'there is no line "Answer: ..." in it'),
        ("Answer:", "its answer line is empty"),
        ("Answer: '.'", "its answer line is empty"),
        ("Answer: red or navy blue", "'red or navy blue' is not an allowed value"),
        ("Answer: red, navy blue", "'red, navy blue' is not an allowed value"),
    ],
)
def test_any_other_line_is_no_answer(text: str, reason: str) -> None:
    assert single(text) == Reading(problems={"color": reason})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["Red", "crimson", "unknown"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["values", "state", "evidence", "color", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(
    said=JSON.map(json.dumps) | st.text(max_size=60), around=st.text(max_size=8), style=st.sampled_from(Style)
)
def test_whatever_is_said_only_allowed_answers_come_out(said: str, around: str, style: Style) -> None:
    reading = read(style, f"{around}{said}", (COLOR,), photos=3)
    for answer in reading.answers.values():
        assert set(answer.values) <= {"red", "navy-blue"} and len(answer.values) <= 1
        assert bool(answer.values) is not bool(answer.state)
        assert not answer.state or answer.state in set(State)
        assert answer.evidence in (None, 1, 2, 3)
    assert {*reading.answers, *reading.problems} == {"color"}
