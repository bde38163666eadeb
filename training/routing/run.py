"""A claimed routing -> its dry run: evidence, thresholds, and a walk through every prediction."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from django.db import reset_queries

from catalog.services.ledger import CancelRequested, Claim, ClaimLost, held, patiently, pulse, work_done
from training.ml.errors import DataError
from training.ml.policy import Policy
from training.ml.reliability import expected_calibration_error, reliability_of
from training.ml.reviewqueue import ReviewQueue
from training.ml.routing import Route, Routed, route
from training.ml.thresholds import choose_thresholds, held_out
from training.models import Route as Asking
from training.models import RoutedQuestion, Routing, RoutingThreshold
from training.routing.counting import Asked, attribute_names, chunks, pool_of
from training.routing.evidence import judged_of
from training.routing.figures import Figures, total, tradeoff
from training.routing.settings import RoutingSettings
from training.services import routings

logger = logging.getLogger(__name__)

BATCH = 2000
MOST_AUDITED = 500_000
"""Questions: nobody answers more, and they are kept in memory to be put in the order of chance."""


@dataclass(slots=True)
class Found:
    """What the walk found."""

    queue: ReviewQueue
    figures: defaultdict[tuple[str, str], Figures] = field(default_factory=lambda: defaultdict(Figures))
    """{(vertical, attribute): its questions}"""
    audited: list[tuple[bytes, int, int, float]] = field(default_factory=list)
    """(place by chance, listing, attribute, probability)"""


def run_routing(claim: Claim) -> None:
    """Run the claimed dry run to its end, unless the claim is lost on the way."""
    try:
        with pulse(claim):
            _dry_run(claim)
    except ClaimLost:
        logger.warning("routing %s is no longer this worker's: stopped without writing", claim.pk)
    except CancelRequested:
        patiently(routings.routing_cancelled, claim=claim)
    except DataError as error:
        problem = str(error)
        patiently(routings.routing_failed, claim=claim, error=problem)
    except Exception as error:
        logger.exception("routing %s failed", claim.pk)
        remedy = "The worker's log has the traceback; once the cause is mended, resume."
        problem = f"{type(error).__name__}: {error}. {remedy}"
        patiently(routings.routing_failed, claim=claim, error=problem)


def _dry_run(claim: Claim) -> None:
    routing = Routing.objects.select_related("version").get(pk=claim.pk)
    settings = RoutingSettings.from_json(routing.params)
    with held(claim):
        RoutedQuestion.objects.filter(routing=routing).delete()
        RoutingThreshold.objects.filter(routing=routing).delete()
    judged, pool = judged_of(routing.version), pool_of(routing.version)
    policy = choose_thresholds(judged, pool, settings.target)
    questions = sum(count for counts in pool.values() for count in counts.values())
    routings.routing_progress(claim=claim, done=0, total=questions)
    found = _walk(claim, routing, settings, policy, questions)
    reviews = found.queue.ordered()
    _keep_questions(claim, _audits(found))
    _keep_questions(claim, _reviews(reviews, settings.routing.per_day))
    curve = reliability_of(held_out(judged, settings.target))
    with held(claim):
        RoutingThreshold.objects.bulk_create(_thresholds(claim.pk, policy, found))
        work_done(
            claim=claim,
            done=questions,
            total=questions,
            calibration={
                "policy": policy.to_json(),
                "reliability": [one.to_json() for one in curve],
                "error": expected_calibration_error(curve),
                "tradeoff": [asdict(point) for point in tradeoff(policy.calibration, pool)],
            },
            summary=_summary(policy, found, judged_count=len(judged), queued=len(reviews)),
        )


def _walk(claim: Claim, routing: Routing, settings: RoutingSettings, policy: Policy, questions: int) -> Found:
    """Route every prediction."""
    found = Found(ReviewQueue(settings.queue_size))
    done = 0
    for chunk in chunks(routing.version, priority_key=settings.priority_key):
        for asked in chunk:
            _count(found, asked, route(asked.question, policy, settings.routing))
        if len(found.audited) > MOST_AUDITED:
            raise DataError(
                f"more than {MOST_AUDITED:,} questions would be audited: "
                f"give a smaller share than {settings.routing.audit_share:g}"
            )
        done += len(chunk)
        routings.routing_progress(claim=claim, done=min(done, questions), total=questions)
        reset_queries()  # Where DEBUG is on, Django keeps the text of every statement.
    return found


def _count(found: Found, asked: Asked, one: Routed) -> None:
    question = asked.question
    found.figures[question.vertical, question.attribute].add(one, is_labelled=asked.is_labelled)
    if one.route is Route.AUDIT:
        chance = hashlib.sha256(f"order:{question.group}".encode()).digest()[:8]
        found.audited.append((chance, asked.listing_id, asked.attribute_id, one.inclusion))
    elif one.route is Route.REVIEW and not asked.is_labelled:
        found.queue.add(one)


def _audits(found: Found) -> Iterable[RoutedQuestion]:
    """The audited questions in an order by chance, whole listings together."""
    for rank, (_, listing_id, attribute_id, probability) in enumerate(sorted(found.audited), 1):
        yield RoutedQuestion(
            route=Asking.AUDIT,
            rank=rank,
            listing_id=listing_id,
            attribute_id=attribute_id,
            probability=probability,
        )


def _reviews(reviews: Sequence[Routed], per_day: int) -> Iterable[RoutedQuestion]:
    """The reviews in order; of each day's those about one listing together, for people look at it once."""
    rank = 0
    for start in range(0, len(reviews), per_day):
        by_listing = defaultdict[str, list[Routed]](list)
        for one in reviews[start : start + per_day]:
            by_listing[one.question_id.partition("/")[0]].append(one)
        for one in chain.from_iterable(by_listing.values()):
            rank += 1
            listing_id, _, attribute_id = one.question_id.partition("/")
            yield RoutedQuestion(
                route=Asking.REVIEW,
                rank=rank,
                listing_id=int(listing_id),
                attribute_id=int(attribute_id),
                value=one.value,
            )


