"""What every page is held to in a browser: it fits, it is accessible, and there is a picture of it."""

from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = {"1440": 1440, "390": 390}
SERIOUS = {"serious", "critical"}


def look_at(page: Page, folder: Path, name: str) -> None:
    """Take pictures at both widths, light and dark; nothing may overflow, and axe finds nothing serious."""
    for width, scheme in _looks(page):
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{name} is wider than the window at {width} px"
        )
        violations = serious_violations(page)
        assert not violations, f"{name} at {width} px, {scheme}: " + "; ".join(violations)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": 1440, "height": 900})


def serious_violations(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html']} ({node.get('failureSummary', '')})"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def _looks(page: Page) -> Iterator[tuple[str, str]]:
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 900})
        for scheme in ("light", "dark"):
            # Without motion, no colour is measured half way through a transition.
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
            yield width, scheme
