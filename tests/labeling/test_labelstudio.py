from typing import Any
from xml.etree import ElementTree

import pytest

from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from labeling.answers import Given
from labeling.errors import LabelingError
from labeling.labelstudio import Choice, config_xml, read_answers, task_json

ATTRIBUTES = {"strap", "hands", "dial-colour"}
WATCH = VerticalSpec(
    "watch",
    "Watch",
    (
        AttributeSpec(
            "strap", "Strap", values=(ValueSpec("steel", "Steel & <mesh>"), ValueSpec("cord", "Cord"))
        ),
        AttributeSpec(
            "photos",
            "Photos",
            multi=True,
            required=False,
            values=tuple(ValueSpec(f"v{number}", f"V{number}") for number in range(13)),
        ),
        AttributeSpec("old", "Old", retired=True),
    ),
)


def result(control: str, *choices: str, kind: str = "choices") -> dict[str, Any]:
    return {"from_name": control, "to_name": "photos", "type": kind, "value": {kind: list(choices)}}


def annotation(number: int, created: str, *results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": number, "created_at": created, "result": list(results)} | fields


def task(number: int, *annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"id": number, "data": {"listing_id": "w1"} | data, "annotations": list(annotations)}


def read(*tasks: dict[str, Any], key: str = "listing_id") -> list[tuple[str, str, tuple[str, ...]]]:
    found = list(read_answers(tasks, key=key, attributes=ATTRIBUTES))
    assert all(isinstance(one, Given) for one in found), found
    return [(one.listing, one.attribute, one.values) for one in found if isinstance(one, Given)]


def problems(*tasks: dict[str, Any]) -> list[str]:
    found = read_answers(tasks, attributes=ATTRIBUTES)
    return [str(one) for one in found if isinstance(one, LabelingError)]


def test_the_choices_of_an_annotation_are_answers() -> None:
    given = annotation(1, "2025-01-01", result("strap", "Steel"), result("hands", "Hour", "Second"))
    assert read(task(7, given)) == [("w1", "strap", ("Steel",)), ("w1", "hands", ("Hour", "Second"))]


def test_a_taxonomy_answers_with_the_end_of_each_path() -> None:
    taxonomy = {"from_name": "strap", "type": "taxonomy", "value": {"taxonomy": [["Metal", "Steel"]]}}
    assert read(task(7, annotation(1, "2025", taxonomy))) == [("w1", "strap", ("Steel",))]
    nested = result("strap") | {"value": {"choices": [["Metal", "Steel"], "Cord"]}}
    assert read(task(7, annotation(1, "2025", nested))) == [("w1", "strap", ("Steel", "Cord"))]


def test_other_controls_are_left_alone() -> None:
    box = {"from_name": "box", "type": "rectanglelabels", "value": {"x": 1, "rectanglelabels": ["Dial"]}}
    note = {"from_name": "note", "type": "textarea", "value": {"text": ["hm"]}}
    assert read(task(7, annotation(1, "2025", box, note, result("strap", "Cord")))) == [
        ("w1", "strap", ("Cord",))
    ]


def test_the_latest_annotation_counts_and_the_others_are_named() -> None:
    tasks = task(
        7,
        annotation(1, "2025-01-02T10:00:00Z", result("strap", "Steel")),
        annotation(2, "2025-01-02T11:00:00Z", result("strap", "Cord")),
        annotation(3, "2025-01-01T12:00:00Z", result("strap", "Gold")),
    )
    first, second, answer = read_answers([tasks], attributes=ATTRIBUTES)
    assert isinstance(answer, Given) and answer.values == ("Cord",)
    assert str(first) == (
        "task 7, annotation 1: left out, for annotation 2 is newer: delete the one that is wrong"
    )
    assert str(second).startswith("task 7, annotation 3: left out")


def test_skipped_tasks_and_tasks_without_annotation_have_no_answers() -> None:
    skipped = annotation(1, "2025", result("strap", "Steel"), was_cancelled=True)
    assert read(task(7, skipped), task(8), {"id": 9, "data": {"listing_id": "w1"}}) == []


def test_the_listing_is_found_by_another_key() -> None:
    given = task(7, annotation(1, "2025", result("strap", "Cord")), sku=4711)
    assert read(given, key="sku") == [("4711", "strap", ("Cord",))]


def test_messages_name_task_listing_and_control() -> None:
    given = task(7, annotation(1, "2025", result("strap", "Cord")))
    (answer,) = read_answers([given], attributes=ATTRIBUTES)
    assert isinstance(answer, Given)
    assert answer.where == "task 7 (listing 'w1'), control 'strap'"


def test_json_min_has_its_answers_beside_the_data() -> None:
    record = {
        "listing_id": "w1",
        "title": "Diver",
        "id": 7,
        "annotation_id": 1,
        "annotator": 1,
        "created_at": "2025-01-01",
        "strap": "Steel",
        "hands": {"choices": ["Hour", "Second"]},
        "Dial Colour": [{"taxonomy": [["Light", "White"]]}],
    }
    assert read(record) == [
        ("w1", "strap", ("Steel",)),
        ("w1", "hands", ("Hour", "Second")),
        ("w1", "Dial Colour", ("White",)),
    ]


def test_json_min_repeats_a_task_for_each_annotation() -> None:
    newer = {"id": 7, "listing_id": "w1", "annotation_id": 2, "created_at": "2025-02-01", "strap": "Cord"}
    older = {"id": 7, "listing_id": "w1", "annotation_id": 1, "created_at": "2025-01-01", "strap": "Steel"}
    problem, answer = read_answers([newer, older], attributes=ATTRIBUTES)
    assert isinstance(answer, Given) and answer.values == ("Cord",)
    assert "annotation 1: left out, for annotation 2 is newer" in str(problem)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            {"id": 7, "data": {}, "annotations": [annotation(1, "2025", result("strap", "Cord"))]},
            "task 7, data.listing_id: is None: name the field that holds the listing's id, or fill it in",
        ),
        (
            {"id": 7, "data": [], "annotations": []},
            "task 7: not as Label Studio exports tasks: give the file",
        ),
        ({"id": 7, "data": {}, "annotations": [{"id": 1}]}, "task 7: not as Label Studio exports tasks"),
        ({"data": {}, "annotations": [17]}, "the task in place 1: not as Label Studio exports tasks"),
        (
            {"id": 7, "data": {}, "annotations": [annotation(1, "", {"value": {"choices": [[]]}})]},
            "task 7: not as Label Studio exports tasks",
        ),
    ],
)
def test_a_task_that_cannot_be_read_is_named_and_the_others_are_read(
    broken: dict[str, Any], message: str
) -> None:
    good = task(8, annotation(1, "2025", result("strap", "Cord")))
    problem, answer = read_answers([broken, good], attributes=ATTRIBUTES)
    assert str(problem).startswith(message)
    assert isinstance(answer, Given)


