"""The board: what waits for whom, how far everybody is, and how work is done."""

from datetime import datetime, timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from labeling.access import purposes_of
from labeling.errors import LabelingError
from labeling.forms import RuleForm
from labeling.purposes import PURPOSES, Named
from labeling.reliability_page import person_table
from labeling.selectors.board import progress_of, waiting_for
from labeling.selectors.people import people_rows, person_row, vertical_rows
from labeling.selectors.rules import rules_now
from labeling.selectors.work import finished_turns
from labeling.services.rules import MOST_PEOPLE, assignments_set, rule_set, tasks_ask_again
from labeling.views.frame import framed

SPANS = {"7": "7 days", "30": "30 days", "all": "All time"}
USUAL_SPAN = "30"


@require_safe
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def board(request: HttpRequest) -> HttpResponse:
    """What waits for the person who looks, and how far they are."""
    person = cast(User, request.user)
    purposes = purposes_of(person)
    rows = waiting_for(person, purposes)
    context = {
        "purposes": [
            (PURPOSES[purpose], sum(row.counts[place] for row in rows))
            for place, purpose in enumerate(purposes)
        ],
        "rows": [(row, list(zip(purposes, row.counts, strict=True))) for row in rows],
        "progress": progress_of(person),
    }
    return framed(request, "labeling/board.html", context)


@require_safe
@role_required(Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody: done, left, speed, agreement, flags; and every vertical with whom it waits for."""
    context = {
        "rows": people_rows(since=_since(_span(request))),
        "verticals": vertical_rows([purpose.code for purpose in PURPOSES.values()]),
        "purposes": PURPOSES.values(),
    }
    return framed(request, "labeling/people.html", context | _spans(request))


@require_safe
@role_required(Role.ADMIN)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person by vertical, what they work on, and what they finished last."""
    row = person_row(person_id, since=_since(_span(request)))
    if row is None:
        raise Http404(f"There is no person {person_id} who labels.")
    context = {
        "row": row,
        "finished": finished_turns(person=row.person),
        "reliability": person_table(row.person.pk),
    }
    return framed(request, "labeling/person.html", context | _spans(request))


@require_POST
@role_required(Role.ADMIN)
def assign(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let the person work on the verticals that are ticked, or on all where none is."""
    chosen = [int(pk) for pk in request.POST.getlist("vertical") if pk.isdecimal()]
    try:
        assignments_set(person_id=person_id, vertical_ids=chosen)
    except LabelingError as error:
        raise Http404(str(error)) from error
    verticals = f"{len(chosen)} vertical{'' if len(chosen) == 1 else 's'}" if chosen else "all verticals"
    messages.success(request, f"Works on {verticals} from now on.")
    return redirect("labeling:people_person", person_id)


@require_safe
@role_required(Role.ADMIN)
def settings(request: HttpRequest) -> HttpResponse:
    """How listings of each purpose are worked on."""
    rules = [(PURPOSES[rule.purpose], rule) for rule in rules_now()]
    return framed(request, "labeling/settings.html", {"rules": rules, "most": MOST_PEOPLE})


@require_POST
@role_required(Role.ADMIN)
def rule(request: HttpRequest, purpose: str) -> HttpResponse:
    """Change how listings of this purpose are worked on."""
    form, named = RuleForm(request.POST), _named(purpose)
    if not form.is_valid():
        messages.error(request, f"{named.name}: give whole numbers, people from 1 and shares from 0.")
        return redirect("labeling:settings")
    try:
        rule_set(purpose=named.code, by=cast(User, request.user), **form.cleaned_data)
    except LabelingError as error:
        messages.error(request, str(error))
        return redirect("labeling:settings")
    messages.success(request, f"{named.name} is worked on so from now on.")
    return redirect("labeling:settings")


@require_POST
@role_required(Role.ADMIN)
def ask_again(request: HttpRequest, purpose: str) -> HttpResponse:
    """Ask further people about listings that were finished by fewer than the rule wants now."""
    asked = tasks_ask_again(purpose=_named(purpose).code)
    messages.success(request, f"Further people are asked about {asked} listing{'' if asked == 1 else 's'}.")
    return redirect("labeling:settings")


def _named(purpose: str) -> Named:
    if purpose not in PURPOSES:
        raise Http404(f"There is no purpose {purpose!r}.")
    return PURPOSES[purpose]


def _span(request: HttpRequest) -> str:
    asked = request.GET.get("span", "")
    return asked if asked in SPANS else USUAL_SPAN


def _since(span: str) -> datetime | None:
    return None if span == "all" else timezone.now() - timedelta(days=int(span))


def _spans(request: HttpRequest) -> dict[str, object]:
    return {"spans": SPANS, "span": _span(request)}
