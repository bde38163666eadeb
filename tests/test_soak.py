"""What a soak lets pass, and what it does not. The soak itself takes minutes: make soak."""

import json
from typing import Any

import pytest

from tests.soak.people import Seen
from tests.soak.report import Back, Soaked, report
from tests.soak.shop import PREDICT, PROMISED_SECONDS, problem_of

ANSWERED = json.dumps({"answers": [{"values": []}, {"values": ["red"]}]}).encode()
SPEECHLESS = json.dumps({"answers": [{"values": []}]}).encode()


@pytest.mark.parametrize(
    ("status", "again", "body", "seconds", "problem"),
    [
        (200, "", ANSWERED, 1.0, ""),
        (200, "", SPEECHLESS, 1.0, "predict without values"),
        (200, "", ANSWERED, PROMISED_SECONDS + 1, "predict late"),
        (503, "10", b"", 7.0, "predict 503"),
        (503, "10", b"", PROMISED_SECONDS + 1, "predict late"),
        (503, "", b"", 7.0, "predict 503 without Retry-After"),
        (500, "", b"", 1.0, "predict 500"),
    ],
)
def test_an_answer_is_held_against_what_was_promised(
    status: int, again: str, body: bytes, seconds: float, problem: str
) -> None:
    assert problem_of(status, again, body, seconds) == problem


def seen(*problems: str, milliseconds: float = 20.0) -> Seen:
    found = Seen()
    for kind in ("answer", "page /loop/", PREDICT):
        found.answer(kind, 200, milliseconds)
    for problem in problems:
        found.problem(problem)
    return found


def soaked(**changes: Any) -> Soaked:
    """A soak that found nothing, but for these changes."""
    calm = seen()
    calm.keep("a")
    given: dict[str, Any] = {
        "calm": calm,
        "killed": {name: seen() for name in ("web", "model")},
        "back": {"web": Back(1.0, 2.0), "model": Back(4.0, 6.0)},
        "end": {"round": "done", "import": "done", "listings": 9, "answers": ["person:a", "person:b"]},
        "restarts": {"web": 1, "model": 1},
        "exit_codes": {"web": 0, "model": 0},
    }
    return Soaked(**given | changes)


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, []),
        ({"killed": {"web": seen("predict 502"), "model": seen("predict 503", "page 502")}}, []),
        ({"killed": {"model": seen("predict 502")}}, ["predicted"]),
        ({"killed": {"model": seen("predict 503 without Retry-After")}}, ["predicted"]),
        ({"killed": {"web": seen("predict late")}}, ["predicted"]),
        ({"killed": {"redis": seen("predict changed")}}, ["predicted"]),
        ({"killed": {"web": seen("answer was refused")}}, ["nobody_stopped"]),
        ({"back": {"model": Back(4.0, None)}}, ["predicted_again"]),
        ({"exit_codes": {"model": -9}}, ["stopped_well"]),
        ({"calm": seen("predict 503")}, ["nothing_failed", "nothing_lost"]),
        ({"calm": seen(milliseconds=60.0)}, ["nothing_lost", "p95"]),
    ],
)
def test_what_is_missed_is_named(
    changes: dict[str, Any], missed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = soaked(**changes)
    assert report(found, minutes=1, people=2, rows=9) == bool(missed)
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [name for name, is_met in summary["met"].items() if not is_met] == missed
    assert summary["figures"][PREDICT]["p95_ms"] > 0


def test_an_answer_that_was_acknowledged_in_a_kill_and_is_gone_is_lost() -> None:
    killed = seen()
    killed.keep("c")
    assert soaked(killed={"redis": killed}).lost == ["c"]
