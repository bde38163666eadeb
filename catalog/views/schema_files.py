"""Schemas as files: out as CSV and JSON, in as drafts, and categories chosen from a taxonomy."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.exporting.as_csv import BOM
from catalog.forms.schema import SchemaFileForm
from catalog.schema.csvfile import write_csv
from catalog.schema.csvrows import SchemaFile
from catalog.schema.files import MOST_SCHEMA_BYTES, read_schema_file, read_taxonomy_file, write_schema_json
from catalog.schema.merge import SHORT
from catalog.schema.taxonomy import Choice, Taxonomy, verticals_of
from catalog.selectors import drafts as selectors
from catalog.selectors.taxonomies import taxonomy_kept
from catalog.services import drafts as services
from catalog.services.drafts import DraftImport
from catalog.services.taxonomies import taxonomy_keep
from catalog.views.schema import READ_WRITE, editor

MOST_UPLOAD = 64 << 20
MOST_FOUND = 100
MOST_CHOSEN = 50


@require_safe
@role_required(Role.ADMIN)
def export(request: HttpRequest, suffix: str) -> HttpResponse:
    """The schema of every vertical, or of those that the address names, as a file."""
    schema = selectors.schema_saved(codes=request.GET.getlist("vertical"))
    # It is for spreadsheets: Excel takes a CSV for UTF-8 only with a byte order mark.
    text = f"{BOM}{write_csv(schema)}" if suffix == "csv" else write_schema_json(schema)
    response = HttpResponse(text, content_type="text/csv" if suffix == "csv" else "application/json")
    name = f"schema-{timezone.now():%Y-%m-%d}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def import_file(request: HttpRequest) -> HttpResponse:
    """Make drafts of what a CSV or JSON file says."""
    form = _form(request)
    problems: list[str] = []
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MOST_SCHEMA_BYTES:
                most = f"{MOST_SCHEMA_BYTES >> 20} MB"
                raise CatalogError(f"{upload.name}: it has more than {most}: split it by vertical")
            file = read_schema_file(upload.read(), where=upload.name)
            result = services.schema_drafts_import(file=file, by=editor(request), note=f"From {upload.name}.")
        except CatalogError as error:
            problems = str(error).splitlines()
        else:
            return _drafted(request, result)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "catalog/schema_import.html", {"form": form, "problems": problems}, status=status)


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def taxonomy(request: HttpRequest) -> HttpResponse:
    """Take in a taxonomy to choose categories from."""
    form = _form(request)
    problems: list[str] = []
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MOST_UPLOAD:
                raise CatalogError(f"{upload.name}: it has more than {MOST_UPLOAD >> 20} MB: gzip it first")
            key = taxonomy_keep(taxonomy=read_taxonomy_file(upload.read(), where=upload.name))
        except CatalogError as error:
            problems = str(error).splitlines()
        else:
            return redirect("catalog:schema_categories", key)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(
        request, "catalog/schema_taxonomy.html", {"form": form, "problems": problems}, status=status
    )


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def categories(request: HttpRequest, key: str) -> HttpResponse:
    """Search a taxonomy, choose categories, make drafts of them."""
    kept = taxonomy_kept(key)
    if kept is None:
        raise Http404("There is no such taxonomy.")
    if request.method != "POST":
        return _categories_page(request, key, kept, request.GET)
    try:
        _check_count(len(request.POST.getlist("choose")))
        choice = verticals_of(kept, request.POST.getlist("choose"))
        return _drafted(request, _drafts_of(request, choice))
    except CatalogError as error:
        return _categories_page(request, key, kept, request.POST, problem=str(error))


def _categories_page(
    request: HttpRequest, key: str, taxonomy: Taxonomy, data: QueryDict, *, problem: str = ""
) -> HttpResponse:
    chosen = taxonomy.known(data.getlist("choose"))
    found = taxonomy.search(data.get("q", ""), most=MOST_FOUND)
    context = {
        "key": key,
        "total": len(taxonomy.categories),
        "query": data.get("q", ""),
        "found": found,
        "results": [category for category in found.categories if category not in chosen],
        "chosen": chosen,
        "most_chosen": MOST_CHOSEN,
        "problem": problem,
    }
    # While somebody types, htmx asks for the lists alone.
    fragment = "_" if "HX-Request" in request.headers else ""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, f"catalog/{fragment}schema_categories.html", context, status=status)


def _form(request: HttpRequest) -> SchemaFileForm:
    return SchemaFileForm(request.POST, request.FILES) if request.method == "POST" else SchemaFileForm()


def _drafts_of(request: HttpRequest, choice: Choice) -> DraftImport:
    file = SchemaFile(choice.schema, SHORT)
    return services.schema_drafts_import(file=file, by=editor(request), notes=choice.notes)


def _check_count(count: int) -> None:
    if not count:
        raise CatalogError("no category is chosen: mark one or more")
    if count > MOST_CHOSEN:
        raise CatalogError(f"{count} categories are more than {MOST_CHOSEN} at once: take some of them first")


def _drafted(request: HttpRequest, result: DraftImport) -> HttpResponse:
    """Say what became of the file and show the draft, or all of them."""
    if result.unchanged:
        messages.info(request, f"Nothing is new about: {', '.join(result.unchanged)}.")
    if len(result.drafted) == 1:
        code, label = result.drafted[0]
        messages.success(request, f"{label} has a draft now. Nothing is saved before you publish it.")
        return redirect("catalog:schema_review", code)
    if result.drafted:
        names = ", ".join(label for _, label in result.drafted)
        messages.success(request, f"Drafts to review: {names}. Nothing is saved before you publish them.")
    return redirect("catalog:schema")
