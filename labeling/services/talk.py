"""What people say to each other about listings: comments, flags, and who is named in them."""

import re

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from catalog.models import Attribute, Listing
from labeling.errors import LabelingError
from labeling.models import Comment, Mention

LONGEST = 5000
"""Characters of a comment."""

NAMED = re.compile(r"(?<![\w@])@([\w.@+-]+)")
"""An @ and all that a user name may have, but not within an address such as joe@example.com."""
PUNCTUATION = ".@+-"
"""What a name may have and a sentence may put behind it."""


@transaction.atomic
def comment_add(*, listing: Listing, attribute: str, author: User, text: str, flag: bool = False) -> Comment:
    """Write a comment about a listing or one of its attributes (its code).

    Whoever is @named in it is told, unless they wrote it or may not sign in any more.

    Raises:
        LabelingError: for an attribute that the listing's vertical does not have, or a text that is empty or
            too long.
    """
    where, text = f"listing {listing.external_id!r}", text.strip()
    if not text:
        raise LabelingError(f"{where}: the comment is empty: write something, or leave it")
    if len(text) > LONGEST:
        raise LabelingError(
            f"{where}: the comment has {len(text)} characters: shorten it to {LONGEST}, or write several"
        )
    comment = Comment.objects.create(
        listing=listing, attribute=_attribute(listing, attribute), author=author, text=text, is_flag=flag
    )
    Mention.objects.bulk_create(
        Mention(comment=comment, person=person) for person in _named(text) if person != author
    )
    return comment


def flag_resolve(*, comment_id: int, by: User) -> bool:
    """Note that a flag is dealt with. False when it is none, or was dealt with already."""
    open_flags = Comment.objects.filter(pk=comment_id, is_flag=True, resolved=None)
    return bool(open_flags.update(resolved=timezone.now(), resolved_by=by))


def mentions_see(*, person: User, up_to: int) -> int:
    """Note that the person has seen what they were named in, up to this mention; returns how many were new.

    What came later, while they were reading, stays new.
    """
    unseen = Mention.objects.filter(person=person, seen=None, pk__lte=up_to)
    return unseen.update(seen=timezone.now())


def _attribute(listing: Listing, code: str) -> Attribute | None:
    if not code:
        return None
    attribute = Attribute.objects.filter(vertical=listing.vertical_id, code=code).first()
    if attribute is None:
        raise LabelingError(
            f"listing {listing.external_id!r}: its vertical has no attribute {code!r}: "
            "name one of its attributes, or none"
        )
    return attribute


def _named(text: str) -> list[User]:
    """The people whom the text names, in any case where no other name is spelled like that."""
    spellings = [_spellings(name) for name in NAMED.findall(text)]
    exact = {name for names in spellings for name in names}
    # SQLite lowers ASCII only, so that other letters are met as they are written.
    alike = Q(lower__in={name.lower() for name in exact}) | Q(username__in=exact)
    known: dict[str, list[User]] = {}
    for user in User.objects.filter(is_active=True).alias(lower=Lower("username")).filter(alike):
        known.setdefault(user.username.lower(), []).append(user)
    named = (next((found for name in names if (found := _meant(name, known))), None) for names in spellings)
    return list(dict.fromkeys(user for user in named if user))


def _spellings(name: str) -> list[str]:
    """What was meant, the longest first: "j.doe." may end in a full stop that ends the sentence."""
    shortest = name.rstrip(PUNCTUATION)
    return [name[:end] for end in range(len(name), max(len(shortest), 1) - 1, -1)]


def _meant(name: str, known: dict[str, list[User]]) -> User | None:
    """The user of this name; of names that differ in case only, the one that is spelled like it."""
    alike = known.get(name.lower(), [])
    exact = [user for user in alike if user.username == name]
    return exact[0] if exact else alike[0] if len(alike) == 1 else None
