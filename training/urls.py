from django.urls import path, register_converter

from catalog.addresses import ExternalIdConverter
from training.views import exports, listing_actions, listings, rounds, saved_views

register_converter(ExternalIdConverter, "external_id")

app_name = "training"
urlpatterns = [
    path("", rounds.latest, name="latest"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/start", rounds.start, name="start"),
    path("rounds/<int:round_id>/", rounds.detail, name="round"),
    path("rounds/<int:round_id>/status", rounds.status, name="status"),
    path("rounds/<int:round_id>/resume", rounds.resume, name="resume"),
    path("rounds/<int:round_id>/cancel", rounds.cancel, name="cancel"),
    path("listings/", listings.listings, name="listings"),
    path("listings/<external_id:external_id>/", listings.listing, name="listing"),
    path("listing-count/", listings.count, name="listing_count"),
    path("listing-choices/", listings.choices, name="listing_choices"),
    path("listing-actions/", listing_actions.act, name="listing_actions"),
    path("label-revisions/<int:revision_id>/restore", listing_actions.restore, name="label_restore"),
    path("saved-views/", saved_views.create, name="saved_views"),
    path("saved-views/<int:view_id>/", saved_views.change, name="saved_view"),
    path("export/", exports.export, name="export"),
    path("export/file", exports.download, name="export_file"),
]
