from django.urls import include, path

from labeling import api
from labeling.views import imports, work

app_name = "labeling"

api_patterns = [
    path("lease", api.lease, name="api_lease"),
    path("outbox", api.outbox, name="api_outbox"),
    path("heartbeat", api.heartbeat, name="api_heartbeat"),
    path("release", api.release, name="api_release"),
    path("item/<int:turn_id>", api.item, name="api_item"),
    path("schema/<int:version_id>", api.schema, name="api_schema"),
    path("history", api.history, name="api_history"),
]

urlpatterns = [
    path("labeling/import/", imports.label_import, name="import"),
    path("labeling/imports/<int:import_id>/record", imports.record_claims, name="record_claims"),
    path("label/api/", include(api_patterns)),
    path("label/work/", work.work, name="work"),
    path("label/work/session", work.session, name="work_session"),
    path("label/work/finished/<int:turn_id>", work.finished, name="work_finished"),
]
