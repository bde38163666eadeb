"""An admin looks for who did something."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at

pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def log_made() -> None:
    """An hour in which two people worked, and somebody tried doors."""
    start = timezone.now() - timedelta(hours=1)
    by: dict[str, Any] = {
        "via": "browser",
        "address": "10.1.2.3",
        "client": FIREFOX,
        "person": "olga",
        "request_id": "a" * 32,
    }
    rows: list[dict[str, Any]] = [
        {"action": Action.SIGN_IN_FAILED, "object_kind": Kind.PERSON, "object_name": "olga", "person": ""},
        {"action": Action.SIGNED_IN, "object_kind": Kind.PERSON, "object_name": "olga"},
        {"action": Action.ACCESS_DENIED, "object_kind": Kind.ADDRESS, "object_name": "catalog:imports"},
        *(
            {
                "action": Action.LABELS_SETTLED,
                "person": "ben",
                "object_kind": Kind.LISTING,
                "object_key": f"sku-{number}",
                "object_name": f"sku-{number}",
                "after": {"colour": ["red"], "neckline": ["round"]},
            }
            for number in range(60)
        ),
        {
            "action": Action.VERSION_OVERRIDDEN,
            "object_kind": Kind.VERSION,
            "object_key": "3",
            "object_name": "version 3",
            "before": {"champion": 2},
            "after": {"champion": 3},
            "reason": "The gold set has no watches, and watches are what it was trained for.",
        },
        {
            "action": Action.ROUND_ENDED,
            "via": "worker",
            "address": None,
            "client": "training.tasks.round_run",
            "object_kind": Kind.ROUND,
            "object_key": "7",
            "object_name": "round 7",
            "after": {"status": "done"},
        },
    ]
    for number, row in enumerate(rows):
        Event.objects.create(at=start + timedelta(seconds=50 * number), **(by | row))


def test_an_admin_finds_an_act_and_what_was_before(page: Page, sign_in: SignIn) -> None:
    log_made()
    sign_in(page, Role.ADMIN)
    page.goto("/audit/")
    look_at(page, "audit-log")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("row", name="failed to sign in")).to_be_visible()
    page.get_by_role("link", name="Newer").click()
    page.get_by_label("Did what").select_option(label="promoted a version past the gate")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("olga promoted a version past the gate")
    expect(page.get_by_role("row", name="Champion")).to_have_text("Champion23")
    look_at(page, "audit-event")
    page.get_by_role("link", name="History of this model version").click()
    expect(page.get_by_role("row")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("audit-")
    assert "past the gate" not in Path(download.value.path()).read_text()
    assert "version.overridden" in Path(download.value.path()).read_text()
