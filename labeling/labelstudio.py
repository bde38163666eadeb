"""Label Studio's JSON, both ways, and the configuration of a project that fits a vertical's schema. Pure.

Read are both forms in which a project is exported, "JSON" and "JSON-MIN", and in them the controls Choices
and Taxonomy. Sources: labelstud.io/guide/task_format, /guide/predictions and /tags/choices; for JSON-MIN and
the order of annotations the converter in label_studio_sdk.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from xml.etree import ElementTree  # nosec B405

from catalog.schema.codes import code_of
from catalog.schema.spec import AttributeSpec, VerticalSpec
from catalog.states import State
from labeling.answers import Given
from labeling.errors import LabelingError

KEY = "listing_id"
"""Where a task's data hold the listing's external id, unless told."""
MANY_VALUES = 12
"""More choices than these unfold from a list."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer as a task shows it."""

    attribute: str
    """code: the control is called so"""
    names: tuple[str, ...]
    """labels of values, or the name of one state"""
    score: float | None = None
    """of a prediction: agreement"""


def state_name(state: str) -> str:
    """A state as a choice is called."""
    return state.replace("_", " ")


def config_xml(vertical: VerticalSpec) -> str:
    """The labelling configuration: the photos, then a control for each attribute that is asked."""
    view = ElementTree.Element("View")
    for name in ("title", "description"):
        ElementTree.SubElement(view, "Text", name=_object(vertical, name), value=f"${name}")
    photos = _object(vertical, "photos")
    ElementTree.SubElement(view, "Image", name=photos, valueList="$images")
    for attribute in vertical.asked:
        ElementTree.SubElement(view, "Header", value=attribute.label)
        view.append(_control(attribute, photos))
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _object(vertical: VerticalSpec, name: str) -> str:
    """What the configuration calls what is shown: no attribute is called so."""
    codes = {attribute.code for attribute in vertical.attributes}
    while name in codes:
        name += "_"
    return name


def _control(attribute: AttributeSpec, photos: str) -> ElementTree.Element:
    control = ElementTree.Element("Choices", name=attribute.code, toName=photos)
    control.set("choice", "multiple" if attribute.multi else "single-radio")
    if attribute.required:
        control.set("required", "true")
    if len(attribute.offered) > MANY_VALUES:
        control.set("layout", "select")
    for name in (*(value.label for value in attribute.offered), *map(state_name, State)):
        ElementTree.SubElement(control, "Choice", value=name)
    return control


def task_json(
    vertical: VerticalSpec,
    *,
    number: int,
    data: Mapping[str, object],
    labels: Sequence[Choice] = (),
    labelled: str = "",
    predictions: Sequence[Choice] = (),
    model: str = "",
) -> Json:
    """A task with one annotation for its labels, last changed at `labelled`, and one prediction of the model.

    The prediction's score is that of its least certain answer: sorting by it brings doubtful tasks first.
    """
    photos = _object(vertical, "photos")
    task: Json = {"id": number, "data": dict(data)}
    if labels:
        results = [_result(choice, photos) for choice in labels]
        task["annotations"] = [{"result": results, "created_at": labelled, "updated_at": labelled}]
    if predictions:
        results = [_result(choice, photos) for choice in predictions]
        score = min(choice.score or 0.0 for choice in predictions)
        task["predictions"] = [{"model_version": model, "score": score, "result": results}]
    return task


def _result(choice: Choice, photos: str) -> Json:
    result: Json = {
        "id": choice.attribute,
        "from_name": choice.attribute,
        "to_name": photos,
        "type": "choices",
        "value": {"choices": list(choice.names)},
    }
    return result if choice.score is None else result | {"score": choice.score}


@dataclass(frozen=True, slots=True)
class _Annotation:
    """What one person answered to a task."""

    name: str
    created: str
    chosen: Mapping[str, tuple[str, ...]]
    """{control: what was chosen in it}"""


def read_answers(
    tasks: Iterable[Json], *, key: str = KEY, attributes: Container[str]
) -> Iterator[Given | LabelingError]:
    """The answers of each task's latest annotation; other annotations and what cannot be read give errors.

    `attributes` has the code of every attribute, and the code that its label would have. It tells controls
    from data in JSON-MIN.
    """
    for name, group in groupby(enumerate(tasks, 1), key=_task_name):
        rows = [task for _, task in group]
        try:
            listing = rows[0].get("data", rows[0]).get(key)
            annotations = [one for task in rows for one in _annotations(task, attributes)]
        except (AttributeError, LookupError, TypeError):
            yield LabelingError(
                f"{name}: not as Label Studio exports tasks: give the file as it was exported"
            )
            continue
        if annotations:
            yield from _answers(name, listing, key, annotations)


def _task_name(numbered: tuple[int, Json]) -> str:
    number, task = numbered
    return f"task {task['id']}" if "id" in task else f"the task in place {number}"


def _answers(
    task: str, listing: object, key: str, annotations: Sequence[_Annotation]
) -> Iterator[Given | LabelingError]:
    latest = max(annotations, key=lambda annotation: annotation.created)
    for other in annotations:
        if other is not latest:
            yield LabelingError(
                f"{task}, {other.name}: left out, for {latest.name} is newer: delete the one that is wrong"
            )
    if not isinstance(listing, str | int) or listing == "":
        yield LabelingError(
            f"{task}, data.{key}: is {listing!r}: name the field that holds the listing's id, or fill it in"
        )
        return
    for control, names in latest.chosen.items():
        where = f"{task} (listing {str(listing)!r}), control {control!r}"
        yield Given(where=where, listing=str(listing), attribute=control, values=names)


def _annotations(task: Json, attributes: Container[str]) -> Iterator[_Annotation]:
    if "data" not in task:
        yield _flat_annotation(task, attributes)
        return
    for entry in task.get("annotations", ()):
        if not entry.get("was_cancelled"):
            chosen: dict[str, tuple[str, ...]] = {}
            for result in entry["result"]:
                if names := _leaves(result["value"]):
                    chosen[result["from_name"]] = (*chosen.get(result["from_name"], ()), *names)
            yield _Annotation(f"annotation {entry.get('id')}", str(entry.get("created_at", "")), chosen)


def _flat_annotation(task: Json, attributes: Container[str]) -> _Annotation:
    """JSON-MIN: one annotation an entry, with its controls beside the task's data."""
    named = {name: value for name, value in task.items() if name in attributes or code_of(name) in attributes}
    chosen = {name: names for name, value in named.items() if (names := _leaves(value))}
    return _Annotation(f"annotation {task.get('annotation_id')}", str(task.get("created_at", "")), chosen)


def _leaves(value: object) -> tuple[str, ...]:
    """What was chosen: a text, {choices: [...]}, {taxonomy: [path, ...]} or a list of these."""
    match value:
        case str():
            return (value,) if value else ()
        case {"choices": list(entries)} | {"taxonomy": list(entries)}:
            return tuple(str(entry[-1] if isinstance(entry, list) else entry) for entry in entries)
        case list():
            return tuple(leaf for one in value for leaf in _leaves(one))
    return ()
