from django.urls import path

from catalog.views import audit

app_name = "audit"
urlpatterns = [
    path("", audit.log, name="log"),
    path("<int:event_id>/", audit.event, name="event"),
    path("events.csv", audit.export, {"form": "csv"}, name="csv"),
    path("events.jsonl", audit.export, {"form": "jsonl"}, name="jsonl"),
]
