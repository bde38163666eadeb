"""Days as people count them: in the site's time zone."""

from datetime import datetime

from django.utils import timezone


def midnight(now: datetime | None = None) -> datetime:
    """When the day began that it is now, or was then."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
