"""The pages on which admins look after people."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.forms.people import InvitationForm, PersonForm
from catalog.resetlinks import reset_path
from catalog.selectors import people as selectors
from catalog.selectors.scopes import scopes_of
from catalog.services import people as services

PEOPLE_PER_PAGE = 50


@require_safe
@role_required(Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, and who is invited."""
    search = request.GET.get("search", "").strip()
    page = Paginator(selectors.people(search=search), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(one, selectors.roles_of_person(one)) for one in page],
        "search": search,
        "query": f"search={search}" if search else "",
        "invitations": selectors.invitations_open(),
        "form": InvitationForm(initial={"roles": [Role.ANNOTATOR.value]}),
        "mail": settings.ATTRX_MAIL_FROM,
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(Role.ADMIN)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person: roles, verticals and address to change, sessions, second factor."""
    found = _found(person_id)
    form = PersonForm(request.POST if request.method == "POST" else None, initial=_start(found))
    if form.is_bound and form.is_valid():
        try:
            services.person_change(person_id=person_id, **form.cleaned_data)
        except CatalogError as error:
            form.add_error(None, f"Nothing was changed: {error}.")
        else:
            messages.success(request, f"{found.get_username()} is changed.")
            return redirect("accounts:person", person_id)
    return _person_page(request, found, form, status=422 if form.is_bound else 200)


@require_POST
@never_cache
@role_required(Role.ADMIN)
def reset_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a link with which the person chooses a new password; nobody can show it again."""
    found = _found(person_id)
    link = request.build_absolute_uri(reset_path(found))
    return _person_page(request, found, PersonForm(initial=_start(found)), link=link)


@require_POST
@role_required(Role.ADMIN)
def close(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let a person in no more."""
    found = _found(person_id)
    try:
        services.person_close(person_id=person_id, by=cast(User, request.user))
        messages.success(
            request, f"{found.get_username()} is let in no more; sessions and tokens have ended."
        )
    except CatalogError as error:
        messages.error(request, f"Nothing was changed: {error}.")
    return redirect("accounts:person", person_id)


@require_POST
@role_required(Role.ADMIN)
def reopen(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let a person in again."""
    found = _found(person_id)
    services.person_open(person_id=person_id)
    messages.success(request, f"{found.get_username()} may log in again.")
    return redirect("accounts:person", person_id)


@require_POST
@role_required(Role.ADMIN)
def sessions_end(request: HttpRequest, person_id: int) -> HttpResponse:
    """End all sessions of a person; one's own, but this one."""
    found = _found(person_id)
    own = request.session.session_key or "" if found.pk == request.user.pk else ""
    ended = services.sessions_end(person_id=person_id, keep=own)
    messages.success(request, f"{ended} session{'' if ended == 1 else 's'} of {found.get_username()} ended.")
    return redirect("accounts:person", person_id)


@require_POST
@role_required(Role.ADMIN)
def factor_remove(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take the second factors off an account whose person has lost them."""
    found = _found(person_id)
    services.second_factor_remove(person_id=person_id)
    messages.success(request, f"{found.get_username()} logs in by password alone until they set one up.")
    return redirect("accounts:person", person_id)


def _start(found: User) -> dict[str, Any]:
    return {
        "roles": [role.value for role in selectors.roles_of_person(found)],
        "email": found.email,
        "verticals": [one.code for one in scopes_of([found]).get(found.pk, [])],
    }


def _person_page(
    request: HttpRequest, found: User, form: PersonForm, *, link: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "person": found,
        "form": form,
        "link": link,
        "is_own": found.pk == request.user.pk,
        "factors": selectors.factors(found),
        "sessions": selectors.sessions(found, current=request.session.session_key or ""),
    }
    return render(request, "accounts/person.html", context, status=status)


def _found(person_id: int) -> User:
    found = selectors.person(person_id)
    if found is None:
        raise Http404(f"there is no person {person_id}")
    return found
