"""The pages of listings: the list, its choices, and one listing."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from attrx_web.roles import READERS, role_required
from catalog.paging import MOST_COUNTED
from catalog.selectors.saved_views import saved_views_of
from training.filters import PredictedListingFilter
from training.listing_gold import gold_part
from training.listing_page import listing_page
from training.listings import SIZES, Browser, Layout, Sort
from training.services.listings import Action

SORTS = {Sort.NEWEST: "Newest", Sort.ID: "Id", Sort.AGREEMENT: "Lowest agreement"}
ACTIONS = {
    "Move with their groups": {
        Action.MOVE_GOLD: "Move to gold",
        Action.MOVE_SEED: "Move to seed",
        Action.MOVE_POOL: "Move to the pool",
    },
    "Send to labelling": {
        Action.LABEL_SEED: "Label for the seed set",
        Action.LABEL_GOLD: "Label for the gold set",
        Action.LABEL_REVIEW: "Review predictions",
        Action.LABEL_AUDIT: "Audit predictions",
    },
    "Use": {Action.RETIRE: "Retire", Action.RESTORE: "Restore"},
}
"""What admins can do, by group."""


@dataclass(frozen=True, slots=True)
class Link:
    """A choice of the page that is an address."""

    label: str
    query: str
    is_current: bool


@require_safe
@role_required(*READERS)
def listings(request: HttpRequest) -> HttpResponse:
    """The listings that the query asks for. A form that was sent leads to the address of what it says."""
    browser = Browser(request.GET)
    if "apply" in request.GET:
        return redirect(address(browser.query()))
    page = browser.page()
    context: dict[str, Any] = {
        "browser": browser,
        "page": page,
        "rows": browser.rows(page.rows),
        "answer_count": browser.answer_count(),
        "problems": browser.filters.problems(),
        "chips": [(chip, browser.query(without=chip.names)) for chip in browser.filters.active()],
        "sorts": [Link(SORTS[one], browser.query(sort=one), one is browser.sort) for one in browser.sorts],
        "sizes": [Link(str(one), browser.query(size=str(one)), one == browser.size) for one in SIZES],
        "layouts": [
            Link(one.capitalize(), browser.query(layout=one), one is browser.layout) for one in Layout
        ],
        "previous": browser.query(cursor=page.previous) if page.previous else "",
        "next": browser.query(cursor=page.next) if page.next else "",
        "cleared": browser.query(without=browser.filters.filters),
        "export_query": urlencode(browser.filters.fitting()),
    }
    if page.is_counted or request.GET.get("count") == "all":
        context |= _total(page.total if page.is_counted else browser.count())
    return render(request, "training/listings.html", context | _shared(browser) | _views(request, browser))


@require_safe
@role_required(*READERS)
def count(request: HttpRequest) -> HttpResponse:
    """The number of listings that the query asks for, for a page that did not wait for it."""
    return render(request, "training/_listings_total.html", _total(Browser(request.GET).count()))


@require_safe
@role_required(*READERS)
def choices(request: HttpRequest) -> HttpResponse:
    """The part of the filters that depends on the vertical and the attribute that are chosen in them."""
    filters = PredictedListingFilter(PredictedListingFilter(request.GET).fitting())
    return render(request, "training/_listings_question.html", {"filters": filters})


@require_safe
@role_required(*READERS)
def listing(request: HttpRequest, external_id: str) -> HttpResponse:
    """Everything about one listing, and the way to those beside it in the list that the query asks for."""
    page = listing_page(external_id)
    if page is None:
        raise Http404(f"There is no listing {external_id!r}.")
    browser = Browser(request.GET)
    previous, after = browser.neighbours(page.listing.pk)
    wanted = request.GET.get("model") or browser.filters.given("answered")
    gold = gold_part(page.listing, wanted, with_chains="chains" in request.GET)
    kept = parse_qsl(browser.query())
    context = {"page": page, "gold": gold, "kept": kept, "previous": previous, "next": after}
    return render(request, "training/listing.html", context | _shared(browser))


def address(query: str) -> str:
    """The address of the list that the query asks for."""
    return f"{reverse('training:listings')}{'?' if query else ''}{query}"


def sentence(error: Exception) -> str:
    """An error's message as people write."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _shared(browser: Browser) -> dict[str, Any]:
    """What list and listing both need: where they are, and what admins may do."""
    here = browser.query()
    return {
        "here": here,
        "list_address": address(here),
        "actions": ACTIONS,
    }


def _total(count: int) -> dict[str, Any]:
    return {"total": min(count, MOST_COUNTED), "is_more": count > MOST_COUNTED}


def _views(request: HttpRequest, browser: Browser) -> dict[str, Any]:
    views = list(saved_views_of(cast(User, request.user)))
    kept = browser.view_query()
    return {
        "views": views,
        "own_views": [view for view in views if view.owner_id == request.user.pk],
        "view_query": kept,
        "current_view": next((view.pk for view in views if view.query == kept), None),
    }
