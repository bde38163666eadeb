import io
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Listing, Status
from labeling.models import Label
from tests.fakes import FakeStages
from tests.queues import Queue
from tests.training.rounds import round_in, stage_of
from training import dashboards, jobs, services
from training.management import watching
from training.management.commands.demo import Command
from training.management.reporting import accuracy_table
from training.models import Round, RoundStage
from training.services import ledger

DEMO: dict[str, Any] = {
    "verticals": ["cap"],
    "per_vertical": 2,
    "seed_set": 1,
    "gold": 1,
    "iterations": 1,
    "no_serve": True,
}


def output_of(*command: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def run_on_fakes(round_id: int) -> None:
    claim = services.round_claim(round_id=round_id, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages())


@pytest.mark.django_db(transaction=True)
def test_round_start_queues_a_round_and_says_where_it_is(catalogue: None, queue: Queue) -> None:
    out = output_of("round_start", iterations=1, seed=4)
    round_ = Round.objects.get()
    assert out == f"round {round_.pk} is queued: /rounds/{round_.pk}/\n"
    assert (round_.params["iterations"], round_.params["seed"]) == (1, 4)
    assert queue.take() == [("training.tasks.round_run", round_.pk)]


def test_a_dry_run_says_what_a_round_would_take_and_starts_none(
    catalogue: None, capsys: pytest.CaptureFixture[str]
) -> None:
    Label.objects.filter(listing__split="gold", listing__vertical__code="kurta").delete()
    out = output_of("round_start", dry_run=True, strategy="sft_dpo", iterations=2)
    figures = dict(re.findall(r"^(\w[\w ]*?)  +(.+)$", out, re.MULTILINE))
    assert figures["strategy"] == "SFT, then DPO"
    assert figures["questions"] == "10 (2 seed, 4 gold, 4 pool)"
    assert figures["reviewed"] == "0 of the pool's, which reviews settled"
    assert figures["chains"] == "272"
    assert figures["pairs"] == "12 at most"
    assert figures["time"].startswith("less than a minute (measured with the demo")
    assert "left out: kurta: vertical 'kurta' has no gold labels" in capsys.readouterr().err
    assert not Round.objects.exists()


@pytest.mark.parametrize("strategy", ["sft", "self_training"])
def test_round_start_takes_strategy_and_preset(catalogue: None, queue: Queue, strategy: str) -> None:
    output_of("round_start", strategy=strategy, preset="gpu24")
    params = Round.objects.get().params
    assert (params["strategy"], params["preset"]) == (strategy, "gpu24")


def test_round_start_refuses_bad_input_with_exit_code_2(catalogue: None) -> None:
    Listing.objects.filter(split="pool").delete()
    with pytest.raises(CommandError, match="the pool is empty: import unlabelled listings") as caught:
        output_of("round_start")
    assert caught.value.returncode == 2
    assert not Round.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_round_start_without_a_queue_ends_with_the_remedy(catalogue: None, no_queue: None) -> None:
    with pytest.raises(CommandError, match="is failed: The queue does not answer .* manage.py serve"):
        output_of("round_start")


@pytest.mark.django_db(transaction=True)
def test_round_resume_queues_the_round_again(queue: Queue) -> None:
    round_ = round_in(Status.FAILED)
    assert "is queued" in output_of("round_resume", round_.pk)
    assert queue.take() == [("training.tasks.round_run", round_.pk)]


@pytest.mark.django_db
def test_round_resume_refuses_a_round_that_did_not_fail() -> None:
    round_ = round_in(Status.DONE)
    with pytest.raises(CommandError, match=f"round {round_.pk} is not failed or cancelled") as caught:
        output_of("round_resume", round_.pk)
    assert caught.value.returncode == 2


@pytest.mark.django_db
def test_a_watched_round_shows_a_bar_for_every_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watching, "POLL_SECONDS", 0)
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sft", done=1, total=4)

    def move_on() -> None:
        if RoundStage.objects.count() == 1:
            RoundStage.objects.update(done=4, status=Status.DONE, finished=round_.started)
            stage_of(round_, Status.RUNNING, "sample", iteration=1, done=2, total=8)
        else:
            ledger.round_close(round_id=round_.pk, status=Status.FAILED, error="the disk is full: make room")

    progress = watching.watch_round(round_.pk, check=move_on)
    assert progress.is_resumable
    bars = capsys.readouterr().err
    assert re.search(r"SFT +100% \|.*4/4", bars)
    assert re.search(r"Iteration 1, sampling chains +25% \|.*2/8", bars)


@pytest.mark.django_db
def test_a_watch_ends_with_what_its_check_raises() -> None:
    def check() -> None:
        raise CommandError("the worker died")

    with pytest.raises(CommandError, match="the worker died"):
        watching.watch_round(round_in(Status.RUNNING).pk, check=check)


@pytest.mark.django_db(transaction=True)
def test_the_demo_prints_the_table_of_a_done_round_and_last_its_json(
    base_model: None, queue: Queue, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True
    Command().load_catalogue({**DEMO, "seed": 0})
    output_of("round_start", iterations=1)
    run_on_fakes(Round.objects.get().pk)
    *table, last = output_of("demo", **DEMO).splitlines()
    assert json.loads(last).keys() == {
        *("zero_shot", "sft", "iterations", "majority"),
        *("questions", "pool", "loop_seconds"),
    }
    assert (json.loads(last)["questions"], json.loads(last)["pool"]) == (4, 2)
    assert [line.split()[0] for line in table] == ["vertical", "cap", "All"]
    said = capsys.readouterr().err
    assert "the demo catalogue is there: reusing it" in said
    assert "is done: reusing its figures" in said


@pytest.mark.django_db
def test_the_demo_catalogue_is_labelled_without_evidence() -> None:
    Command().load_catalogue({**DEMO, "seed": 0})
    assert Label.objects.filter(listing__split="seed").count() == 4
    assert not Label.objects.exclude(evidence_position=None).exists()
    assert not Label.objects.filter(listing__split="pool").exists()


@pytest.mark.django_db
def test_the_demo_makes_its_users_only_where_passwords_may_be_known(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="ATTRX_DEBUG=1") as caught:
        output_of("demo", no_serve=True)
    assert caught.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_demo_makes_its_three_users_and_refuses_what_is_no_vertical(settings: Settings) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match="unknown demo vertical 'car': choose from") as caught:
        output_of("demo", no_serve=True, verticals=["car"])
    assert caught.value.returncode == 2
    roles = {user.username: [group.name for group in user.groups.all()] for user in User.objects.all()}
    assert roles == {role.value: [role.value] for role in Role}


def test_the_table_is_aligned(catalogue: None) -> None:
    round_ = services.round_start(iterations=1)
    run_on_fakes(round_.pk)
    lines = accuracy_table(dashboards.round_dashboard(round_id=round_.pk)).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split() == [
        *("vertical", "Zero-shot", "SFT", "Iteration", "1"),
        *("majority", "most", "frequent", "questions"),
    ]
    assert lines[-1].startswith("All verticals")
