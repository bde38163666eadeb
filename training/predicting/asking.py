"""What somebody wants to know -> an ask of a model version -> its answers, with what they are worth."""

import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore

from django.conf import settings
from django_guid import get_guid

from catalog.models import Listing
from training.accepted import SLACK
from training.answers import codes_of
from training.exporting.adapters import adapter_folder
from training.ml.errors import DataError
from training.ml.records import Attribute, Chain
from training.ml.vote import count_votes
from training.models import ModelVersion
from training.predicting import metrics, queue
from training.predicting.queue import Unanswered
from training.predicting.wanted import Impossible, Wanted, Wrong, photos_of
from training.predicting.wire import Ask, Reply
from training.selectors import champion_id
from training.selectors.predicting import (
    NO_EVIDENCE,
    Predictor,
    Worth,
    listing_named,
    predictor_of,
    worth_of,
)
from training.selectors.versions import version_with

logger = logging.getLogger(__name__)

WAITERS = BoundedSemaphore(settings.ATTRX_PREDICT_WAITERS)
"""Who waits for a model keeps a thread of this process; pages need the others."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """The answer to one question."""

    attribute: str
    """Code."""
    label: str
    """As the model knows it."""
    values: list[str]
    """Codes of the majority."""
    state: str
    said: str
    """The majority in words; empty: no chain ended in an allowed answer."""
    agreement: float
    counts: Mapping[str, int]
    chains: Sequence[Chain]
    confidence: float | None
    """How likely it is right, as calibrated; None for `why`."""
    accepted: bool | None
    """Whether the routing accepts such an answer unseen; None for `why`."""
    why: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answers about one listing."""

    version: ModelVersion
    vertical: str
    """Code."""
    chains: int
    routing: int | None
    answers: list[Predicted]
    seconds: float
    together: int
    photos: list[bytes] = field(default_factory=list)
    """As they were shown to the model, where they came with the request."""


def predict(wanted: Wanted) -> Prediction:
    """Ask a model worker, and wait for what it says.

    Raises:
        Wrong: naming what cannot be used.
        Impossible: where there is no model to ask, or it cannot answer this.
        Unanswered: where nobody answers now.
    """
    if not WAITERS.acquire(blocking=False):
        metrics.REQUESTS.labels("busy").inc()
        raise Unanswered("this process waits for as many predictions as it may: ask again soon", 2)
    try:
        found = _predict(wanted)
        metrics.REQUESTS.labels("answered").inc()
        metrics.SECONDS.observe(found.seconds)
        metrics.TOGETHER.observe(found.together)
        return found
    except (Wrong, Impossible):
        metrics.REQUESTS.labels("refused").inc()
        raise
    except Unanswered:
        metrics.REQUESTS.labels("unanswered").inc()
        raise
    finally:
        WAITERS.release()


def _predict(wanted: Wanted) -> Prediction:
    started = time.monotonic()
    predictor = _predictor(wanted.version)
    listing = _listing(wanted.listing) if wanted.listing else None
    vertical = listing.vertical.code if listing else wanted.vertical
    attributes = _attributes(predictor, vertical, wanted.attributes)
    with queue.asking() as client:
        queue.check_open(client)  # Before photos are fetched for nobody.
        photos = [] if listing else photos_of(wanted)
        ask = Ask(
            version=predictor.version.pk,
            model=predictor.model,
            adapter=predictor.version.adapter_path,
            sample=replace(predictor.sample, chains=wanted.chains or predictor.sample.chains),
            seed=predictor.seed,
            listing_id=listing.external_id if listing else _name(wanted, photos),
            vertical=predictor.names[vertical],
            attributes=tuple(attributes.values()),
            title=listing.title if listing else wanted.title,
            description=listing.description if listing else wanted.description,
            files=_files(listing) if listing else (),
            photos=tuple(photos),
            request=get_guid() or "",
        )
        reply = queue.answer_to(client, ask)
    if reply.problem:
        raise Impossible(reply.problem)
    worth = worth_of(predictor)
    logger.info("predicted %s by version %s", vertical, ask.version, extra={"together": reply.together})
    return Prediction(
        version=predictor.version,
        vertical=vertical,
        chains=ask.sample.chains,
        routing=worth.routing,
        answers=_answers(predictor, vertical, attributes, reply, worth),
        seconds=time.monotonic() - started,
        together=reply.together,
        photos=photos,
    )


