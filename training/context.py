"""What every page may show of this app."""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest

from training.selectors.health import alerts_new_count


def alerts(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """The context processor behind `alerts_new` in templates: counted when asked, once a page."""
    return {"alerts_new": cache(alerts_new_count)}