def _keep_questions(claim: Claim, questions: Iterable[RoutedQuestion]) -> None:
    batch: list[RoutedQuestion] = []

    def write() -> None:
        with held(claim):
            RoutedQuestion.objects.bulk_create(batch)

    for one in questions:
        one.routing_id = claim.pk
        batch.append(one)
        if len(batch) == BATCH:
            write()
            batch.clear()
    if batch:
        write()


def _thresholds(routing_id: int, policy: Policy, found: Found) -> list[RoutingThreshold]:
    attributes = {names: pk for pk, names in attribute_names().items()}
    bounds = {unit.name: unit.bound for unit in policy.units}
    return [
        RoutingThreshold(
            routing_id=routing_id,
            attribute_id=attributes[one.vertical, one.attribute],
            threshold=one.agreement,
            judged=one.judged,
            above=one.above,
            correct=one.correct,
            expected=one.expected,
            bound=bounds.get(one.unit),
            unit=one.unit,
            why=one.why.value,
            more=one.more,
            figures=found.figures[one.vertical, one.attribute].to_json(),
        )
        for one in policy.thresholds
        if (one.vertical, one.attribute) in attributes
    ]


def _summary(policy: Policy, found: Found, *, judged_count: int, queued: int) -> dict[str, Any]:
    verticals = dict.fromkeys(vertical for vertical, _ in found.figures)
    return {
        "judged": judged_count,
        "queued": queued,
        "bound": _bound(policy, found),
        "whole": total(found.figures.values()).to_json(),
        "verticals": {
            vertical: total(one for name, one in found.figures.items() if name[0] == vertical).to_json()
            for vertical in verticals
        },
    }


def _bound(policy: Policy, found: Found) -> float | None:
    """The precision of all accepted answers is at least that: all units keep their bounds at once."""
    bounds = {unit.name: unit.bound for unit in policy.units}
    accepted: list[tuple[int, float]] = [
        (found.figures[one.vertical, one.attribute].accepted, bounds.get(one.unit, 0.0))
        for one in policy.thresholds
        if one.agreement is not None
    ]
    count = sum(number for number, _ in accepted)
    return sum(number * bound for number, bound in accepted) / count if count else None
