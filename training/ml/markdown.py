"""Tables as Markdown has them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, left: Container[int] = (0,)
) -> Iterator[str]:
    """The lines of a table.

    Args:
        left: columns of words, from 0; the others hold numbers, and end at their right edge.
    """
    yield _row(head)
    yield "|" + "|".join("---" if place in left else "---:" for place in range(len(head))) + "|"
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Text that stays within its cell."""
    return " ".join(text.replace("|", "\\|").split())
