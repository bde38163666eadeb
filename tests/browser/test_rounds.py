"""Rounds as people watch, cancel, resume and compare them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Status, Vertical
from catalog.services.interrupting import uninterrupted
from catalog.splits import Split
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.browser.rounds import chains_of, kurta, log_steps, running_round, shard, since, with_photos
from tests.fakes import FakeStages
from tests.queues import BROKER
from tests.training.registry import round_over, version_with
from tests.training.rounds import model_folder, round_in, small_catalogue
from training import jobs, services
from training.ml.run import Stage
from training.models import Alias, AliasName, Round, RoundStage
from training.presence import Doing, Present, present_write
from training.roundlog import round_log
from training.services.ledger import round_close

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def startable(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that a round can start on; what is sent to workers waits in memory."""
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    small_catalogue()


def work(round_: Round, before: Callable[[Stage], None] = lambda stage: None) -> None:
    """Take the round as a worker does and run it on fake stages."""
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None

    def aside(stage: Stage) -> None:
        with uninterrupted():  # Cancelling would end what the browser is being asked.
            before(stage)

    jobs.run_round(claim, run_stage=FakeStages(right={0: 0.5, 1: 0.75}, before=aside))


def test_a_round_is_started_watched_cancelled_and_resumed(
    page: Page, sign_in: SignIn, startable: None
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/")
    page.get_by_role("link", name="Start a round").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Waiting for a worker since")).to_be_visible()
    round_ = Round.objects.get()

    def look(stage: Stage) -> None:
        if stage.key == "0-sft":
            expect(page.locator(".status-line")).to_contain_text("SFT")
            expect(page.locator(".stage", has_text="Zero-shot")).to_contain_text("50.0 % right")
        if stage.key == "1-sample":
            page.get_by_role("button", name="Cancel").click()
            expect(page.get_by_text("Cancelling")).to_be_visible()

    work(round_, look)
    expect(page.locator(".status-line")).to_contain_text("Cancelled")
    expect(page.get_by_text("Resuming keeps the 4 finished stages.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Waiting for a worker since")).to_be_visible()
    work(round_)
    expect(page.locator(".status-line")).to_contain_text("Finished")
    expect(page.locator(".stage", has_text="Evaluation").nth(2)).to_contain_text("75.0 % right")


def test_charts_follow_a_running_round_without_reload(page: Page, sign_in: SignIn) -> None:
    round_ = running_round(kurta())
    with round_log(pk=round_.pk):
        for number in range(3):
            logging.getLogger("training.jobs").warning("round %s: shard %s is done", round_.pk, number)
    sign_in(page, Role.ADMIN)
    page.goto(f"/rounds/{round_.pk}/")
    expect(page.locator("attrx-chart canvas")).to_have_count(5)
    expect(page.locator(".chart-reading").nth(1)).to_contain_text("Step 120")
    expect(page.get_by_text("Iteration 2, DPO")).to_be_visible()
    expect(page.get_by_text("about 4 min left").first).to_be_visible()
    look_at(page, "round-running")
    page.get_by_text("Figures of each step").click()
    log_steps(round_, "2-dpo.partial", range(121, 131), margin=True)
    RoundStage.objects.filter(round=round_, status=Status.RUNNING).update(done=130)
    expect(page.locator(".chart-reading").nth(1)).to_contain_text("Step 130")
    expect(page.locator("#steps tbody tr")).to_have_count(130)
    expect(page.locator(".stage", has_text="130 of 420")).to_be_visible()
    page.get_by_role("link", name="SFT", exact=True).click()
    expect(page.locator(".chart-reading").nth(1)).to_contain_text("Step 90")


def test_a_failed_round_says_what_to_do(page: Page, sign_in: SignIn) -> None:
    round_ = running_round(kurta())
    error = (
        "The worker (process 4242 on gpu-07) stopped answering during iteration 2, DPO. "
        "Resume the round to go on from there."
    )
    assert round_close(round_id=round_.pk, status=Status.FAILED, error=error)
    sign_in(page, Role.ADMIN)
    page.goto(f"/rounds/{round_.pk}/")
    expect(page.get_by_role("alert")).to_contain_text(error)
    look_at(page, "round-failed")


def test_chains_can_be_read_while_they_are_drawn(page: Page, sign_in: SignIn) -> None:
    vertical = kurta()
    round_ = running_round(vertical)
    for number in range(12):
        with_photos(vertical, f"kurta-{number:02}", number)
    sure = [("cotton", "Photo 1 shows a plain weave without sheen: cotton.")] * 4
    shard(
        round_,
        "2-sample",
        0,
        [
            chain
            for number in range(12)
            for chain in (
                *chains_of(f"kurta-{number:02}/colour"),
                *chains_of(f"kurta-{number:02}/material", sure),
            )
        ],
    )
    sign_in(page, Role.REVIEWER)
    page.goto(f"/rounds/{round_.pk}/")
    page.get_by_role("link", name="Chains").click()
    expect(page.get_by_role("article")).to_have_count(10)
    look_at(page, "round-chains")
    page.get_by_label("Split votes only").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="material")).to_have_count(0)
    page.get_by_role("link", name="More").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()


