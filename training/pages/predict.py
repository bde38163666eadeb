"""The page on which people try a model: what can be asked, and what it answered."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import redis
from PIL import Image

from catalog.selectors import schema_now
from training.pages.chains import Answer, answers_of
from training.predicting.asking import Predicted, Prediction
from training.predicting.queue import workers
from training.presence import queue_redis
from training.selectors import champion_id
from training.selectors.predicting import listing_named, predictor_of
from training.selectors.versions import version_with, versions

MOST_VERSIONS = 20
THUMB_SIDE = 320
"""Pixels."""
NO_WORKER = "No model worker runs, so nobody would answer: start one with manage.py serve_model."
NO_QUEUE = (
    "The queue does not answer, so nobody could be asked: start Redis, or set REDIS_URL to one that runs."
)
NO_CHAMPION = "There is no champion yet: the first round that ends makes one."


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be asked, and of whom."""

    verticals: list[tuple[str, str]]
    versions: list[tuple[int, str]]
    champion: str
    problem: str
    """Why nobody would answer now, with the remedy."""


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """The answer to an attribute, with the votes behind it."""

    predicted: Predicted
    answers: tuple[Answer, ...]

    @property
    def confidence(self) -> str:
        """In percent."""
        chance = self.predicted.confidence
        return "" if chance is None else f"{100 * chance:.0f}\N{NO-BREAK SPACE}%"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was answered."""

    prediction: Prediction
    cards: list[AnswerCard]
    thumbs: list[str]
    """Photos that came along, as data: addresses."""
    listing: str
    stored: list[str]
    """SHA-256 of the photos of a listing."""

    @property
    def accepted(self) -> int:
        return sum(one.predicted.accepted is True for one in self.cards)

    @property
    def seconds(self) -> str:
        return f"{self.prediction.seconds:.1f}"


def choices() -> Choices:
    """What the page offers: the verticals that the champion was taught, and versions with files."""
    number = champion_id()
    champion = None if number is None else version_with(version_id=number)
    rows = versions().filter(files_removed=None)[:MOST_VERSIONS]
    taught = predictor_of(champion).schema if champion else {}
    return Choices(
        verticals=[(one.code, one.label) for one in schema_now() if one.code in taught],
        versions=[(one.pk, str(one)) for one in rows if one.pk != number],
        champion=str(champion) if champion else "",
        problem=_problem() if champion else NO_CHAMPION,
    )


def shown(found: Prediction, *, listing: str = "") -> Shown:
    """What was answered, as cards."""
    kept = listing_named(listing) if listing else None
    return Shown(
        prediction=found,
        cards=[AnswerCard(one, answers_of(one.chains)) for one in found.answers],
        thumbs=[_thumb(photo) for photo in found.photos],
        listing=listing,
        stored=[image.sha256 for image in kept.images.all()] if kept else [],
    )


def _problem() -> str:
    try:
        with queue_redis() as client:
            there: Sequence[str] = workers(client)
    except redis.RedisError:
        return NO_QUEUE
    return "" if there else NO_WORKER


def _thumb(photo: bytes) -> str:
    """A small copy: the site keeps no photo that was only tried."""
    with Image.open(io.BytesIO(photo)) as image:
        small = image.convert("RGB")
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    target = io.BytesIO()
    small.save(target, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(target.getvalue()).decode()}"