def test_the_configuration_has_a_control_for_every_attribute_that_is_asked() -> None:
    view = ElementTree.fromstring(config_xml(WATCH))
    controls = {control.get("name"): control for control in view.iter("Choices")}
    assert list(controls) == ["strap", "photos"]
    assert [choice.get("value") for choice in controls["strap"]] == [
        *("Steel & <mesh>", "Cord", "not applicable", "not visible", "unknown")
    ]
    assert controls["strap"].attrib == {
        "name": "strap",
        "toName": "photos_",
        "choice": "single-radio",
        "required": "true",
    }
    assert controls["photos"].attrib == {
        "name": "photos",
        "toName": "photos_",
        "choice": "multiple",
        "layout": "select",
    }
    assert [image.attrib for image in view.iter("Image")] == [{"name": "photos_", "valueList": "$images"}]


def test_names_in_a_configuration_are_all_different() -> None:
    names = [one.get("name") for one in ElementTree.fromstring(config_xml(WATCH)) if one.get("name")]
    assert len(names) == len(set(names)) == 5


def test_a_task_has_an_annotation_of_its_labels_and_a_prediction_with_scores() -> None:
    made = task_json(
        WATCH,
        number=7,
        data={"listing_id": "w1"},
        labels=[Choice("strap", ("Cord",))],
        labelled="2025-01-01T00:00:00Z",
        predictions=[Choice("strap", ("Cord",), 0.75), Choice("photos", ("V1", "V2"), 0.5)],
        model="model 3",
    )
    (given,), (predicted,) = made["annotations"], made["predictions"]
    assert given["created_at"] == "2025-01-01T00:00:00Z"
    assert given["result"] == [
        {
            "id": "strap",
            "from_name": "strap",
            "to_name": "photos_",
            "type": "choices",
            "value": {"choices": ["Cord"]},
        }
    ]
    assert (predicted["model_version"], predicted["score"]) == ("model 3", 0.5)
    assert [one["score"] for one in predicted["result"]] == [0.75, 0.5]
    assert read(made) == [("w1", "strap", ("Cord",))]


def test_a_task_without_labels_or_predictions_has_neither() -> None:
    assert task_json(WATCH, number=7, data={"listing_id": "w1"}) == {"id": 7, "data": {"listing_id": "w1"}}
