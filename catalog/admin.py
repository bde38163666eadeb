"""The catalogue for a superuser to look at. Its own pages change it, so that versions and imports hold."""

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from catalog.models import (
    Attribute,
    Image,
    Import,
    ImportProblem,
    Listing,
    Photo,
    SavedView,
    SchemaDraft,
    SchemaVersion,
    SplitReport,
    Value,
    Vertical,
)

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """What services and jobs wrote: here it is read, nobody writes it by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


@admin.register(Vertical)
class VerticalAdmin(ReadOnlyAdmin[Vertical]):
    list_display = ["label", "code", "position"]
    search_fields = ["label", "code"]


@admin.register(Attribute)
class AttributeAdmin(ReadOnlyAdmin[Attribute]):
    list_display = ["label", "vertical", "code", "multi", "required", "position", "weight", "retired"]
    list_filter = ["vertical", "multi", "required", "retired"]
    list_select_related = ["vertical"]
    search_fields = ["label", "code", "vertical__label"]


@admin.register(Value)
class ValueAdmin(ReadOnlyAdmin[Value]):
    list_display = ["label", "attribute", "code", "position", "retired"]
    list_filter = ["retired", "attribute__vertical"]
    list_select_related = ["attribute__vertical"]
    search_fields = ["label", "code", "attribute__label"]


@admin.register(SchemaVersion)
class SchemaVersionAdmin(ReadOnlyAdmin[SchemaVersion]):
    list_display = ["vertical", "number", "note", "created_by", "created"]
    list_filter = ["vertical"]
    list_select_related = ["vertical", "created_by"]


@admin.register(SchemaDraft)
class SchemaDraftAdmin(ReadOnlyAdmin[SchemaDraft]):
    list_display = ["code", "base_number", "edition", "updated_by", "updated"]
    list_select_related = ["updated_by"]


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin[Listing]):
    list_display = ["external_id", "vertical", "title", "split", "group_key", "retired"]
    list_filter = ["split", "vertical", "retired"]
    list_select_related = ["vertical"]
    search_fields = ["external_id", "title", "group_key"]


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin[Photo]):
    list_display = ["sha256", "width", "height", "bytes", "rendered", "created"]
    search_fields = ["sha256"]


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin[Image]):
    list_display = ["listing", "position", "photo", "source"]
    list_filter = ["listing__vertical", "listing__split"]
    list_select_related = ["listing", "photo"]
    search_fields = ["listing__external_id", "photo__sha256"]


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin[Import]):
    list_display = ["name", "stage", "status", "rows", "listings_created", "listings_refused", "created"]
    list_filter = ["status", "stage"]
    exclude = ["sample"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Without the beginnings of files, each as large as all else together."""
        return super().get_queryset(request).defer("sample")


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdmin[ImportProblem]):
    list_display = ["of", "row", "listing", "field", "reason"]
    list_select_related = ["of"]


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin[SavedView]):
    list_display = ["name", "owner", "shared", "created"]
    list_select_related = ["owner"]


@admin.register(SplitReport)
class SplitReportAdmin(ReadOnlyAdmin[SplitReport]):
    list_display = ["vertical", "listings", "groups_of_several", "listings_grouped", "leak_count", "checked"]
    list_select_related = ["vertical"]
