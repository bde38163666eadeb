from django.urls import re_path

from catalog.imaging.naming import SHA256, Size
from catalog.views import photos

app_name = "catalog"
urlpatterns = [
    re_path(rf"^photos/(?P<sha256>{SHA256})/(?P<size>{'|'.join(Size)})$", photos.photo, name="photo"),
]
