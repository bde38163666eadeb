"""Making room: adapters of old model versions are given up, never one that something needs."""

import logging
import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.ml.errors import DataError
from training.models import ModelVersion
from training.selectors.versions import needed_ids, removable, removed

logger = logging.getLogger(__name__)


def versions_retain(*, keep: int) -> list[ModelVersion]:
    """Remove the adapters beyond the newest `keep` that nothing needs; returns their versions.

    The row says so first: where this is interrupted, files may stay that nobody offers any more, and the next
    call removes them. Metrics, predictions, manifests and answers on gold stay.

    Raises:
        DataError: when `keep` is negative.
    """
    if keep < 0:
        raise DataError(f"keep is {keep}: give 0 or more")
    given_up = [version for version in removable(keep=keep) if _give_up(version)]
    for version in removed():
        _remove(version)
    return given_up


def _give_up(version: ModelVersion) -> bool:
    """Note that the files go, unless something has come to need them; says whether they go."""
    with transaction.atomic():
        # A promotion holds this row too.
        rows = ModelVersion.objects.filter(pk=version.pk, files_removed=None).order_by()
        if not list(rows.select_for_update()) or version.pk in needed_ids():
            return False
        event_record(Action.VERSION_PRUNED, kind=Kind.VERSION, key=version.pk, name=f"version {version.pk}")
        return bool(rows.update(files_removed=timezone.now()))


def _remove(version: ModelVersion) -> None:
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / version.adapter_path
    if folder.is_dir():
        logger.info("removing the adapter of %s: %s", version, folder)
        shutil.rmtree(folder)
