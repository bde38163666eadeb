"""The router of the API: includes only."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from catalog import api as catalog
from catalog.rest.pages import Documentation, Nowhere
from labeling.api import resources as labeling
from training.api import accepted, listings, predictions, rounds, studies, versions

app_name = "api"
router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("verticals", catalog.Verticals, "vertical")
router.register("imports", catalog.Imports, "import")
router.register("audit", catalog.AuditLog, "audit")
router.register("labels", labeling.Labels, "label")
router.register("tasks", labeling.Tasks, "task")
router.register("work", labeling.Work, "work")
router.register("listings", listings.Listings, "listing")
router.register("rounds", rounds.Rounds, "round")
router.register("versions", versions.Versions, "version")
router.register("metrics", versions.Metrics, "metric")
router.register("routings", versions.Routings, "routing")
router.register("studies", studies.Studies, "study")

urlpatterns = [
    path("openapi.json", SpectacularJSONAPIView.as_view(permission_classes=[]), name="openapi"),
    path("docs", Documentation.as_view(), name="docs"),
    path("exports", listings.Exports.as_view(), name="exports"),
    path("accepted", accepted.Accepted.as_view(), name="accepted"),
    path("accepted/changes", accepted.Changes.as_view(), name="accepted-changes"),
    path("predict", predictions.Predict.as_view(), name="predict"),
    *router.urls,
    re_path("^", Nowhere.as_view(), name="nowhere"),
]
