from django.urls import include, path

from labeling.api import workspace as api
from labeling.views import imports, teacher, work

app_name = "labeling"

api_patterns = [
    path("lease", api.lease, name="api_lease"),
    path("outbox", api.outbox, name="api_outbox"),
    path("heartbeat", api.heartbeat, name="api_heartbeat"),
    path("release", api.release, name="api_release"),
    path("item/<int:turn_id>", api.item, name="api_item"),
    path("similar/<int:turn_id>", api.similar, name="api_similar"),
    path("schema/<int:version_id>", api.schema, name="api_schema"),
    path("history", api.history, name="api_history"),
]

teacher_patterns = [
    path("", teacher.overview, name="teacher"),
    path("new", teacher.new, name="teacher_new"),
    path("estimate", teacher.estimate, name="teacher_estimate"),
    path("start", teacher.start, name="teacher_start"),
    path("<int:run_id>/", teacher.detail, name="teacher_run"),
    path("<int:run_id>/status", teacher.status, name="teacher_status"),
    path("<int:run_id>/unread", teacher.unread, name="teacher_unread"),
    path("<int:run_id>/cancel", teacher.cancel, name="teacher_cancel"),
    path("<int:run_id>/resume", teacher.resume, name="teacher_resume"),
    path("<int:run_id>/record", teacher.record, name="teacher_record"),
]

urlpatterns = [
    path("labeling/import/", imports.label_import, name="import"),
    path("labeling/imports/<int:import_id>/record", imports.record_claims, name="record_claims"),
    path("labeling/teacher/", include(teacher_patterns)),
    path("label/api/", include(api_patterns)),
    path("label/", include("labeling.board_urls")),
    path("label/work/", work.work, name="work"),
    path("label/work/back", work.back, name="work_back"),
    path("label/work/session", work.session, name="work_session"),
    path("label/work/finished/<int:turn_id>", work.finished, name="work_finished"),
]
