"""The objects of a JSON array of any length, one by one. Pure."""

import json
from collections.abc import Iterator
from typing import IO, Any

from labeling.errors import LabelingError

CHUNK = 1 << 16
LONGEST = 1 << 24
"""Characters of an object: no export has a longer one."""


def objects(file: IO[str], *, where: str) -> Iterator[dict[str, Any]]:
    """The objects of the array in the file, which is read as far as it is asked for.

    Commas between objects may be missing.

    Raises:
        LabelingError: where the file is not one JSON array of objects, naming the object's number.
    """
    decoder, number = json.JSONDecoder(), 1
    text = file.read(CHUNK)
    while text.isspace():
        text = file.read(CHUNK)
    text = text.lstrip()
    if not text.startswith("["):
        raise LabelingError(f"{where}: not a JSON array: give the file as it was exported")
    text = text[1:]
    while not (text := text.lstrip(", \t\r\n")).startswith("]"):
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError) as error:
            # As much again each time, so that a long object is not decoded too often.
            more = file.read(max(CHUNK, len(text))) if len(text) <= LONGEST else ""
            if not more:
                raise _unreadable(where, number, str(error)) from error
            text += more
            continue
        if not isinstance(value, dict):
            raise _unreadable(where, number, f"{type(value).__name__} is no object")
        yield value
        text, number = text[end:], number + 1


def _unreadable(where: str, number: int, problem: str) -> LabelingError:
    return LabelingError(f"{where}, object {number}: {problem}: give the file as it was exported")
