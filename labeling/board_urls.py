"""Addresses below label/ of the pages around the work: seeds, agreement, adjudication, talk, the board."""

from django.urls import path

from labeling.views import seeds

urlpatterns = [
    path("seeds/", seeds.overview, name="seeds"),
    path("seeds/<str:code>/", seeds.vertical, name="seeds_vertical"),
    path("seeds/<str:code>/confirm", seeds.confirm, name="seeds_confirm"),
]
