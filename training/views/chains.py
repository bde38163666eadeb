"""The page of sampled chains."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from attrx_web.roles import READERS, role_required
from training import selectors
from training.pages.asked import whole_number
from training.pages.chains import chains_page


@require_safe
@role_required(*READERS)
def chains(request: HttpRequest, round_id: int) -> HttpResponse:
    """What the model said to each question, grouped by answer, a page of a shard at a time."""
    round_ = get_object_or_404(selectors.rounds(), pk=round_id)
    page = chains_page(
        round_,
        selectors.round_progress(round_),
        key=request.GET.get("stage", ""),
        shard=whole_number(request.GET.get("shard")) or 1,
        number=1 if (asked := whole_number(request.GET.get("page"))) is None else asked,
        split_only=request.GET.get("show") == "split",
    )
    return render(request, "training/chains.html", {"round": round_, "page": page})
