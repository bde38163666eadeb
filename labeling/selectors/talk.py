"""Reads of what people say to each other about listings."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db.models import QuerySet

from catalog.models import Image, Listing, Photo
from labeling.models import Comment, Mention


def flags_open() -> QuerySet[Comment]:
    """Flags that nobody has dealt with, the oldest first."""
    return _shown(Comment.objects.filter(is_flag=True, resolved=None)).order_by("created", "pk")


def flags_resolved() -> QuerySet[Comment]:
    """Flags that somebody has dealt with, the newest first."""
    resolved = Comment.objects.filter(is_flag=True).exclude(resolved=None)
    return _shown(resolved).select_related("resolved_by").order_by("-resolved", "-pk")


def mentions_of(person: User) -> QuerySet[Mention]:
    """What the person was named in, the newest first."""
    rows = Mention.objects.filter(person=person)
    return rows.select_related("comment__author", "comment__attribute", "comment__listing__vertical")


def mentions_unseen(person: User) -> int:
    """How often the person was named since they looked last: one look into a small index."""
    return Mention.objects.filter(person=person, seen=None).count()


def comment_listing(comment_id: int) -> Listing | None:
    """The listing that a comment is about; None where there is no such comment."""
    return Listing.objects.filter(comments=comment_id).first()


def photos_shown(listing_ids: Iterable[int]) -> dict[int, Photo]:
    """{listing: its first photo}, without those that have none."""
    images = Image.objects.filter(listing__in=listing_ids, position=1).select_related("photo")
    return {image.listing_id: image.photo for image in images}


def comments_of(listing_ids: Iterable[int]) -> dict[int, list[Comment]]:
    """{listing: what was said about it, the oldest first}."""
    said: defaultdict[int, list[Comment]] = defaultdict(list)
    for comment in _shown(Comment.objects.filter(listing__in=listing_ids)):
        said[comment.listing_id].append(comment)
    return said


def _shown(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    return comments.select_related("author", "attribute", "listing__vertical")
