"""Writes to saved views: names for the filters of the listings page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from catalog.errors import CatalogError
from catalog.models import SavedView
from catalog.schema.codes import NAME_LENGTH


def saved_view_create(*, owner: User, name: str, query: str, shared: bool) -> SavedView:
    """Give these filters a name.

    Raises:
        CatalogError: for a name that is missing, too long, or taken by another view of the owner.
    """
    with _name_free(name):
        return SavedView.objects.create(owner=owner, name=_checked(name), query=query, shared=shared)


def saved_view_change(*, pk: int, owner: User, name: str, shared: bool) -> bool:
    """Rename the owner's view, share it or take it back; False where it is not theirs or not there.

    Raises:
        CatalogError: as saved_view_create.
    """
    with _name_free(name):
        views = SavedView.objects.filter(pk=pk, owner=owner)
        return views.update(name=_checked(name), shared=shared) == 1


def saved_view_delete(*, pk: int, owner: User) -> bool:
    """Forget the owner's view; False where it is not theirs or not there."""
    deleted, _ = SavedView.objects.filter(pk=pk, owner=owner).delete()
    return deleted == 1


def _checked(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > NAME_LENGTH or "\0" in stripped:
        raise CatalogError(f"view {stripped[:50]!r}: give it a name of 1 to {NAME_LENGTH} characters")
    return stripped


@contextmanager
def _name_free(name: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise CatalogError(f"view {name.strip()!r}: you have one of this name: choose another") from error
