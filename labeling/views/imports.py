"""The pages of labels: those of a file, and those that an import brought."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from attrx_web.roles import Role, role_required
from labeling.errors import LabelingError
from labeling.forms import LabelFileForm
from labeling.importing import LabelImport
from labeling.selectors import import_source
from labeling.services import labels_record_claims, labels_record_file

PROBLEMS_SHOWN = 5
"""In messages; the command lists more."""


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMIN)
def label_import(request: HttpRequest) -> HttpResponse:
    """Record the labels of a file, and say what became of each."""
    result: LabelImport | None = None
    form = LabelFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            result = labels_record_file(
                file=file.file, name=file.name, key=form.cleaned_data["key"], by=cast(User, request.user)
            )
        except LabelingError as error:
            form.add_error("file", str(error))
    return render(request, "labeling/import.html", {"form": form, "result": result})


@require_POST
@role_required(Role.ADMIN)
def record_claims(request: HttpRequest, import_id: int) -> HttpResponse:
    """Record the answers that an import brought as labels, and say so on the import's page."""
    try:
        source = import_source(import_id)
    except LabelingError as error:
        raise Http404(str(error)) from error
    result = labels_record_claims(source=source, import_id=import_id, by=cast(User, request.user))
    messages.success(request, f"Labels: {result.summary}.")
    for problem in result.problems[:PROBLEMS_SHOWN]:
        messages.warning(request, problem)
    if (more := result.refused - PROBLEMS_SHOWN) > 0:
        messages.warning(request, f"{more} more: manage.py label_import --import {import_id} lists them.")
    return redirect("catalog:import", import_id)
