"""Reads of where people found no value that fits."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count

from catalog.states import State
from labeling.models import Annotation, Comment


def values_missing(*, vertical_id: int, since: datetime, until: datetime) -> Mapping[str, tuple[int, int]]:
    """{attribute code: (listings for which somebody found no value, listings that somebody answered)}.

    Of what was said from `since` until before `until`: the answer "unknown", or a flag about the attribute.
    """
    span = {"listing__vertical": vertical_id, "created__gte": since, "created__lt": until}
    said = Annotation.objects.filter(**span, withdrawn=None).order_by()
    missed: defaultdict[str, set[int]] = defaultdict(set)
    unknown = said.filter(state=State.UNKNOWN.value)
    flags = Comment.objects.filter(**span, is_flag=True).exclude(attribute=None).order_by()
    for rows in (unknown, flags):
        for code, listing_id in rows.values_list("attribute__code", "listing"):
            missed[code].add(listing_id)
    answered = dict(said.values_list("attribute__code").annotate(Count("listing", distinct=True)))
    return {
        code: (len(missed[code]), max(answered.get(code, 0), len(missed[code])))
        for code in sorted({*answered, *missed})
    }
