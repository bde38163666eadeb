from django.urls import path, re_path

from catalog.imaging.naming import SHA256, Size
from catalog.views import photos, splits

app_name = "catalog"
urlpatterns = [
    re_path(rf"^photos/(?P<sha256>{SHA256})/(?P<size>{'|'.join(Size)})$", photos.photo, name="photo"),
    path("splits/", splits.overview, name="splits"),
    path("splits/<str:code>/", splits.vertical, name="splits_vertical"),
    path("splits/<str:code>/move", splits.move, name="splits_move"),
]
