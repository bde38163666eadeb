"""docs/guide/figures.md: python -m training.definitions.guide > docs/guide/figures.md"""

from collections.abc import Iterator

from training.definitions import SECTIONS

HEAD = """\
# How every figure is defined

A figure's name on a dashboard is underlined with dots: rest the pointer on it, come to it with the keyboard,
or press it, and it tells what stands here. This page is written from `training/definitions`, by
`python -m training.definitions.guide`.

Intervals are 95 % intervals. Tables have a link **CSV**: the rows that the page shows, shares as numbers from
0 to 1. Charts have a button **PNG**: the chart as it is shown, with its title and keys.
"""


def guide_text() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for name, definitions in SECTIONS.items():
        yield f"## {name}\n"
        for one in definitions.values():
            yield f"**{one.title}.** {one.words}\\\n*Formula:* {one.formula}\\\n*Counted:* {one.query}\n"


if __name__ == "__main__":
    print(guide_text(), end="")
