"""Teacher runs for tests: a plan, a run that is started, a run at work."""

import json
from collections.abc import Mapping
from typing import Any

from catalog.models import Listing
from catalog.services.ledger import Claim, worker_name
from labeling.models import Purpose, Suggestion, TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.services.teacher import teacher_resume, teacher_start
from labeling.services.teacher_queue import teacher_claim
from labeling.services.teacher_run import teacher_run
from labeling.teacher.money import Budget
from labeling.teacher.pace import Patience
from labeling.teacher.plan import Choice, Limits, TeacherPlan
from tests.labeling.workspace import tasks

QUICK = Patience(seconds=5.0, attempts=2, first_wait=0.001, longest_wait=1.0)
PACE = Limits(per_minute=60_000, at_once=1)
RED: dict[str, object] = {"values": ["Red"], "state": "", "evidence": 1}
ZIP: dict[str, object] = {"values": ["Zip"], "state": "", "evidence": None}
UNKNOWN: dict[str, object] = {"values": [], "state": "unknown", "evidence": None}

ANSWERED, UNREADABLE, FAILED, WAITING = (
    TeacherOutcome.ANSWERED,
    TeacherOutcome.UNREADABLE,
    TeacherOutcome.FAILED,
    TeacherOutcome.WAITING,
)


def bags(number: int = 1) -> list[Listing]:
    """So many listings that wait for people."""
    return [task.listing for task in tasks(number)]


def says(**answers: object) -> str:
    """What a good teacher says about a bag; other answers by attribute."""
    return json.dumps({"colour": RED, "closing": ZIP, "note": UNKNOWN} | answers)


def plan(**fields: Any) -> TeacherPlan:
    """Ask about every bag that waits for people with the purpose gold."""
    standard: dict[str, Any] = {
        "vertical": "bag",
        "attributes": (),
        "choice": Choice(purpose=Purpose.GOLD),
        "budget": Budget(tokens=10**6),
        "limits": PACE,
    }
    return TeacherPlan(**standard | fields)


def started(**fields: Any) -> TeacherRun:
    """A queued run."""
    return teacher_start(plan=plan(**fields), send=False)


def claimed(run: TeacherRun) -> Claim:
    """The run, taken by this process."""
    claim = teacher_claim(run_id=run.pk, worker=worker_name())
    assert claim
    return claim


def worked(run: TeacherRun, *, patience: Patience = QUICK, **fields: Any) -> TeacherRun:
    """The run as it is once a worker has let go of it."""
    teacher_run(claimed(run), patience=patience, **fields)
    return TeacherRun.objects.get(pk=run.pk)


def resumed(run: TeacherRun, **fields: Any) -> TeacherRun:
    """The run as it is once it was resumed and worked on again."""
    assert teacher_resume(run_id=run.pk, send=False)
    return worked(run, **fields)


def outcomes(run: TeacherRun) -> list[str]:
    """Of its listings, in order."""
    return list(run.answers.order_by("position").values_list("outcome", flat=True))


def answers(run: TeacherRun) -> list[TeacherAnswer]:
    """Of its listings, in order."""
    return list(run.answers.order_by("position"))


def suggested(listing_id: int) -> Mapping[str, list[dict[str, float]]]:
    """{attribute: the shares of each suggestion about the listing, in order}."""
    found: dict[str, list[dict[str, float]]] = {}
    rows = Suggestion.objects.filter(listing=listing_id).order_by("pk")
    for code, shares in rows.values_list("attribute__code", "shares"):
        found.setdefault(code, []).append(shares)
    return found
