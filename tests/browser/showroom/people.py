"""The people of the showroom and what they have done: labels, disputes, remarks, a teacher's run."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.urls import resolve

from attrx_web.roles import Role
from catalog.models import Listing, Vertical
from catalog.resetlinks import reset_path
from catalog.services.invitations import invitation_make
from catalog.services.saved_views import saved_view_create
from labeling.models import Purpose, TeacherRun, Turn, VerticalAssignment
from labeling.services.people import count_claim, count_queue, count_run
from labeling.services.rules import rule_set
from labeling.services.talk import comment_add
from labeling.services.tasks import tasks_open
from labeling.services.teacher import teacher_start
from labeling.teacher.plan import Choice
from tests.factories import user_with
from tests.labeling.reviews import voted
from tests.labeling.teacher.endpoint import Endpoint
from tests.labeling.teacher.runs import plan, worked
from tests.labeling.workspace import answer, claim, message, send, statuses

ASKED_TWICE, ASKED_ONCE = "handbag", "watch"
Truths = Mapping[str, str]
"""{question id in a round: the right answer}"""


def pool_of(vertical: str) -> list[Listing]:
    return list(Listing.objects.filter(vertical__code=vertical, split="pool").order_by("external_id"))


def people_work(truths: Truths) -> None:
    """People label the seeds; two of them answer the same handbags, not always alike, and talk."""
    admin, anna, ben = (
        user_with(Role.ADMIN),
        *(user_with(Role.ANNOTATOR, one) for one in ("anna", "ben")),
    )
    user_with(Role.ANNOTATOR)
    seeds = Listing.objects.filter(split="seed").order_by("external_id").values_list("pk", flat=True)
    tasks_open(listing_ids=list(seeds), purpose=Purpose.SEED)
    finish(anna, 8, truths, purpose=Purpose.SEED, seconds=41)
    finish(ben, 4, truths, purpose=Purpose.SEED, seconds=29)
    rule_set(purpose=Purpose.GOLD, overlap=2, agree=2, suggestions=False, by=admin)
    bags = pool_of(ASKED_TWICE)
    tasks_open(listing_ids=[one.pk for one in bags], purpose=Purpose.GOLD)
    tasks_open(listing_ids=[one.pk for one in pool_of(ASKED_ONCE)], purpose=Purpose.SEED)
    _grid_ready()
    VerticalAssignment.objects.create(person=ben, vertical=bags[0].vertical)
    finish(anna, 6, truths, purpose=Purpose.GOLD, seconds=31)
    finish(ben, 5, truths, purpose=Purpose.GOLD, slips=0.2, seconds=24)
    text = "Is a bucket bag with a drawstring a tote? @admin and @annotator"
    comment_add(listing=bags[0], attribute="", author=ben, text=text, flag=True)
    comment_add(listing=bags[1], attribute="", author=anna, text="Two bags in one photo.", flag=True)
    saved_view_create(owner=admin, name="Unsure kurtas", query="vertical=kurta&sort=agreement", shared=True)
    saved_view_create(owner=admin, name="Gold", query="split=gold", shared=False)


def _grid_ready() -> None:
    """Reviews of one question each, on which a model says the same."""
    watches = pool_of(ASKED_ONCE)
    tasks_open(listing_ids=[one.pk for one in watches], purpose=Purpose.REVIEW, asks=["color"])
    for watch in watches:
        voted(watch, "color", {"black": 0.875, "white": 0.125}, source="Round 1, SFT")


def finish(
    person: User,
    count: int,
    truths: Truths,
    *,
    purpose: Purpose,
    seconds: float,
    slips: float = 0.0,
) -> None:
    """Have the person answer so many listings; so often with another value than the true one."""
    random = Random(person.username)
    for lease in claim(person, count, purpose=purpose):
        listing = Turn.objects.get(pk=lease.turn_id).task.listing
        said = []
        for asked in listing.vertical.attributes.filter(retired=False):
            values = {value.label: value.code for value in asked.values.all()}
            right = values[truths[f"{listing.external_id}/{asked.label}"]]
            others = [code for code in values.values() if code != right]
            value = random.choice(others) if random.random() < slips else right
            said.append(answer(lease, asked.code, value))
        replies = send(person, *said, message("finish", lease, seconds=seconds + random.randrange(9)))
        assert set(statuses(replies)) == {"done"}, replies


def people_count_now() -> None:
    """What a worker does once an hour."""
    claim_ = count_claim(count_id=count_queue(tell=False).pk, worker="process 9 on web")
    assert claim_ is not None
    count_run(claim_)


def teacher_ask(endpoint: Endpoint) -> TeacherRun:
    """A run over the suitcases of the pool, some of whose answers are none."""
    vertical = Vertical.objects.get(code="suitcase")
    endpoint.says("I am sorry, but I cannot help with products of this kind.")
    endpoint.says(_said(vertical)[:60], finish="length")
    endpoint.says(lambda body: _said(vertical))
    asked: dict[str, Any] = {"vertical": vertical.code, "choice": Choice(split="pool")}
    return worked(teacher_start(plan=plan(**asked), send=False))


def invite() -> str:
    """Invite two people; the secret of the link of one of them."""
    admin = user_with(Role.ADMIN)
    invitation_make(by=admin, roles=[Role.VIEWER], days=7)
    return invitation_make(
        by=admin, roles=[Role.REVIEWER, Role.ANNOTATOR], days=7, email="a.new.colleague@example.org"
    )[1]


def reset_link() -> tuple[str, str]:
    """What the address of a link for ben's new password names."""
    names = resolve(reset_path(user_with(Role.ANNOTATOR, "ben"))).kwargs
    return names["uidb36"], names["key"]


def _said(vertical: Vertical) -> str:
    """The first value of every attribute."""
    return json.dumps(
        {
            one.code: {"values": [one.values.all()[0].label], "state": "", "evidence": 1}
            for one in vertical.attributes.filter(retired=False)
        }
    )
