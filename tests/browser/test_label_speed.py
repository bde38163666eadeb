"""How long people wait for the next listing: printed. What is tested is that all answers arrive."""

from statistics import median

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from labeling.models import Label
from tests.browser.conftest import SignIn
from tests.browser.labelling import (
    PHOTOS,
    begin,
    kurta,
    loaded,
    open_tasks,
    press,
    saved,
    shows,
    ten_questions,
)

pytestmark = pytest.mark.django_db(transaction=True)

LISTINGS = 9
KEYS = "1231231213"

WATCH = """() => {
  const title = document.querySelector("[data-title]");
  const channel = new MessageChannel();
  window.waits = [];
  let pressed = 0;
  let begun = title.textContent;
  addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true });
  const painted = () => window.waits.push(performance.now() - pressed);
  channel.port1.onmessage = painted;
  const shown = () => {
    const image = document.querySelector("[data-stage] img");
    if (title.textContent === begun || !image?.complete) return false;
    begun = title.textContent;
    requestAnimationFrame(() => channel.port2.postMessage(null));
    return true;
  };
  const look = () => shown() || (title.textContent !== begun && requestAnimationFrame(look));
  new MutationObserver(look).observe(title, { childList: true });
}"""
"""Note the time from the last key to the end of the frame that shows another listing and its photo."""


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("round_trip", [0, 150])
def test_the_next_listing_is_shown(
    page: Page, sign_in: SignIn, ahead: bool, round_trip: int, capsys: pytest.CaptureFixture[str]
) -> None:
    listings = open_tasks(LISTINGS, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page, listings[0], query=f"&ahead={ahead:d}")
    delay(page, round_trip)
    page.evaluate(WATCH)
    for place, listing in enumerate(listings[1:], 1):
        if ahead:
            loaded(page, PHOTOS * min(place + 2, LISTINGS))
        press(page, *KEYS[:-1])
        expect(page.get_by_text("9 of 10 answered")).to_be_visible()
        press(page, KEYS[-1])
        shows(page, listing)
        page.wait_for_function("count => window.waits.length === count", arg=place)
    saved(page)
    waits = page.evaluate("window.waits")
    with capsys.disabled():
        how = "with the next two fetched ahead" if ahead else "without fetching ahead"
        print(
            f"\n  {how}, {round_trip} ms round trip: median {median(waits):.0f} ms, worst {max(waits):.0f} ms"
        )
    assert Label.objects.count() == len(KEYS) * (LISTINGS - 1)


def delay(page: Page, milliseconds: int) -> None:
    """Let each answer of the server take so much longer."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)
