from django.urls import path

from labeling import views

app_name = "labeling"
urlpatterns = [
    path("import/", views.label_import, name="import"),
    path("imports/<int:import_id>/record", views.record_claims, name="record_claims"),
]
