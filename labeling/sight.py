"""What somebody may see at a turn beside the listing: what a model proposes, and what other people said.

An audit measures the model, and a second opinion the first. So whoever answers them sees nothing of either,
whatever the rule of the purpose says: not before they answer, and not when they look at it again.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Q

from labeling.chains import LONGEST_LEADING, leading_answer
from labeling.models import Annotation, Comment, Purpose, PurposeRule, Suggestion, Turn

Json = dict[str, Any]


def is_blind(turn: Turn) -> bool:
    """Nothing of a model or of others is shown: an audit, or the second opinion of a review."""
    return turn.purpose == Purpose.AUDIT or (turn.purpose == Purpose.REVIEW and turn.number > 1)


def suggestions_shown(turns: Collection[Turn]) -> list[Turn]:
    """Those of the turns whose suggestions may be seen."""
    rules = PurposeRule.objects.filter(purpose__in={turn.purpose for turn in turns}, suggestions=True)
    showing = set(rules.values_list("purpose", flat=True))
    return [turn for turn in turns if turn.purpose in showing and not is_blind(turn)]


def suggestions_seen(turns: Collection[Turn]) -> dict[int, Json]:
    """{turn: {attribute code: the newest suggestion}}; with its chains, best first, for a review."""
    shown = _by_listing(suggestions_shown(turns))
    suggestions = defaultdict[int, Json](dict)
    if shown:
        rows = Suggestion.objects.filter(listing__in=shown).order_by("created", "pk")
        fields = ("listing_id", "attribute__code", "pk", "source", "shares", "leading", "chains")
        for listing_id, code, *row in rows.values_list(*fields):
            for turn in shown[listing_id]:
                if not turn.task.asks or code in turn.task.asks:
                    suggestions[turn.pk][code] = _suggestion(*row, is_review=turn.purpose == Purpose.REVIEW)
    return suggestions


def said_seen(turns: Collection[Turn]) -> dict[int, Json]:
    """{turn: {attribute code: what people said who finished other work on the listing, each with who}}.

    Whoever adjudicates sees between what they decide, whoever reviews what people say beside the model.
    """
    showing = (Purpose.ADJUDICATION, Purpose.REVIEW)
    seen = _by_listing([turn for turn in turns if turn.purpose in showing and not is_blind(turn)])
    said = defaultdict[int, Json](dict)
    if seen:
        # In one condition, so that it is the same turn that is theirs and finished.
        finished = {"task__turns__finished__isnull": False, "task__turns__person": F("annotator")}
        rows = Annotation.objects.filter(**finished, listing__in=seen, withdrawn=None)
        rows = rows.exclude(task__purpose=Purpose.ADJUDICATION)
        for row in rows.select_related("attribute", "annotator").order_by("pk"):
            for turn in seen[row.listing_id]:
                if row.task_id != turn.task_id:
                    by = {"by": row.annotator.get_username()}
                    said[turn.pk].setdefault(row.attribute.code, []).append(by | answer_json(row))
    return said


def remarks_seen(turns: Collection[Turn], *, person: User) -> dict[int, list[Json]]:
    """{turn: what people said to each other about the listing, the newest last}.

    At a blind turn only what the person wrote, or was named in, as when it was sent back to them.
    """
    at = _by_listing(turns)
    rows = Comment.objects.filter(listing__in=at).select_related("author", "attribute").order_by("pk")
    own = set()
    if any(is_blind(turn) for turn in turns):
        own = set(rows.filter(Q(author=person) | Q(mentions__person=person)).values_list("pk", flat=True))
    remarks = defaultdict[int, list[Json]](list)
    for row in rows:
        for turn in at[row.listing_id]:
            if not is_blind(turn) or row.pk in own:
                remarks[turn.pk].append(_remark(row))
    return remarks


def answer_json(row: Annotation) -> Json:
    """An answer as plain data."""
    return {"values": row.values, "state": row.state, "evidence": row.evidence_position}


def _by_listing(turns: Collection[Turn]) -> dict[int, list[Turn]]:
    found: defaultdict[int, list[Turn]] = defaultdict(list)
    for turn in turns:
        found[turn.task.listing_id].append(turn)
    return found


def _suggestion(
    pk: int, source: str, shares: dict[str, float], leading: str, chains: list[Json], *, is_review: bool
) -> Json:
    whole = next((answer for answer in shares if answer[:LONGEST_LEADING] == leading), leading_answer(shares))
    seen: Json = {"id": pk, "source": source, "shares": shares, "leading": whole}
    return seen | ({"chains": sorted(chains, key=_rank)} if is_review else {})


def _rank(chain: Json) -> float:
    """The surest first; those of which nobody knows last, as they came."""
    logprob = chain.get("logprob")
    return float("inf") if logprob is None else -float(logprob)


def _remark(row: Comment) -> Json:
    return {
        "author": row.author.get_username(),
        "attribute": row.attribute.code if row.attribute else "",
        "text": row.text,
        "flag": row.is_flag,
        "open": row.is_flag and row.resolved is None,
        "created": row.created.isoformat(),
    }
