from django.urls import path

from training import views

app_name = "training"
urlpatterns = [
    path("", views.latest, name="latest"),
    path("rounds/", views.rounds, name="rounds"),
    path("rounds/start", views.start, name="start"),
    path("rounds/<int:round_id>/", views.detail, name="round"),
    path("rounds/<int:round_id>/status", views.status, name="status"),
    path("rounds/<int:round_id>/resume", views.resume, name="resume"),
    path("rounds/<int:round_id>/cancel", views.cancel, name="cancel"),
]
