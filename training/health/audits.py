"""How accurate the champion is where people audited it: the seam to whatever draws the audits."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from labeling.models import Label, Purpose, Task, TaskStatus
from training.ml.drift import Measured
from training.ml.live import Audited, live_accuracy
from training.models import ModelVersion, Prediction

BATCH = 2000


def audited_accuracies(version: ModelVersion | None) -> dict[str, Measured]:
    """{vertical: accuracy of the version's majority on audited questions}, with its 95 % interval."""
    if version is None:
        return {}
    return {
        row.vertical: Measured(row.accuracy, row.low, row.high, row.questions)
        for row in live_accuracy(_audited(version))
        if row.vertical
    }


def _audited(version: ModelVersion) -> Iterator[Audited]:
    """The questions of done audit tasks that have a label and a prediction.

    All were drawn with the same probability, which therefore does not matter.
    """
    audits = Task.objects.filter(listing=OuterRef("listing"), purpose=Purpose.AUDIT, status=TaskStatus.DONE)
    labels = Label.objects.filter(Exists(audits)).order_by("pk")
    found: dict[tuple[int, int], tuple[list[str], str]] = {
        (label.listing_id, label.attribute_id): (label.values, label.state)
        for label in labels.iterator(chunk_size=BATCH)
    }
    listing_ids = sorted({listing_id for listing_id, _ in found})
    for start in range(0, len(listing_ids), BATCH):
        batch = listing_ids[start : start + BATCH]
        rows = Prediction.objects.filter(model_version=version, listing__in=batch)
        for row in rows.select_related("listing__vertical").iterator(chunk_size=BATCH):
            truth = found.get((row.listing_id, row.attribute_id))
            if truth is not None:
                right = (sorted(row.values), row.state) == (sorted(truth[0]), truth[1])
                yield Audited(row.listing.group_key, row.listing.vertical.code, right, inclusion=1.0)