def test_two_models_are_compared_side_by_side(page: Page, sign_in: SignIn) -> None:
    sizes = {"kurta": 30, "watch": 30}
    before = version_with(round_over(sizes), {"kurta": 14, "watch": 21})
    after = version_with(round_over(sizes), {"kurta": 26, "watch": 19})
    Alias.objects.create(name=AliasName.CHAMPION, version=before)
    for number in range(14, 26):
        with_photos(Vertical.objects.get(code="kurta"), f"kurta-{number}", number, Split.GOLD)
    for number in range(19, 21):
        with_photos(Vertical.objects.get(code="watch"), f"watch-{number}", number, Split.GOLD)
    sign_in(page, Role.REVIEWER)
    page.goto(f"/rounds/compare?a=round-{after.round_id}")
    expect(page.get_by_text("A is significantly better")).to_be_visible()
    page.get_by_text("per attribute").first.click()
    page.mouse.move(0, 0)
    look_at(page, "round-compare")
    page.get_by_label("Which", exact=True).select_option("Only B right")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_label("First model").select_option(index=1)
    page.get_by_label("Second model").select_option(index=0)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("B is significantly better")).to_be_visible()


def test_every_round_is_listed(page: Page, sign_in: SignIn) -> None:
    user = sign_in(page, Role.ADMIN)
    round_in(Status.FAILED, created_by=user)
    round_in(Status.QUEUED, created_by=user)
    running_round(kurta())
    page.goto("/rounds/")
    expect(page.get_by_role("row")).to_have_count(4)
    look_at(page, "rounds")


def test_an_admin_sees_who_works_and_drains_a_worker(
    page: Page, sign_in: SignIn, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    known: dict[str, Any] = {"started": since(7200), "gpu_memory": 0, "gpu_total": 0, "device": ""}
    busy = {"device": "NVIDIA H100", "gpu_memory": 52, "gpu_total": 80}
    doing = (Doing("training.tasks.round_run", (12,), since(754)),)
    gib = 2**30
    for present in (
        Present(
            "gpu@gpu-07",
            "gpu-07",
            4242,
            written=since(1),
            queues=("gpu",),
            doing=doing,
            memory=9 * gib,
            **known | busy,
        ),
        Present(
            "gpu@gpu-08", "gpu-08", 977, written=since(17), queues=("gpu",), doing=(), memory=gib, **known
        ),
        Present(
            "default@web", "web", 31, written=since(2), queues=("default",), doing=(), memory=gib, **known
        ),
        Present("gpu@gpu-09", "gpu-09", 5, written=since(3), queues=(), doing=(), memory=gib, **known),
    ):
        present_write(redis, present)
    redis.rpush("gpu", *map(str, range(128)))
    sign_in(page, Role.ADMIN)
    page.goto("/workers/")
    expect(page.get_by_role("row", name="gpu@gpu-07")).to_contain_text("Round 12")
    look_at(page, "workers")
    page.get_by_role("button", name="Drain gpu@gpu-07").click()
    expect(
        page.get_by_text(
            "gpu@gpu-07 ends what it does and takes nothing new, until it is told to take work again."
        )
    ).to_be_visible()


def test_a_silent_queue_is_said(page: Page, sign_in: SignIn, settings: Settings) -> None:
    settings.ATTRX_REDIS_URL = "redis://127.0.0.1:1/0"
    sign_in(page, Role.ADMIN)
    page.goto("/workers/")
    expect(page.get_by_role("alert")).to_contain_text("Run manage.py serve")
    look_at(page, "workers-silent")
