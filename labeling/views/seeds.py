"""The pages of seeds: how far each vertical is, and what to label next in one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from attrx_web.roles import Role, role_required
from labeling.seed_choice import MOST, SeedChoice
from labeling.seed_page import seed_page
from labeling.seeding import Rule
from labeling.selectors.seeds import seed_vertical, seed_verticals
from labeling.services.seeds import Pool, seeds_confirm, seeds_pool
from labeling.views.frame import framed

VERTICALS_PER_PAGE = 50
RULES = [
    (Rule.TYPICAL, "Typical", "so that each stands for many others"),
    (Rule.DIFFERENT, "Different", "as unlike each other as can be, oddities first"),
    (Rule.RANDOM, "At random", "by chance alone"),
]
"""(rule, its name, what it does)"""


@require_safe
@role_required(Role.ADMIN)
def overview(request: HttpRequest) -> HttpResponse:
    """Every vertical: its seed set, who waits for it, and the values that it shows."""
    page = Paginator(seed_verticals(), VERTICALS_PER_PAGE).get_page(request.GET.get("page"))
    return framed(request, "labeling/seeds.html", {"page": page})


@require_safe
@role_required(Role.ADMIN)
def vertical(request: HttpRequest, code: str) -> HttpResponse:
    """The seeds of a vertical, and what is proposed, which the address says."""
    found, spec = seed_vertical(code)
    choice, proposes = SeedChoice.read(request.GET), "propose" in request.GET
    looks = choice.rule is not Rule.RANDOM and (proposes or bool(choice.listings))
    pool = seeds_pool(vertical=found, look=looks)
    changed = _changed(choice, request.GET, pool)
    if changed != choice:
        return redirect(f"{reverse('labeling:seeds_vertical', args=[code])}?{changed.query()}#proposal")
    context = {
        "vertical": found,
        "choice": choice,
        "listings": "-".join(map(str, choice.listings)),
        "page": seed_page(found, spec, choice, pool),
        "nothing_found": proposes,
        "rules": RULES,
        "most": MOST,
    }
    return framed(request, "labeling/seeds_vertical.html", context)


@require_POST
@role_required(Role.ADMIN)
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Put what was proposed into the seed set, and ask people to label it."""
    found, spec = seed_vertical(code)
    chosen = SeedChoice.read(request.POST.dict()).listings
    done = seeds_confirm(vertical=found, spec=spec, listing_ids=chosen, by=cast(User, request.user))
    messages.success(
        request,
        f"{_listings(done.moved)} new in the seed set. People are asked to label {_listings(done.opened)}.",
    )
    for external_id in done.refused:
        messages.warning(request, f"{external_id} is gold or retired by now and stays as it is.")
    return redirect("labeling:seeds_vertical", code)


def _changed(choice: SeedChoice, query: Mapping[str, str], pool: Pool) -> SeedChoice:
    """The choice after what was clicked: propose, again, swap, drop or add."""
    if "propose" in query or "again" in query:
        start = choice.again() if "again" in query else replace(choice, listings=(), without=())
        count = choice.size - len(pool.there)
        return replace(start, listings=tuple(pool.choose(count, rule=start.rule, draw=start.draw)))
    clicked = {name: int(query[name]) for name in ("swap", "drop", "add") if query.get(name, "").isdecimal()}
    match clicked:
        case {"swap": listing} if listing in choice.listings:
            left = choice.minus(listing)
            others = pool.choose(
                1, rule=choice.rule, draw=len(left.without), chosen=choice.listings, never=left.without
            )
            return choice.swapped(listing, others)
        case {"drop": listing} if listing in choice.listings:
            return choice.minus(listing)
        case {"add": listing} if listing in pool.candidates:
            return choice.plus(listing)
    return choice


def _listings(count: int) -> str:
    return f"{count} listing{'' if count == 1 else 's'}"
