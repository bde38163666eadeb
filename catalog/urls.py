from django.urls import path

from catalog.views import photos

app_name = "catalog"
urlpatterns = [path("images/<int:image_id>/", photos.image_file, name="image")]
