"""Notes of who took what away. A file is noted when it begins: who breaks it off may have read enough."""

from collections.abc import Mapping

from django.db import transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.exporting import Order
from training.models import ModelVersion


@transaction.atomic
def export_record(*, order: Order, filters: Mapping[str, object]) -> None:
    """Somebody takes an export."""
    after: dict[str, object] = {
        "what": order.what.value,
        "format": order.format.value,
        "filters": dict(filters),
    }
    after |= {"version": order.version.pk} if order.version else {}
    event_record(Action.EXPORT_DOWNLOADED, kind=Kind.EXPORT, key=order.what, name=order.name, after=after)


@transaction.atomic
def version_download_record(*, version: ModelVersion) -> None:
    """Somebody takes the adapter of a version."""
    event_record(Action.VERSION_DOWNLOADED, kind=Kind.VERSION, key=version.pk, name=f"version {version.pk}")
