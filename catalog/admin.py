from django.contrib import admin
from django.http import HttpRequest

from catalog.models import Attribute, Image, Listing, Value, Vertical


@admin.register(Vertical)
class VerticalAdmin(admin.ModelAdmin[Vertical]):
    list_display = ["label", "code", "position"]
    search_fields = ["label", "code"]


class ValueInline(admin.TabularInline[Value, Attribute]):
    model = Value
    extra = 0
    can_delete = False  # Labels name values by code: retire one that is no longer wanted.


@admin.register(Attribute)
class AttributeAdmin(admin.ModelAdmin[Attribute]):
    list_display = ["label", "vertical", "code", "multi", "required", "position", "weight"]
    list_filter = ["vertical", "multi", "required"]
    list_select_related = ["vertical"]
    search_fields = ["label", "code", "vertical__label"]
    autocomplete_fields = ["vertical"]
    inlines = [ValueInline]


@admin.register(Value)
class ValueAdmin(admin.ModelAdmin[Value]):
    list_display = ["label", "attribute", "code", "position", "retired"]
    list_filter = ["retired", "attribute__vertical"]
    list_select_related = ["attribute__vertical"]
    search_fields = ["label", "code", "attribute__label"]
    autocomplete_fields = ["attribute"]

    def has_delete_permission(self, request: HttpRequest, obj: Value | None = None) -> bool:
        return False


class ImageInline(admin.TabularInline[Image, Listing]):
    model = Image
    extra = 0
    fields = ["position", "file", "width", "height", "sha256"]
    readonly_fields = ["position", "file", "width", "height", "sha256"]

    def has_add_permission(self, request: HttpRequest, obj: Listing | None = None) -> bool:
        return False  # An import stores, checks and hashes photos.


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin[Listing]):
    list_display = ["external_id", "vertical", "title", "split", "group_key"]
    list_filter = ["split", "vertical"]
    list_select_related = ["vertical"]
    search_fields = ["external_id", "title", "group_key"]
    autocomplete_fields = ["vertical"]
    readonly_fields = ["split", "group_key"]
    inlines = [ImageInline]


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin[Image]):
    list_display = ["listing", "position", "width", "height", "sha256"]
    list_filter = ["listing__vertical", "listing__split"]
    list_select_related = ["listing"]
    search_fields = ["listing__external_id", "sha256"]
    readonly_fields = ["listing", "position", "file", "sha256", "width", "height"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
