"""What every page is held to in a browser: it fits, it is accessible, and there is a picture of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

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
"""A picture of a whole page has the photos that come into sight only when it is scrolled."""
CROSSED = (Look(1440, "light"), Look(390, "dark"))
"""Each width and each scheme once: what axe-core finds depends on the one or the other."""


def look_at(page: Page, folder: Path, name: str) -> None:
    """Take pictures at both widths, light and dark; nothing may overflow, and axe finds nothing serious."""
    for look in LOOKS:
        look_once(page, look, folder, name)
        assert not [*overflow(page)], f"{name} is wider than the window at {look.width} px"
        violations = serious_violations(page)
        assert not violations, f"{name} at {look}: " + "; ".join(violations)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": 1440, "height": 900})


def look_once(page: Page, look: Look, folder: Path, name: str) -> None:
    """Take the picture of one look."""
    page.set_viewport_size({"width": look.width, "height": 900})
    # Without motion, no colour is measured half way through a transition.
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    page.evaluate(SHOW_PHOTOS)
    # Chromium writes a JPEG in a quarter of the time that a PNG takes it.
    page.screenshot(path=folder / f"{name}-{look}.jpg", type="jpeg", quality=90, full_page=True)


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


def violations(page: Page, look: Look) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA and good practice, a line each; of the crossed looks."""
    if look not in CROSSED:
        return []
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [_line(violation, node) for violation in found for node in violation["nodes"]]


def serious_violations(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        _line(violation, node)
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def _line(violation: dict[str, object], node: dict[str, str]) -> str:
    return f"{violation['id']}: {node['html']} ({node.get('failureSummary', '')})"
