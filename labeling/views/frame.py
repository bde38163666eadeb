"""What the pages around the work have in common: where one can go from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from attrx_web.roles import Role
from labeling.selectors.talk import mentions_unseen

EVERYBODY = (Role.ANNOTATOR, Role.REVIEWER, Role.ADMIN)
DECIDING = (Role.REVIEWER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page, as the others lead to it."""

    name: str
    address: str
    is_current: bool
    count: int = 0
    """what is new there"""


TABS = (
    ("Board", "board", EVERYBODY),
    ("People", "people", (Role.ADMIN,)),
    ("Adjudication", "adjudication", DECIDING),
    ("Grid", "grid", DECIDING),
    ("Agreement", "agreement", DECIDING),
    ("Flags", "flags", DECIDING),
    ("Mentions", "mentions", EVERYBODY),
    ("Seeds", "seeds", (Role.ADMIN,)),
    ("Settings", "settings", (Role.ADMIN,)),
)
"""(name, name of the address, who may see it)"""


def framed(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page, with tabs to those beside it that this person may see."""
    person = cast(User, request.user)
    roles = set(person.groups.values_list("name", flat=True))
    unseen = mentions_unseen(person)
    here = request.resolver_match.url_name if request.resolver_match else ""
    tabs = [
        Tab(
            name,
            reverse(f"labeling:{address}"),
            is_current=(here or "").startswith(address),
            count=unseen if address == "mentions" else 0,
        )
        for name, address, allowed in TABS
        if roles.intersection(allowed)
    ]
    return render(request, template, {"tabs": tabs, **context})
