"""The site's addresses: includes only."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from attrx_web.health import healthz, readyz
from catalog import urls as catalog_urls
from catalog.schema_urls import schema_routes
from training.schema_use import schema_stale_counts
from training.views.metrics import metrics

schema = schema_routes(stale_counts=schema_stale_counts)

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("catalog/", include(([*catalog_urls.urlpatterns, *schema], catalog_urls.app_name))),
    path("api/v1/", include("attrx_web.api")),
    path("tokens/", include("catalog.token_urls")),
    path("audit/", include("catalog.audit_urls")),
    path("", include("labeling.urls")),
    path("", include("training.urls")),
]
