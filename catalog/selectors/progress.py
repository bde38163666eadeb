"""Where background work is: what every ledger row tells, whatever the work."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from catalog.models import Status, Work

QUIET_AFTER = timedelta(seconds=30)
"""Running work without a sign of life for this long may have lost its worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkProgress:
    """Where a piece of background work is."""

    status: str
    silent_seconds: int | None
    """since the last sign of life, of running work"""

    @property
    def is_active(self) -> bool:
        """It waits for a worker, or runs."""
        return self.status in (Status.QUEUED, Status.RUNNING)

    @property
    def is_resumable(self) -> bool:
        """It failed or was cancelled."""
        return self.status in (Status.FAILED, Status.CANCELLED)

    @property
    def is_quiet(self) -> bool:
        """Its worker may be lost."""
        return self.silent_seconds is not None and self.silent_seconds >= QUIET_AFTER.total_seconds()


def silent_seconds(work: Work) -> int | None:
    """Whole seconds since the last sign of life of running work; None of other work."""
    if work.status != Status.RUNNING or work.heartbeat is None:
        return None
    return max(0, int((timezone.now() - work.heartbeat).total_seconds()))
