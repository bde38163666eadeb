"""Saving, changing and forgetting views of the listings page."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.services.saved_views import saved_view_change, saved_view_create, saved_view_delete
from training.listings import Browser
from training.views.listings import address, sentence

GONE = "That view is not yours, or not there any more."


@require_POST
@role_required(Role.REVIEWER)
def create(request: HttpRequest) -> HttpResponse:
    """Give the filters of the list a name."""
    query = Browser(QueryDict(request.POST.get("query", ""))).view_query()
    try:
        view = saved_view_create(
            owner=cast(User, request.user),
            name=request.POST.get("name", ""),
            query=query,
            shared="shared" in request.POST,
        )
        messages.success(request, f"Saved as {view.name}.")
    except CatalogError as error:
        messages.error(request, sentence(error))
    return redirect(address(query))


@require_POST
@role_required(Role.REVIEWER)
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename a view, share it or take it back, or forget it."""
    owner = cast(User, request.user)
    try:
        if "delete" in request.POST:
            done, said = saved_view_delete(pk=view_id, owner=owner), "The view is deleted."
        else:
            name, shared = request.POST.get("name", ""), "shared" in request.POST
            done = saved_view_change(pk=view_id, owner=owner, name=name, shared=shared)
            said = "The view is changed."
        messages.add_message(request, messages.SUCCESS if done else messages.WARNING, said if done else GONE)
    except CatalogError as error:
        messages.error(request, sentence(error))
    return redirect(address(Browser(QueryDict(request.POST.get("query", ""))).query()))
