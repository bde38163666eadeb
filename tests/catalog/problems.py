"""What docs/data-format.md says can be wrong with a row."""

import re
from functools import cache

from attrx_web.env import REPOSITORY

NAMES = re.compile(r"\b(ENCODING|NAME)\b")
"""What stands for something in the table."""


@cache
def documented() -> tuple[str, ...]:
    """The problems in the table, as patterns."""
    text = (REPOSITORY / "docs" / "data-format.md").read_text()
    section = text.split("### Rows that do not land\n")[1].split("\n### ")[0]
    cells = [
        line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if line.startswith("| ")
    ]
    return tuple(_pattern(cell) for cell in cells[1:])


def is_documented(reason: str) -> bool:
    """The table has this problem."""
    return any(re.fullmatch(pattern, reason, re.DOTALL) for pattern in documented())


def _pattern(cell: str) -> str:
    pieces = NAMES.split(cell)
    return "".join(".+" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