def _predictor(version_id: int | None) -> Predictor:
    number = champion_id() if version_id is None else version_id
    version = None if number is None else version_with(version_id=number)
    if version is None and version_id is not None:
        raise Wrong("version", f"there is no model version {version_id}: choose one of the list")
    if version is None:
        raise Impossible("there is no champion yet: the first round that ends makes one")
    try:
        adapter_folder(version)
    except DataError as error:
        raise Impossible(str(error)) from error
    return predictor_of(version)


def _listing(external_id: str) -> Listing:
    listing = listing_named(external_id)
    if listing is None:
        raise Wrong("listing", f"there is no listing {external_id!r}: give its id in the catalogue")
    if not listing.images.all():
        raise Wrong("listing", f"listing {external_id!r} has no photos: import it again with its photos")
    return listing


def _files(listing: Listing) -> tuple[str, ...]:
    """Its photos in order, all of them, as rounds show them."""
    return tuple(str(image.file.name) for image in listing.images.all())


def _attributes(predictor: Predictor, vertical: str, wanted: Sequence[str]) -> dict[str, Attribute]:
    """{code: attribute} of those that are asked."""
    known = predictor.schema.get(vertical)
    if known is None:
        its = ", ".join(sorted(predictor.schema)) or "none"
        raise Wrong("vertical", f"{predictor.version} was not taught {vertical!r}: it knows {its}")
    for code in wanted:
        if code not in known:
            raise Wrong(
                "attributes",
                f"{predictor.version} was not taught {code!r} of {vertical!r}: it knows {', '.join(known)}",
            )
    return {code: attribute for code, attribute in known.items() if not wanted or code in wanted}


def _name(wanted: Wanted, photos: Sequence[bytes]) -> str:
    """What is shown, as a name: who asks the same again is answered the same."""
    digest = hashlib.sha256()
    texts = (wanted.vertical, wanted.title, wanted.description)
    for part in (*photos, *(text.encode() for text in texts)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _answers(
    predictor: Predictor, vertical: str, attributes: Mapping[str, Attribute], reply: Reply, worth: Worth
) -> list[Predicted]:
    answers = []
    for code, attribute in attributes.items():
        chains = reply.chains[attribute.code]
        [vote] = count_votes(chains)
        values, state = codes_of(vote.majority or "", predictor.values.get((vertical, code), {}))
        confidence, accepted, why = _worth(worth, vertical, code, vote.agreement, len(chains))
        answers.append(
            Predicted(
                attribute=code,
                label=attribute.code,
                values=values,
                state=state,
                said=vote.majority or "",
                agreement=vote.agreement,
                counts=vote.counts,
                chains=chains,
                confidence=confidence,
                accepted=accepted,
                why=why,
            )
        )
    return answers


def _worth(
    worth: Worth, vertical: str, attribute: str, agreement: float, chains: int
) -> tuple[float | None, bool | None, str]:
    """(confidence, accepted, why one of them is not known)."""
    if worth.thresholds is None:
        return None, None, worth.reason
    if chains != worth.chains:
        return None, None, f"agreement was calibrated for {worth.chains} chains, and {chains} were drawn"
    if (vertical, attribute) not in worth.thresholds:
        return None, None, NO_EVIDENCE
    least = worth.thresholds[vertical, attribute]
    accepted = least is not None and agreement >= least - SLACK
    if worth.calibration is None or not worth.calibration.levels:
        return None, accepted, NO_EVIDENCE
    return worth.calibration.probability(vertical, attribute, agreement), accepted, ""
