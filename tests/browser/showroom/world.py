"""Everything at once: shop, people, two rounds and one that runs, a routing, weeks, imports, workers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Attribute, Import, Listing, Status, Vertical
from labeling.models import Label, TeacherRun
from tests.browser.rounds import running_round
from tests.browser.showroom.model import ShopModel
from tests.browser.showroom.people import (
    invite,
    people_count_now,
    people_work,
    reset_link,
    teacher_ask,
)
from tests.browser.showroom.shop import shop_open
from tests.catalog.folders import checked, columns, file_opened
from tests.factories import photo_bytes, user_with
from tests.labeling.teacher.endpoint import Endpoint
from tests.training.health.filled import fill_weeks
from tests.training.routed import answer, settings_of
from tests.training.studied import study_row
from training import jobs, services
from training.ml.study.arms import GROUPS
from training.models import ModelVersion, Round, Route, Routing, Study
from training.presence import Doing, Present, present_write
from training.routing.run import run_routing
from training.services import releasing, routings

GIB = 2**30
SKILLS = (0.5, 0.6)
"""Of the models of the two rounds."""
ROWS = (
    "sku,kind,name,hue,pic\n"
    "n1,watch,Steel watch,black,a.png\n"
    "n2,watch,Watch without photo,white,none.png\n"
    "n3,hat,Felt hat,brown,a.png\n"
    "n4,watch,Moon watch,moonlight,a.png\n"
)


@dataclass(frozen=True, slots=True)
class World:
    """What addresses name."""

    rounds: tuple[Round, Round]
    running: Round
    version: ModelVersion
    """The challenger."""
    routing: Routing
    study: Study
    opened: Import
    """Its columns are to be named."""
    checked: Import
    """Some of its rows have problems."""
    teacher: TeacherRun
    gold: Listing
    """Of the gold set, answered by every model."""
    person: User
    """Who has labelled most."""
    invitation: str
    """The secret of a link that lets somebody in."""
    reset_link: tuple[str, str]
    """What the address of a link for a new password names."""


def world_make(*, folder: Path, redis: Any, endpoint: Endpoint) -> World:
    """Fill the database; models, queues and the teacher are stand-ins that the fixtures name."""
    truths = shop_open()
    people_work(truths)
    later = Listing.objects.filter(split="pool", external_id__regex=r"-01[5-7]$")
    later.update(retired=True)
    first = _round(1, SKILLS[0], truths)
    later.update(retired=False)
    second = _round(2, SKILLS[1], truths)
    routing = _routing(first)
    for vertical in Vertical.objects.filter(code__in=("kurta", "watch", "handbag")):
        fill_weeks(vertical, Attribute.objects.get(vertical=vertical, code="color"))
    opened, with_problems = _imports(folder)
    running = running_round(Vertical.objects.get(code="kurta"))
    _workers(redis, running)
    people_count_now()
    return World(
        rounds=(first, second),
        running=running,
        version=second.versions.latest("iteration"),
        routing=routing,
        study=study_row(folder / "study", title="The defaults", groups=GROUPS),
        opened=opened,
        checked=with_problems,
        teacher=teacher_ask(endpoint),
        gold=Listing.objects.get(external_id="kurta-002"),
        person=user_with(Role.ANNOTATOR, "anna"),
        invitation=invite(),
        reset_link=reset_link(),
    )


def _round(number: int, skill: float, truths: dict[str, str]) -> Round:
    round_ = services.round_start(iterations=2, seed=number, created_by=user_with(Role.ADMIN))
    claim = services.round_claim(round_id=round_.pk, worker="process 4242 on gpu-07")
    assert claim is not None
    jobs.run_round(claim, run_stage=ShopModel(skill=skill, truths=truths))
    round_.refresh_from_db()
    assert round_.status == Status.DONE, round_.error
    return round_


def _routing(round_: Round) -> Routing:
    """The champion's, confirmed; reviewers have answered the audits and some reviews."""
    version = round_.versions.get(aliases__name="champion")
    routing = routings.routing_start(version_id=version.pk, settings=settings_of(per_day=40))
    claim = routings.routing_claim(routing_id=routing.pk, worker="process 7 on laptop")
    assert claim is not None
    run_routing(claim)
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    releasing.routing_release(routing_id=routing.pk)
    asked = routing.questions.exclude(released=None).select_related("attribute")
    known = set(Label.objects.values_list("listing", "attribute"))
    unanswered = [
        one for one in asked.order_by("route", "rank") if (one.listing_id, one.attribute_id) not in known
    ]
    for route, count in ((Route.AUDIT, 12), (Route.REVIEW, 8)):
        for question in [one for one in unanswered if one.route == route][:count]:
            answer(question, question.attribute.values.all()[0].code)
    routing.refresh_from_db()
    return routing


def _imports(folder: Path) -> tuple[Import, Import]:
    (folder / "a.png").write_bytes(photo_bytes())
    plan = columns(sku="id", kind="vertical", name="title", hue="attribute:color", pic="images")
    opened, other = (
        file_opened(folder / name, ROWS, photos=str(folder), columns=plan)
        for name in ("winter collection.csv", "spring collection.csv")
    )
    return opened, checked(other)


def _workers(redis: Any, running: Round) -> None:
    now = timezone.now().timestamp()
    gpu: dict[str, Any] = {"device": "NVIDIA H100", "gpu_memory": 52 * GIB, "gpu_total": 80 * GIB}
    none: dict[str, Any] = {"device": "", "gpu_memory": 0, "gpu_total": 0}
    doing = (Doing("training.tasks.round_run", (running.pk,), now - 754),)
    for name, queues, at, device in (
        ("gpu@gpu-07", ("gpu",), doing, gpu),
        ("web@web", ("default",), (), none),
    ):
        present_write(
            redis,
            Present(
                name,
                name.partition("@")[2],
                4242,
                started=now - 7200,
                written=now - 1,
                queues=queues,
                doing=at,
                memory=9 * GIB,
                **device,
            ),
        )
