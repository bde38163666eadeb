import json

from labeling.teacher.prompts import Style, Subject, messages, questions_of, single_text, whole_text
from tests.labeling.teacher.schemas import COLOR, PARTS
from training.ml import prompts as loop
from training.ml.records import Attribute, Listing, Question

WATCH = Subject("Watch", "Diver's watch", "Steel, 42 mm.")


def test_one_question_at_a_time_is_asked_word_for_word_as_the_loop_asks() -> None:
    for attribute in (COLOR, PARTS):
        question = Question(
            listing=Listing("w1", "Watch", (), "Diver's watch", "Steel, 42 mm."),
            attribute=Attribute(
                attribute.label,
                attribute.description,
                tuple(one.label for one in attribute.offered),
                attribute.multi,
            ),
        )
        [turn] = loop.prompt_messages(question)
        assert turn["content"] == [{"type": "text", "text": single_text(WATCH, attribute)}]


def test_photos_come_first_numbered_and_in_order() -> None:
    [turn] = messages(["data:1", "data:2"], "What is it?")
    assert turn == {
        "role": "user",
        "content": [
            {"type": "text", "text": "Photo 1: "},
            {"type": "image_url", "image_url": {"url": "data:1"}},
            {"type": "text", "text": "Photo 1\n"},
            {"type": "text", "text": "Photo 2: "},
            {"type": "image_url", "image_url": {"url": "data:2"}},
            {"type": "text", "text": "Photo 2\n"},
            {"type": "text", "text": "What is it?"},
        ],
    }


def test_one_request_for_all_says_everything_about_each_attribute() -> None:
    text = whole_text(WATCH, [COLOR, PARTS])
    for part in (
        "Vertical: Watch\nTitle: Diver's watch\nDescription: Steel, 42 mm.\n",
        "Question color: Colour. What is its main colour?\nGuideline: The largest area counts.\n"
        'Allowed values, one of: "Red" (also called crimson), "Navy blue" (also called dark blue)\n',
        'Allowed values, one or more of: "Strap", "Box, gift", "Case 5\\""\n',
        "- not_applicable: ",
        "- not_visible: ",
        "- unknown: ",
        "the codes of the questions: color, parts.",
    ):
        assert part in text
    assert "Mint" not in text
    example = json.loads(text.rpartition("For example: ")[2])
    assert example == {"color": {"values": ["Red"], "state": "", "evidence": 1}}


def test_a_listing_without_texts_has_no_empty_lines_for_them() -> None:
    assert Subject("Watch").text == "Vertical: Watch\n"


def test_a_style_says_how_many_requests_a_listing_takes() -> None:
    whole = questions_of(Style.WHOLE, WATCH, [COLOR, PARTS])
    single = questions_of(Style.SINGLE, WATCH, [COLOR, PARTS])
    assert [about for about, _ in whole] == [(COLOR, PARTS)]
    assert [about for about, _ in single] == [(COLOR,), (PARTS,)]
