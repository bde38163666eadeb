"""Who may see the listings of which verticals, and the managers that keep to it.

A model that is about listings has a manager of these. Whatever is asked of it while a person's request is
answered is limited to the person's verticals, whoever wrote the question: a selector need not remember it.
Commands and workers, which answer nobody's request, see everything.
"""

from typing import Any, ClassVar, TypeVar, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from attrx_web.auditlog.origin import request_now
from attrx_web.roles import Role
from catalog.models.schema import Vertical

M = TypeVar("M", bound=models.Model)
Scope = frozenset[int] | None
"""Ids of verticals; None: all of them."""


class VerticalScope(models.Model):
    """A person may see the listings of a vertical. Whoever has none may see those of all; so may admins."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="vertical_scopes")
    vertical = models.ForeignKey(Vertical, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["person", "vertical"]
        constraints = [
            models.UniqueConstraint(fields=["person", "vertical"], name="catalog_verticalscope_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.vertical}"


def scope_now() -> Scope:
    """What the present request's person may see, looked up once a request; all, where there is no request.

    Whoever has not signed in may see nothing.
    """
    request = request_now()
    if request is None:
        return None
    person = getattr(request, "user", AnonymousUser())
    known: dict[int | None, Scope] = request.__dict__.setdefault("vertical_scopes", {None: frozenset()})
    if person.pk not in known:  # A token signs in later than its request's session.
        known[person.pk] = _looked_up(cast(User, person))
    return known[person.pk]


def scope_of(person: User) -> Scope:
    """What this person may see, whoever asks."""
    request = request_now()
    if request is not None and getattr(request, "user", None) == person:
        return scope_now()
    return _looked_up(person)


def within(scope: Scope, through: str = "vertical") -> Q:
    """The condition on rows whose vertical is found through these fields."""
    return Q() if scope is None else Q(**{f"{through}__in": scope})


class Scoped(models.Manager[M]):
    """Rows that have a vertical."""

    through: ClassVar[str] = "vertical"
    """the way to the vertical"""

    def get_queryset(self) -> QuerySet[M]:
        """Those that the present request's person may see."""
        rows, scope = super().get_queryset(), scope_now()
        return rows if scope is None else rows.filter(self._condition(scope))

    def everywhere(self) -> QuerySet[M]:
        """All rows, whoever asks: for figures of the site that tell of no listing."""
        return super().get_queryset()

    def _condition(self, scope: frozenset[int]) -> Q:
        """Without a join, which would lock and update more than the rows themselves."""
        first, _, rest = self.through.partition("__")
        if not rest:
            return within(scope, first)
        related: Any = self.model._meta.get_field(first).related_model
        rows = related._base_manager.filter(within(scope, rest), pk=OuterRef(first))
        return Q(Exists(rows))


class OfListing(Scoped[M]):
    """Rows about a listing."""

    through = "listing__vertical"


class OfAttribute(Scoped[M]):
    """Rows about an attribute, which belongs to the listing's vertical."""

    through = "attribute__vertical"


def _looked_up(person: User) -> Scope:
    if person.is_superuser:  # As every admin is.
        return None
    limits = VerticalScope.objects.filter(person=person).exclude(person__groups__name=Role.ADMIN)
    return frozenset(limits.values_list("vertical_id", flat=True)) or None
