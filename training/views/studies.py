"""The pages of studies: what was held against what, over seeds."""

import json
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import READERS, Role, role_required, roles_of
from training.pages.studies import study_lines, study_page
from training.pages.study_sheets import list_sheets, study_sheets
from training.selectors import studies as selectors
from training.services.studies import study_remove
from training.sheets import csv_response, is_csv_asked

STUDIES_PER_PAGE = 25


@require_safe
@role_required(*READERS)
def studies(request: HttpRequest) -> HttpResponse:
    """Every study, newest first."""
    page = Paginator(selectors.studies(), STUDIES_PER_PAGE).get_page(request.GET.get("page"))
    lines = study_lines(page)
    if is_csv_asked(request):
        return csv_response(request, list_sheets(lines), name="studies")
    context = {"page": page, "lines": lines, "may_manage": roles_of(request).admin}
    return render(request, "training/studies.html", context)


@require_safe
@role_required(*READERS)
def study(request: HttpRequest, study_id: int) -> HttpResponse:
    """One study: targets, arms, charts, and every seed."""
    whole = selectors.study_whole(study_id=study_id)
    if whole is None:
        raise _gone(study_id)
    page = study_page(whole, arm=request.GET.get("arm", ""))
    if is_csv_asked(request):
        return csv_response(request, study_sheets(page), name=f"study-{study_id}")
    return render(request, "training/study.html", {"page": page, "may_manage": roles_of(request).admin})


@require_safe
@role_required(*READERS)
def document(request: HttpRequest, study_id: int) -> HttpResponse:
    """What the study wrote, whole, to be kept or computed with."""
    found = selectors.study_document(study_id=study_id)
    if found is None:
        raise _gone(study_id)
    response = HttpResponse(json.dumps(found, indent=1), content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, f"study-{study_id}.json")
    return response


@require_POST
@role_required(Role.ADMIN)
def remove(request: HttpRequest, study_id: int) -> HttpResponse:
    """Forget a study that was stored by mistake; its folder stays where it is."""
    if study_remove(study_id=study_id, by=cast(User, request.user)):
        messages.success(request, f"Study {study_id} is removed. Its folder can be recorded again.")
    else:
        messages.info(request, "It was removed already.")
    return redirect("training:studies")


def _gone(study_id: int) -> Http404:
    return Http404(f"There is no study {study_id}.")
