import io

import pytest

from catalog.importing.jsonl_rows import JsonlRows
from catalog.importing.raw import LONGEST_LINE, RawRow


def rows(content: bytes, encoding: str = "utf-8") -> list[RawRow]:
    return list(JsonlRows(io.BytesIO(content), encoding, size=len(content)))


def test_objects_are_read_a_line_each_and_empty_lines_count() -> None:
    assert rows(b'\xef\xbb\xbf{"a": 1}\n\n  \n{"b": ["x", {"c": null}]}') == [
        RawRow(1, {"a": 1}),
        RawRow(4, {"b": ["x", {"c": None}]}),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "the line is not valid JSON"),
        (b'{"a": NaN}', "the line is not valid JSON"),
        (b'{"a": ' + b"[" * 100_000, "the line is not valid JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "the line is not valid JSON"),
        (b'["a"]', "the line is no JSON object"),
        (b'{"a": "caf\xe9"}', "it has bytes that are nothing in utf-8"),
        (b'{"a": "' + b"x" * LONGEST_LINE + b'"}', f"the line is longer than {LONGEST_LINE} characters"),
    ],
)
def test_a_bad_line_does_not_stop_the_others(line: bytes, reason: str) -> None:
    bad, good = rows(line + b'\n{"a": 2}\n')
    assert bad.problem and (bad.problem.row, bad.problem.reason) == (1, reason)
    assert good == RawRow(2, {"a": 2})


def test_other_encodings_are_read() -> None:
    assert rows('{"a": "é"}\n{"a": "ü"}\n'.encode("utf-16"), "utf-16-le")[1] == RawRow(2, {"a": "ü"})
