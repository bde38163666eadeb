import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import jsonarray
from labeling.errors import LabelingError
from labeling.jsonarray import objects

VALUES = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(alphabet='a"\\{}[],é\n', max_size=9)
OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=2), VALUES | st.lists(VALUES, max_size=2), max_size=3), max_size=4
)


@given(OBJECTS, st.sampled_from([None, 1]), st.integers(1, 40))
def test_every_object_is_read_whatever_the_pieces(
    rows: list[dict[str, Any]], indent: int | None, chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonarray, "CHUNK", chunk)
        file = io.StringIO(f"\n {json.dumps(rows, indent=indent)}\n")
        assert list(objects(file, where="f.json")) == rows


def test_the_file_is_read_as_far_as_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonarray, "CHUNK", 10)
    file = io.StringIO(json.dumps([{"number": number} for number in range(100)]))
    assert next(objects(file, where="f.json")) == {"number": 0}
    assert file.tell() < 40


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.json: not a JSON array: give the file as it was exported"),
        ('{"id": 1}', "f.json: not a JSON array"),
        ('[{"id": 1}, {"id": 2]', "f.json, object 2: Expecting ',' delimiter"),
        ('[{"id": 1}', "f.json, object 2: Expecting value"),
        ("[[1, 2]]", "f.json, object 1: list is no object: give the file as it was exported"),
        ("[" * 100_000, "f.json, object 1: maximum recursion depth"),
    ],
)
def test_what_is_no_array_of_objects_is_named(text: str, message: str) -> None:
    with pytest.raises(LabelingError, match=message):
        list(objects(io.StringIO(text), where="f.json"))


def test_an_object_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonarray, "LONGEST", 100)
    file = io.StringIO('[{"a": "' + "x" * 1_000_000)
    with pytest.raises(LabelingError, match="object 1: Unterminated string"):
        list(objects(file, where="f.json"))
    assert file.tell() < 200_000
