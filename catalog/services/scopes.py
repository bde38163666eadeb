"""Writes of who may see which verticals."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.services import person_record
from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.models import Vertical, VerticalScope


@transaction.atomic
def scopes_set(*, person: User, verticals: Collection[str], by: User | None = None) -> bool:
    """Let the person see the listings of these verticals (their codes) only, or of all where there are none.

    What they have on their screen of another vertical is not theirs from their next request on. False where
    it was so before.

    Raises:
        CatalogError: for a vertical that there is not, or an admin, who sees everything.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if verticals and person.groups.filter(name=Role.ADMIN).exists():
        raise CatalogError(f"{person} is an admin, who sees every vertical: give another role first")
    found = {one.code: one for one in Vertical.objects.filter(code__in=verticals)}
    if unknown := sorted(set(verticals) - found.keys()):
        raise CatalogError(f"there is no vertical {unknown[0]!r}: give codes of the schema")
    rows = VerticalScope.objects.filter(person=person)
    before = sorted(rows.values_list("vertical__code", flat=True))
    if before == sorted(found):
        return False
    rows.exclude(vertical__in=found.values()).delete()
    VerticalScope.objects.bulk_create(
        [VerticalScope(person=person, vertical=found[code]) for code in sorted(found.keys() - set(before))]
    )
    person_record(
        Action.SCOPES_SET,
        person,
        by=by,
        before={"verticals": before},
        after={"verticals": sorted(found)},
    )
    return True
