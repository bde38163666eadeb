"""What people say to each other: flags for reviewers, and what each person was named in."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from labeling.errors import LabelingError
from labeling.selectors.talk import comment_listing, flags_open, flags_resolved, mentions_of, photos_shown
from labeling.services.talk import comment_add, flag_resolve, mentions_see
from labeling.views.frame import framed

PER_PAGE = 25
RESOLVED_SHOWN = 20


@require_safe
@role_required(Role.REVIEWER)
def flags(request: HttpRequest) -> HttpResponse:
    """What waits to be dealt with, and what was dealt with last."""
    page = Paginator(flags_open(), PER_PAGE).get_page(request.GET.get("page"))
    resolved = list(flags_resolved()[:RESOLVED_SHOWN])
    photos = photos_shown({flag.listing_id for flag in page})
    rows = [(flag, photos.get(flag.listing_id)) for flag in page]
    return framed(request, "labeling/flags.html", {"page": page, "rows": rows, "resolved": resolved})


@require_POST
@role_required(Role.REVIEWER)
def resolve(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Answer a flag, if something is said, and note that it is dealt with."""
    by, text = cast(User, request.user), request.POST.get("text", "").strip()
    listing = comment_listing(comment_id)
    if listing is None:
        raise Http404(f"There is no comment {comment_id}.")
    if text:
        try:
            comment_add(listing=listing, attribute="", author=by, text=text)
        except LabelingError as error:
            messages.error(request, str(error))
            return redirect("labeling:flags")
    if flag_resolve(comment_id=comment_id, by=by):
        messages.success(request, "The flag is dealt with.")
    else:
        messages.warning(request, "Somebody else has dealt with the flag meanwhile.")
    return redirect("labeling:flags")


@require_safe
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def mentions(request: HttpRequest) -> HttpResponse:
    """What the person was named in, the newest first."""
    person = cast(User, request.user)
    page = Paginator(mentions_of(person), PER_PAGE).get_page(request.GET.get("page"))
    photos = photos_shown({mention.comment.listing_id for mention in page})
    rows = [(mention, photos.get(mention.comment.listing_id)) for mention in page]
    newest = max((mention.pk for mention in page), default=0)
    unseen = any(mention.seen is None for mention in page)
    context = {"page": page, "rows": rows, "newest": newest, "unseen": unseen}
    return framed(request, "labeling/mentions.html", context)


@require_POST
@role_required(Role.ANNOTATOR, Role.REVIEWER)
def seen(request: HttpRequest) -> HttpResponse:
    """Note that the person has seen what they were named in, up to the newest that the page showed."""
    up_to = request.POST.get("up_to", "")
    mentions_see(person=cast(User, request.user), up_to=int(up_to) if up_to.isdecimal() else 0)
    return redirect("labeling:mentions")
