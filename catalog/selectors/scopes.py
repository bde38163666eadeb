"""Reads of who may see which verticals."""

from collections import defaultdict
from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import QuerySet

from catalog.models import Vertical
from catalog.models.scopes import Scope, VerticalScope, scope_now, scope_of, within

__all__ = ["Scope", "is_limited", "scope_now", "scope_of", "scopes_of", "verticals_seen", "within"]


def is_limited() -> bool:
    """Whether whoever asks may see the listings of some verticals only."""
    return scope_now() is not None


def verticals_seen() -> QuerySet[Vertical]:
    """The verticals whose listings whoever asks may see, in order."""
    return Vertical.objects.filter(within(scope_now(), "pk"))


def scopes_of(people: Collection[User]) -> dict[int, list[Vertical]]:
    """{person: the verticals that they are limited to, in order}; none where it is all of them."""
    rows = VerticalScope.objects.filter(person__in=people).select_related("vertical")
    found: defaultdict[int, list[Vertical]] = defaultdict(list)
    for row in rows.order_by("person", "vertical__position", "vertical__code"):
        found[row.person_id].append(row.vertical)
    return found
