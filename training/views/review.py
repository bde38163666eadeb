"""The pages of reviewers: what waits and where their verdicts are, and what models agreed on wrongly."""

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from attrx_web.roles import Role, role_required
from training.pages.consensus import consensus_page
from training.pages.review import review_page


@require_safe
@role_required(Role.REVIEWER)
def review(request: HttpRequest) -> HttpResponse:
    """What waits for the person who looks, and what became of their verdicts."""
    page = review_page(cast(User, request.user))
    return render(request, "training/review.html", {"page": page})


@require_safe
@role_required(Role.REVIEWER)
def consensus(request: HttpRequest) -> HttpResponse:
    """High votes of a version that people rejected."""
    page = consensus_page(request.GET.dict())
    return render(request, "training/review_consensus.html", {"page": page})
