"""The page of a person's tokens for programs."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.forms.tokens import TokenForm
from catalog.selectors.tokens import tokens_of
from catalog.services.tokens import token_make, token_revoke


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(*Role)
def tokens(request: HttpRequest) -> HttpResponse:
    """The person's tokens, and a new one, whose text is shown this once."""
    person = cast(User, request.user)
    form = TokenForm(request.POST if request.method == "POST" else None)
    text, status = "", 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                _, text = token_make(person=person, **form.cleaned_data)
            except CatalogError as error:
                form.add_error(None, f"No token was made: {error}.")
            else:
                form, status = TokenForm(), 200
    context = {"tokens": tokens_of(person), "form": form, "text": text}
    return render(request, "catalog/tokens.html", context, status=status)


@require_POST
@role_required(*Role)
def revoke(request: HttpRequest, number: UUID) -> HttpResponse:
    """End a token at once."""
    if token_revoke(person=cast(User, request.user), number=number):
        messages.success(request, "The token is revoked: programs that use it are turned away from now on.")
    else:
        messages.warning(request, "There is no such token of yours (any more).")
    return redirect("tokens:tokens")
