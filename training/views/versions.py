"""The pages of model versions: what there is, how good it is, and which one is the champion."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from catalog.exporting.members import zip_pieces
from training.exporting.adapters import adapter_members, adapter_name
from training.ml.errors import DataError
from training.selectors import versions as selectors
from training.services import versions as services
from training.services.downloads import version_download_record
from training.version_forms import PromotionForm, RollbackForm
from training.version_page import version_page, version_rows

VERSIONS_PER_PAGE = 50
CHANGES_SHOWN = 50


@require_safe
@role_required(*READERS)
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, newest first, and the history of the aliases."""
    page = Paginator(selectors.versions(), VERSIONS_PER_PAGE).get_page(request.GET.get("page"))
    history = Paginator(selectors.alias_history(), CHANGES_SHOWN).get_page(request.GET.get("changes"))
    context = {"page": page, "rows": version_rows(page), "history": history}
    return render(request, "training/versions.html", context)


@require_safe
@role_required(*READERS)
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version: its figures, what the gate says, where it comes from."""
    found = selectors.version_with(version_id=version_id)
    if found is None:
        raise Http404(f"There is no model version {version_id}.")
    context = {"shown": version_page(found), "may_manage": roles_of(request).admin}
    return render(request, "training/version.html", context)


@require_POST
@role_required(Role.ADMIN)
def check(request: HttpRequest, version_id: int) -> HttpResponse:
    """Compare the version with the champion."""
    _exists(version_id)
    try:
        services.version_check(version_id=version_id)
    except DataError as error:
        messages.error(request, f"Nothing was compared: {error}.")
    return redirect("training:version", version_id=version_id)


@require_POST
@role_required(Role.ADMIN)
def promote(request: HttpRequest, version_id: int) -> HttpResponse:
    """Make the version the champion."""
    _exists(version_id)
    form = PromotionForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was changed: {form.problem}")
        return redirect("training:version", version_id=version_id)
    try:
        services.version_promote(version_id=version_id, by=cast(User, request.user), **form.cleaned_data)
    except services.GateRefused:
        messages.error(request, f"Version {version_id} was not promoted: it does not pass the gate.")
    except DataError as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"Version {version_id} is the champion now.")
    return redirect("training:version", version_id=version_id)


@require_POST
@role_required(Role.ADMIN)
def rollback(request: HttpRequest) -> HttpResponse:
    """Make the champion before this one the champion again."""
    form = RollbackForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was changed: {form.problem}")
        return redirect("training:versions")
    try:
        change = services.version_rollback(by=cast(User, request.user), **form.cleaned_data)
    except DataError as error:
        messages.error(request, f"Nothing was changed: {error}.")
        return redirect("training:versions")
    messages.success(request, f"Version {change.to_version_id} is the champion again.")
    return redirect("training:version", version_id=change.to_version_id)


@require_GET
@role_required(Role.ADMIN)
def download(request: HttpRequest, version_id: int) -> HttpResponseBase:
    """The adapter with its manifest and card as a zip, as it is read."""
    found = selectors.version_with(version_id=version_id)
    if found is None:
        raise Http404(f"There is no model version {version_id}.")
    try:
        members = adapter_members(found)
    except DataError as error:
        messages.error(request, f"There is nothing to download: {error}.")
        return redirect("training:version", version_id=version_id)
    version_download_record(version=found)
    response = StreamingHttpResponse(zip_pieces(members), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"{adapter_name(found)}.zip")
    response["Cache-Control"] = "private, no-store"
    # A proxy that gathers the whole before it hands it on would need room for it.
    response["X-Accel-Buffering"] = "no"
    return response


def _exists(version_id: int) -> None:
    if selectors.version_with(version_id=version_id) is None:
        raise Http404(f"There is no model version {version_id}.")
