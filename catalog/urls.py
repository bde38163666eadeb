from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [path("images/<int:image_id>/", views.image_file, name="image")]
