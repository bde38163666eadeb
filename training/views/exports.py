"""The page of exports, and the files."""

import shlex
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from attrx_web.roles import Role, role_required, roles_of
from catalog.errors import CatalogError
from catalog.filters import Active
from catalog.imaging import naming
from labeling.exporting import PhotoItem
from training import exporting
from training.exporting import COUNTED, Format, Order, What, choice
from training.filters import PredictedListingFilter
from training.forms import ExportForm
from training.services.downloads import export_record


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice with what it means."""

    value: str
    label: str
    text: str


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.LABEL_STUDIO: "application/zip",
    Format.HF: "application/zip",
}
WHATS = [
    Pick(What.LISTINGS, "Listings", "Title, description, photos, metadata, and the labels that hold."),
    Pick(What.LABELS, "Labels", "A row for each label: the answer, where it comes from, the schema version."),
    Pick(
        What.PREDICTIONS, "Predictions", "A row for each vote of a model version: answer, agreement, votes."
    ),
    Pick(What.COMPARISON, "Labels beside predictions", "A row for each question, and whether they agree."),
]
FORMATS = [
    Pick(Format.CSV, "CSV", "For spreadsheets. Text that looks like a formula is made harmless."),
    Pick(Format.JSONL, "JSONL", "An object a line."),
    Pick(Format.PARQUET, "Parquet", "Typed columns, compressed, for data frames and warehouses."),
    Pick(
        Format.LABEL_STUDIO,
        "Label Studio",
        "A zip with tasks and a labelling configuration for each vertical.",
    ),
    Pick(Format.HF, "Hugging Face datasets", "A zip that load_dataset reads once unpacked, with the photos."),
]
SHOWN = ("vertical", "split")
"""Filters that the page itself offers; others come along from the listings page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks for."""

    form: ExportForm
    filters: PredictedListingFilter
    order: Order | None
    problem: str
    """why there is no order"""

    @property
    def others(self) -> dict[str, str]:
        """The filters that the page does not offer itself."""
        return {name: value for name, value in self.filters.fitting().items() if name not in SHOWN}

    @property
    def query(self) -> str:
        """The filters as the listings page takes them."""
        return urlencode(self.filters.fitting())

    @property
    def command(self) -> str:
        """What does the same in a terminal."""
        given = self.form.cleaned_data
        words = ["manage.py", "catalog_export", given["what"], "--format", given["format"]]
        if self.query:
            words += ["--filter", self.query]
        if given["version"] and What(given["what"]).needs_version:
            words += ["--model-version", str(given["version"])]
        if self.order and self.order.accepted:
            words += ["--accepted"]
        if given["bom"] and given["format"] == Format.CSV:
            words += ["--bom"]
        if given["photos_at"] and given["format"] == Format.LABEL_STUDIO:
            words += ["--photo-prefix", given["photos_at"]]
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked for, as far as it was counted."""

    order: Order
    rows: int
    bytes: int
    """of the rows that were counted, about"""

    @property
    def is_more(self) -> bool:
        """There are more rows than were counted."""
        return self.rows > COUNTED

    @property
    def problem(self) -> str:
        """Why it cannot be downloaded, or an empty text."""
        # A zip keeps a directory of its photos in memory.
        too_many = self.is_more and self.order.format is Format.HF
        return "These are too many photos for one zip. Write a folder in a terminal." if too_many else ""

    @property
    def rows_text(self) -> str:
        """The count in words."""
        return f"More than {self.order.counted(COUNTED)}" if self.is_more else self.order.counted(self.rows)


@require_safe
@role_required(Role.REVIEWER)
def export(request: HttpRequest) -> HttpResponse:
    """Choose what to export and see how much it is; to htmx, only how much."""
    asked = _asked(request)
    context: dict[str, object] = {"asked": asked, "size": _size(asked.order) if asked.order else None}
    if request.headers.get("HX-Request"):
        return render(request, "training/_export_size.html", context)
    context |= {"whats": WHATS, "formats": FORMATS, "chips": _chips(asked)}
    context |= {"shown": [asked.filters.form[name] for name in SHOWN]}
    context |= {"may_import": roles_of(request).admin}
    return render(request, "training/export.html", context)


@require_GET
@role_required(Role.REVIEWER)
def download(request: HttpRequest) -> HttpResponseBase:
    """The file, as it is written; back to the page where it cannot be."""
    asked = _asked(request)
    order = asked.order
    problem = _size(order).problem if order and order.format is Format.HF else asked.problem
    if order is None or problem:
        messages.error(request, problem)
        return redirect(f"{reverse('training:export')}?{request.GET.urlencode()}")
    export_record(order=order, filters=asked.filters.fitting())
    name = f"{order.name}-{timezone.localdate():%Y-%m-%d}{order.suffix}"
    response = StreamingHttpResponse(exporting.pieces(order), content_type=CONTENT_TYPES[order.format])
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    # A proxy that gathers the whole before it hands it on would need room for it.
    response["X-Accel-Buffering"] = "no"
    return response


def _asked(request: HttpRequest) -> Asked:
    query = request.GET.dict()
    defaults = {"what": What.LABELS.value, "format": Format.CSV.value}
    form = ExportForm(defaults | query, versions=choice.versions())
    filters = PredictedListingFilter(query)
    try:
        order = _order(request, form, filters)
    except CatalogError as error:
        return Asked(form, filters, None, str(error))
    return Asked(form, filters, order, "")


def _order(request: HttpRequest, form: ExportForm, filters: PredictedListingFilter) -> Order:
    """What is asked for.

    Raises:
        CatalogError: where something cannot be read, or there is no such model version.
    """
    for name, problems in form.errors.items():
        raise CatalogError(f"{form[name].label}: {' '.join(map(str, problems))}")
    for problem in filters.problems():
        raise CatalogError(problem)
    given, what = form.cleaned_data, What(form.cleaned_data["what"])
    prefix: str = given["photos_at"]

    def address(photo: PhotoItem) -> str:
        if prefix:
            return f"{prefix}{photo.file}"
        return request.build_absolute_uri(reverse("catalog:photo", args=[photo.sha256, naming.Size.WEB]))

    form_, version = Format(given["format"]), given["version"]
    # The box is not shown for what has no accepted answers, but stays ticked.
    accepted = given["accepted"] and what is What.PREDICTIONS and not form_.is_folder
    if accepted:
        version = choice.accepting_version(what, form_, version)
    return Order(
        what=what,
        format=form_,
        listings=filters.qs,
        version=choice.version_named(version) if what.needs_version else None,
        accepted=accepted,
        bom=given["bom"],
        address=address,
    )


def _size(order: Order) -> Size:
    rows = exporting.row_count(order)
    return Size(order, rows, exporting.size_hint(order, count=min(rows, COUNTED)))


def _chips(asked: Asked) -> list[tuple[Active, str]]:
    """Each filter that came along, and the page's query without it."""
    query = {name: value for name, value in asked.form.data.items() if value}
    return [
        (active, urlencode({name: value for name, value in query.items() if name not in active.names}))
        for active in asked.filters.active()
        if active.names[0] not in SHOWN
    ]
