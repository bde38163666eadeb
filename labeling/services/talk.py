"""What people say to each other about listings."""

import re

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.models import Attribute, Listing
from labeling.errors import LabelingError
from labeling.models import Comment, Mention

NAMED = re.compile(r"(?<![\w@])@([\w.+-]+)")


@transaction.atomic
def comment_add(*, listing: Listing, attribute: str, author: User, text: str, flag: bool = False) -> Comment:
    """Write a comment about a listing or one of its attributes (its code); whoever is @named is told.

    Raises:
        LabelingError: for an attribute that the listing's vertical does not have.
    """
    about = None
    if attribute:
        about = Attribute.objects.filter(vertical=listing.vertical_id, code=attribute).first()
        if about is None:
            raise LabelingError(
                f"listing {listing.external_id!r}: its vertical has no attribute {attribute!r}: "
                "name one of its attributes, or none"
            )
    comment = Comment.objects.create(
        listing=listing, attribute=about, author=author, text=text.strip(), is_flag=flag
    )
    named = {name.rstrip(".") for name in NAMED.findall(text)}
    people = User.objects.filter(username__in=named, is_active=True)
    Mention.objects.bulk_create(Mention(comment=comment, person=person) for person in people)
    return comment


def flag_resolve(*, comment_id: int, by: User) -> bool:
    """Note that a flag is dealt with. False when it is none, or was dealt with already."""
    open_flags = Comment.objects.filter(pk=comment_id, is_flag=True, resolved=None)
    return bool(open_flags.update(resolved=timezone.now(), resolved_by=by))


def mentions_see(*, person: User) -> int:
    """Note that the person has seen what they were named in; returns how many were new."""
    return Mention.objects.filter(person=person, seen=None).update(seen=timezone.now())
