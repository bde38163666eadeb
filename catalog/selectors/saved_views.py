"""Reads of saved views."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from catalog.models import SavedView


def saved_views_of(user: User) -> QuerySet[SavedView]:
    """The user's views and those that others share, by name, with their owner."""
    return SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
