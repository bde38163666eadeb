"""The addresses of the schema's pages."""

from typing import Any

from django.urls import URLPattern, path

from catalog.schema.consequences import StaleCounts
from catalog.views import schema, schema_attribute, schema_files, schema_review


def schema_routes(*, stale_counts: StaleCounts) -> list[URLPattern]:
    """The routes below catalog/; who knows labels and models counts what a change makes stale."""
    counting: dict[str, Any] = {"stale_counts": stale_counts}
    vertical = "schema/vertical/<str:code>/"
    one = f"{vertical}attribute/<str:attribute>/"
    return [
        path("schema/", schema.overview, name="schema"),
        path("schema/new/", schema.new, name="schema_new"),
        path("schema/import/", schema_files.import_file, name="schema_import"),
        path("schema/export.csv", schema_files.export, {"suffix": "csv"}, name="schema_csv"),
        path("schema/export.json", schema_files.export, {"suffix": "json"}, name="schema_json"),
        path("schema/taxonomy/", schema_files.taxonomy, name="schema_taxonomy"),
        path("schema/taxonomy/<str:key>/", schema_files.categories, name="schema_categories"),
        path(vertical, schema.vertical, name="schema_vertical"),
        path(f"{vertical}attribute/", schema_attribute.attribute, name="schema_attribute_new"),
        path(one, schema_attribute.attribute, name="schema_attribute"),
        path(f"{vertical}preview/", schema_attribute.preview, name="schema_preview_new"),
        path(f"{one}preview/", schema_attribute.preview, name="schema_preview"),
        path(f"{vertical}review/", schema_review.review, counting, name="schema_review"),
        path(f"{vertical}publish/", schema_review.publish, counting, name="schema_publish"),
        path(f"{vertical}discard/", schema_review.discard, name="schema_discard"),
        path(f"{vertical}rebase/", schema_review.rebase, name="schema_rebase"),
        path(f"{vertical}history/", schema_review.history, name="schema_history"),
        path(f"{vertical}history/<int:number>/restore/", schema_review.restore, name="schema_restore"),
    ]
