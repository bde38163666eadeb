"""The site's addresses: includes only."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from attrx_web.health import healthz, readyz
from catalog import urls as catalog_urls
from catalog.schema_urls import schema_routes
from training.schema_use import schema_stale_counts
from training.views.metrics import metrics

# One way in, with its limits and second factors: Django's own form for admins would go around them.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler429 = "attrx_web.signin.limits.too_many"
handler500 = "attrx_web.unavailable.server_error"

schema = schema_routes(stale_counts=schema_stale_counts)

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("attrx_web.signin.urls")),
    path("accounts/", include("catalog.account_urls")),
    path("catalog/", include(([*catalog_urls.urlpatterns, *schema], catalog_urls.app_name))),
    path("api/v1/", include("attrx_web.api")),
    path("tokens/", include("catalog.token_urls")),
    path("audit/", include("catalog.audit_urls")),
    path("", include("labeling.urls")),
    path("", include("training.urls")),
]
