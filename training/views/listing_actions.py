"""Doing something to many listings: first what will happen is said, then it is done."""

from collections.abc import Sequence
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from labeling.errors import LabelingError
from labeling.selectors.labels import revision_listing
from labeling.services import label_restore
from training import action_words
from training.forms import ListingActionForm
from training.listings import Browser, listings_chosen
from training.services.listings import Action, Chosen, Outcome, listings_act, listings_act_outcome
from training.views.listings import address, sentence

REFUSALS_SHOWN = 20


@require_POST
@role_required(Role.ADMIN)
def act(request: HttpRequest) -> HttpResponse:
    """Say what the action would do; where that was confirmed and is still so, do it."""
    form = ListingActionForm(request.POST)
    browser = Browser(QueryDict(request.POST.get("query", "")))
    back = address(browser.query())
    try:
        chosen = _chosen(form, browser)
    except CatalogError as error:
        messages.error(request, sentence(error))
        return redirect(back)
    action, by = Action(form.cleaned_data["action"]), cast(User, request.user)
    outcome = listings_act_outcome(action=action, chosen=chosen, by=by)
    if "confirmed" not in request.POST:
        return _confirm(request, form, chosen, outcome, back)
    if outcome.changed + outcome.along != form.cleaned_data["expected"]:
        messages.warning(request, "Something changed meanwhile. Nothing was done: this would happen now.")
        return _confirm(request, form, chosen, outcome, back)
    outcome = listings_act(action=action, chosen=chosen, by=by, priority=form.cleaned_data["priority"] or 0)
    messages.success(request, action_words.did(action, outcome))
    return redirect(back)


@require_POST
@role_required(Role.REVIEWER)
def restore(request: HttpRequest, revision_id: int) -> HttpResponse:
    """Let a label say again what it said once."""
    external_id = revision_listing(revision_id)
    if external_id is None:
        raise Http404(f"There is no revision {revision_id} of a label.")
    try:
        label = label_restore(revision_id=revision_id, by=cast(User, request.user))
    except LabelingError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, f"{label.attribute.label} says again what it said.")
    return redirect("training:listing", external_id)


def _chosen(form: ListingActionForm, browser: Browser) -> list[Chosen]:
    """The listings that the form is about.

    Raises:
        CatalogError: where there is nothing to do, or nothing to do it to.
    """
    if not form.is_valid():
        raise CatalogError(form.problem)
    chosen = listings_chosen(browser, form.ticked if form.cleaned_data["scope"] == "ticked" else None)
    if not chosen:
        raise CatalogError("no listing is chosen: tick some, or choose all that match")
    return chosen


def _confirm(
    request: HttpRequest, form: ListingActionForm, chosen: Sequence[Chosen], outcome: Outcome, back: str
) -> HttpResponse:
    action = Action(form.cleaned_data["action"])
    context = {
        "form": form.cleaned_data,
        "action": action,
        "title": action_words.title(action),
        "explanation": action_words.explanation(action),
        "lines": action_words.will(action, outcome),
        "button": action_words.button(action, outcome),
        "expected": outcome.changed + outcome.along,
        "chosen": chosen,
        "refused": outcome.refused[:REFUSALS_SHOWN],
        "refused_count": len(outcome.refused),
        "refused_more": max(0, len(outcome.refused) - REFUSALS_SHOWN),
        "back": back,
    }
    return render(request, "training/listings_confirm.html", context)
