from django.urls import path, register_converter

from catalog.addresses import ExternalIdConverter
from training.views import (
    chains,
    compare,
    exports,
    listing_actions,
    listings,
    review,
    rounds,
    saved_views,
    starting,
    versions,
    workers,
)

register_converter(ExternalIdConverter, "external_id")

app_name = "training"
urlpatterns = [
    path("", rounds.latest, name="latest"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new", starting.new, name="new"),
    path("rounds/estimate", starting.estimate, name="estimate"),
    path("rounds/start", starting.start, name="start"),
    path("rounds/<int:round_id>/", rounds.detail, name="round"),
    path("rounds/<int:round_id>/manifest.json", starting.manifest, name="manifest"),
    path("rounds/<int:round_id>/status", rounds.status, name="status"),
    path("rounds/compare", compare.compare, name="compare"),
    path("rounds/<int:round_id>/chains", chains.chains, name="chains"),
    path("rounds/<int:round_id>/resume", rounds.resume, name="resume"),
    path("rounds/<int:round_id>/cancel", rounds.cancel, name="cancel"),
    path("versions/", versions.versions, name="versions"),
    path("versions/rollback", versions.rollback, name="version_rollback"),
    path("versions/<int:version_id>/", versions.version, name="version"),
    path("versions/<int:version_id>/check", versions.check, name="version_check"),
    path("versions/<int:version_id>/promote", versions.promote, name="version_promote"),
    path("versions/<int:version_id>/download", versions.download, name="version_download"),
    path("review/", review.review, name="review"),
    path("review/consensus", review.consensus, name="review_consensus"),
    path("workers/", workers.workers, name="workers"),
    path("workers/drain", workers.drain, name="worker_drain"),
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
