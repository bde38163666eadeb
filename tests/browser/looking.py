"""What every page is held to in a browser: it fits, and it is accessible.

SCREENSHOTS names a folder for pictures of what the tests open; without it none are taken.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (1440, 390)
SERIOUS = {"serious", "critical"}
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""Of axe-core: the rules by their tags; what passes is not collected."""


Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


class Look(NamedTuple):
    """A window of this width, light or dark."""

    width: int
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


LOOKS = [Look(width, scheme) for width in WIDTHS for scheme in SCHEMES]
SHOW_PHOTOS = """Promise.all([...document.images].map(image => {
    image.loading = "eager";
    return image.complete || new Promise(done => { image.onload = image.onerror = done; });
}))"""
"""Of a whole page, those too that come into sight only when it is scrolled."""
CROSSED = (Look(1440, "light"), Look(390, "dark"))
"""Each width and each scheme once: what axe-core finds depends on the one or the other."""


def look_at(page: Page, name: str) -> None:
    """At both widths, light and dark, nothing may overflow, and axe may find nothing serious."""
    for look in LOOKS:
        look_once(page, look, name)
        assert not [*overflow(page)], f"{name} is wider than the window at {look.width} px"
        found = serious_violations(page) if look in CROSSED else []
        assert not found, f"{name} at {look}: " + "; ".join(found)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": 1440, "height": 900})


def look_once(page: Page, look: Look, name: str) -> None:
    """Give the window this look, with every photo of the page, and take its picture."""
    page.set_viewport_size({"width": look.width, "height": 900})
    # Without motion, no colour is measured half way through a transition.
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    page.evaluate(SHOW_PHOTOS)
    picture(page, f"{name}-{look}", whole=True)


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Take a picture of the window, or of the whole page, if anybody wants one."""
    if wanted := os.environ.get("SCREENSHOTS"):
        # Chromium writes a JPEG in a quarter of the time that a PNG takes it.
        page.screenshot(path=Path(wanted) / f"{name}.jpg", type="jpeg", quality=90, full_page=whole)


def overflow(page: Page) -> Iterator[str]:
    """That the page is wider than the window, if it is, and what sticks out."""
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if width > 0:
        out = page.evaluate(
            """[...document.querySelectorAll("main *")]
                .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
                .map(one => one.outerHTML.slice(0, 120))[0] ?? ''"""
        )
        yield f"{width} px wider than the window: {out}"


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA and good practice, a line each."""
    return [_line(violation, node) for violation, node in _found(page)]


def serious_violations(page: Page) -> list[str]:
    """What of it is serious or critical."""
    return [_line(violation, node) for violation, node in _found(page) if violation["impact"] in SERIOUS]


def _found(page: Page) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """(violation, an element that has it) each."""
    for violation in Axe().run(page, options=OPTIONS).response["violations"]:
        for node in violation["nodes"]:
            yield violation, node


def _line(violation: dict[str, Any], node: dict[str, str]) -> str:
    return f"{violation['id']}: {node['html']} ({node.get('failureSummary', '')})"
