"""The editor of one attribute, and the preview of how people will be asked."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from attrx_web.roles import Role, role_required
from catalog.errors import CatalogError
from catalog.forms.schema import AttributeTyped, checked, spec_of, typed_from, typed_in, with_action
from catalog.imaging.errors import ImageError
from catalog.schema.checks import MOST_VALUES
from catalog.schema.edits import with_attribute
from catalog.schema.keys import question_of
from catalog.schema.parts import AttributeSpec, Example
from catalog.selectors.drafts import Working
from catalog.services import drafts as services
from catalog.services.drafts import DraftConflict
from catalog.services.photos import photos_intake
from catalog.views.schema import READ_WRITE, editor, ground_of, working_or_404

MOST_EXAMPLES = 12
MOST_PHOTO_BYTES = 20 << 20


@require_http_methods(READ_WRITE)
@role_required(Role.ADMIN)
def attribute(request: HttpRequest, code: str, attribute: str = "") -> HttpResponse:
    """The editor of an attribute; without an attribute's code, of a new one."""
    working = working_or_404(code)
    old = working.spec.attribute(attribute)
    if attribute and old is None:
        raise Http404(f"{working.spec.label} has no attribute {attribute!r}.")
    published = working.published_codes.get(attribute, set())
    if request.method != "POST":
        typed = typed_from(old, published) if old else AttributeTyped()
        return _page(request, working, attribute, typed)
    typed = typed_in(request.POST, published)
    if action := request.POST.get("do"):
        return _page(request, working, attribute, with_action(typed, action), unsaved=True)
    typed = _with_photos(request, typed)
    spec = _spec(working, attribute, typed)
    typed = checked(typed, spec, working.spec, attribute)
    if typed.is_faulty:
        return _page(request, working, attribute, typed, unsaved=True, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _saved(request, working, attribute, typed, spec)


@require_POST
@role_required(Role.ADMIN)
def preview(request: HttpRequest, code: str, attribute: str = "") -> HttpResponse:
    """How people will be asked what is typed, without saving it."""
    working = working_or_404(code)
    typed = typed_in(request.POST, working.published_codes.get(attribute, set()))
    context = {"question": question_of(_spec(working, attribute, typed)), "working": working}
    return render(request, "catalog/_schema_preview.html", context)


def _saved(
    request: HttpRequest, working: Working, old: str, typed: AttributeTyped, spec: AttributeSpec
) -> HttpResponse:
    """Save what is typed and show the editor again; where somebody was faster, say what happened."""
    try:
        services.schema_draft_update(
            code=working.spec.code,
            **ground_of(request),
            change=lambda vertical: with_attribute(vertical, spec, instead_of=old),
            by=editor(request),
        )
    except DraftConflict as conflict:
        return _page(
            request, working, old, typed, unsaved=True, conflict=str(conflict), status=HTTPStatus.CONFLICT
        )
    except CatalogError as error:
        messages.error(request, f"{error}.")
        return redirect("catalog:schema_vertical", working.spec.code)
    messages.success(request, f"{spec.label} is saved in the draft. Review it to publish.")
    return redirect("catalog:schema_attribute", working.spec.code, spec.code)


def _spec(working: Working, old: str, typed: AttributeTyped) -> AttributeSpec:
    others = {one.code for one in working.spec.attributes if one.code != old}
    taken = others | working.published_codes.keys() - {old}
    return spec_of(typed, code=old, code_is_fixed=old in working.published_codes, taken=taken)


def _with_photos(request: HttpRequest, typed: AttributeTyped) -> AttributeTyped:
    """The form with the uploaded example photos stored and shown, or with what is wrong with them."""
    files = request.FILES.getlist("example-new")
    uploads = {f"photo {number}, {upload.name}": upload for number, upload in enumerate(files, 1)}
    if not uploads:
        return typed
    total = len(typed.examples) + len(uploads)
    if total > MOST_EXAMPLES:
        error = f"{total} photos are more than {MOST_EXAMPLES}: keep the telling ones"
        return replace(typed, errors={**typed.errors, "examples": error})
    photos = photos_intake(names=list(uploads), read=lambda name: _read(uploads[name]))
    failed = {name: photo for name, photo in photos.items() if isinstance(photo, ImageError)}
    stored = dict.fromkeys(photo.sha256 for photo in photos.values() if not isinstance(photo, ImageError))
    known = {example.photo for example in typed.examples}
    examples = (*typed.examples, *(Example(sha256) for sha256 in stored if sha256 not in known))
    errors = {"examples": "; ".join(f"{name}: {error}" for name, error in failed.items())} if failed else {}
    return replace(typed, examples=examples, errors={**typed.errors, **errors})


def _read(upload: "UploadedFile[bytes]") -> bytes:
    if (upload.size or 0) > MOST_PHOTO_BYTES:
        raise ImageError(f"it has more than {MOST_PHOTO_BYTES >> 20} MB", "upload a smaller copy")
    return b"".join(upload.chunks())


def _page(
    request: HttpRequest,
    working: Working,
    code: str,
    typed: AttributeTyped,
    *,
    unsaved: bool = False,
    conflict: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    spec = _spec(working, code, typed)
    context: dict[str, Any] = {
        "working": working,
        "code": code,
        "is_published": code in working.published_codes,
        "typed": typed,
        "offered": sum(not row.retired for row in typed.rows),
        "unsaved": unsaved,
        "conflict": conflict,
        "question": question_of(spec),
        "most_values": MOST_VALUES,
    }
    return render(request, "catalog/schema_attribute.html", context, status=status)
