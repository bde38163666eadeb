from django.urls import path, re_path

from catalog.imaging.naming import SHA256, Size
from catalog.views import import_plan, imports, photos, splits

app_name = "catalog"
urlpatterns = [
    re_path(rf"^photos/(?P<sha256>{SHA256})/(?P<size>{'|'.join(Size)})$", photos.photo, name="photo"),
    path("imports/", imports.overview, name="imports"),
    path("imports/new", imports.new, name="import_new"),
    path("imports/<int:import_id>/", imports.detail, name="import"),
    path("imports/<int:import_id>/columns", import_plan.columns, name="import_columns"),
    path("imports/<int:import_id>/reread", import_plan.reread, name="import_reread"),
    path("imports/<int:import_id>/preview", import_plan.preview, name="import_preview"),
    path("imports/<int:import_id>/photo", import_plan.photo, name="import_photo"),
    path("imports/<int:import_id>/check", imports.check, name="import_check"),
    path("imports/<int:import_id>/load", imports.load, name="import_load"),
    path("imports/<int:import_id>/cancel", imports.cancel, name="import_cancel"),
    path("imports/<int:import_id>/resume", imports.resume, name="import_resume"),
    path("imports/<int:import_id>/again", imports.again, name="import_again"),
    path("imports/<int:import_id>/discard", imports.discard, name="import_discard"),
    path("imports/<int:import_id>/status", imports.status, name="import_status"),
    path("imports/<int:import_id>/problems", imports.problems, name="import_problems"),
    path("imports/<int:import_id>/errors.csv", imports.errors, name="import_errors"),
    path("splits/", splits.overview, name="splits"),
    path("splits/<str:code>/", splits.vertical, name="splits_vertical"),
    path("splits/<str:code>/move", splits.move, name="splits_move"),
]
