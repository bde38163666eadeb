from django.urls import path

from training.views import exports, rounds

app_name = "training"
urlpatterns = [
    path("", rounds.latest, name="latest"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/start", rounds.start, name="start"),
    path("rounds/<int:round_id>/", rounds.detail, name="round"),
    path("rounds/<int:round_id>/status", rounds.status, name="status"),
    path("rounds/<int:round_id>/resume", rounds.resume, name="resume"),
    path("rounds/<int:round_id>/cancel", rounds.cancel, name="cancel"),
    path("export/", exports.export, name="export"),
    path("export/file", exports.download, name="export_file"),
]
