"""The router of the API: includes only."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from catalog import api as catalog
from catalog.rest.pages import Documentation, Nowhere

app_name = "api"
router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("verticals", catalog.Verticals, "vertical")
router.register("imports", catalog.Imports, "import")

urlpatterns = [
    path("openapi.json", SpectacularJSONAPIView.as_view(permission_classes=[]), name="openapi"),
    path("docs", Documentation.as_view(), name="docs"),
    *router.urls,
    re_path("^", Nowhere.as_view(), name="nowhere"),
]
