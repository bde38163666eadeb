from django.urls import path

from labeling.views import imports

app_name = "labeling"
urlpatterns = [
    path("import/", imports.label_import, name="import"),
    path("imports/<int:import_id>/record", imports.record_claims, name="record_claims"),
]
