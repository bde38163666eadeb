"""The people of the showroom and what they have done: labels, disputes, remarks, a teacher's run."""

import json
from random import Random
from typing import Any

from django.contrib.auth.models import User

from attrx_web.roles import Role
from catalog.models import Attribute, Listing, Vertical
from catalog.services.saved_views import saved_view_create
from labeling.models import Purpose, TeacherRun, VerticalAssignment
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


def pool_of(vertical: str) -> list[Listing]:
    return list(Listing.objects.filter(vertical__code=vertical, split="pool").order_by("external_id"))


def people_work() -> None:
    """Two people answer the same handbags, not always alike, and talk; watches wait for somebody."""
    admin, anna, ben = (
        user_with(Role.ADMIN),
        *(user_with(Role.ANNOTATOR, one) for one in ("anna", "ben")),
    )
    rule_set(purpose=Purpose.GOLD, overlap=2, agree=2, suggestions=False, by=admin)
    bags = pool_of(ASKED_TWICE)
    tasks_open(listing_ids=[one.pk for one in bags], purpose=Purpose.GOLD)
    tasks_open(listing_ids=[one.pk for one in pool_of(ASKED_ONCE)], purpose=Purpose.SEED)
    _grid_ready()
    VerticalAssignment.objects.create(person=ben, vertical=bags[0].vertical)
    finish(anna, 6, slips=0.0, seconds=31)
    finish(ben, 5, slips=0.2, seconds=24)
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


def finish(person: User, count: int, *, slips: float, seconds: float) -> None:
    """Have the person answer so many handbags; so often another value than the first is given."""
    random = Random(person.username)
    asked = Attribute.objects.filter(vertical__code=ASKED_TWICE, retired=False).prefetch_related("values")
    values = {one.code: [value.code for value in one.values.all()] for one in asked}
    for lease in claim(person, count, purpose=Purpose.GOLD):
        said = [answer(lease, code, codes[random.random() < slips]) for code, codes in values.items()]
        replies = send(person, *said, message("finish", lease, seconds=seconds))
        assert set(statuses(replies)) == {"done"}, replies


def teacher_ask(endpoint: Endpoint) -> TeacherRun:
    """A run over the suitcases of the pool, some of whose answers are none."""
    vertical = Vertical.objects.get(code="suitcase")
    endpoint.says("I am sorry, but I cannot help with products of this kind.")
    endpoint.says(_said(vertical)[:60], finish="length")
    endpoint.says(lambda body: _said(vertical))
    asked: dict[str, Any] = {"vertical": vertical.code, "choice": Choice(split="pool")}
    return worked(teacher_start(plan=plan(**asked), send=False))


def _said(vertical: Vertical) -> str:
    """The first value of every attribute."""
    return json.dumps(
        {
            one.code: {"values": [one.values.all()[0].label], "state": "", "evidence": 1}
            for one in vertical.attributes.filter(retired=False)
        }
    )
