from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from labeling.models import Annotation, Label, Suggestion, Task, TeacherAnswer

M = TypeVar("M", bound=Model)


class RecordAdmin(admin.ModelAdmin[M]):
    """Records of what was said: services write them, here they are read."""

    list_select_related = ["listing", "attribute__vertical"]
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin[Task]):
    list_display = ["listing", "purpose", "status", "priority", "created"]
    list_filter = ["purpose", "status", "listing__vertical"]
    list_select_related = ["listing"]
    search_fields = ["listing__external_id"]
    autocomplete_fields = ["listing"]
    readonly_fields = ["created"]


@admin.register(Suggestion)
class SuggestionAdmin(RecordAdmin[Suggestion]):
    list_display = ["listing", "attribute", "source", "shares", "created"]
    list_filter = ["source", "listing__vertical"]
    search_fields = ["listing__external_id", "attribute__label", "source"]


@admin.register(Annotation)
class AnnotationAdmin(RecordAdmin[Annotation]):
    list_display = ["listing", "attribute", "values", "state", "annotator", "created"]
    list_filter = ["state", "listing__vertical", "annotator"]
    list_select_related = ["listing", "attribute__vertical", "annotator"]
    search_fields = ["listing__external_id", "attribute__label", "annotator__username", "idempotency_key"]


@admin.register(Label)
class LabelAdmin(RecordAdmin[Label]):
    list_display = ["listing", "attribute", "values", "state", "provenance", "source", "updated"]
    list_filter = ["provenance", "state", "listing__vertical", "listing__split"]
    search_fields = ["listing__external_id", "attribute__label", "source"]


@admin.register(TeacherAnswer)
class TeacherAnswerAdmin(RecordAdmin[TeacherAnswer]):
    list_display = ["listing", "run", "outcome", "answers", "input_tokens", "output_tokens", "finished"]
    list_filter = ["outcome", "run__vertical", "run__model"]
    list_select_related = ["listing", "run"]
    search_fields = ["listing__external_id"]
    date_hierarchy = "finished"
