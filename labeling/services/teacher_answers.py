"""One listing of a teacher run: the requests about it, and what becomes of what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import Size
from catalog.imaging.storage import media_read
from catalog.models import Photo
from catalog.schema.parts import AttributeSpec
from catalog.selectors import photo_shown
from labeling.asked import Schema
from labeling.chains import Chain, leading_kept
from labeling.models import Suggestion, TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.schema_use import SEPARATOR
from labeling.selectors.teacher_plan import source_of
from labeling.teacher.calls import End, Request, Said
from labeling.teacher.money import Usage, request_most
from labeling.teacher.pictures import data_url
from labeling.teacher.prompts import Style, Subject, messages, questions_of
from labeling.teacher.reading import Proposed, read

TEXT_MOST = 20_000
"""Characters of what was said to one request that are kept."""


@dataclass(slots=True)
class Asked:
    """A listing that is under way."""

    row: TeacherAnswer
    photos: int
    about: list[tuple[AttributeSpec, ...]]
    """the attributes of each request"""
    requests: list[Request]


def asked_of_row(row: TeacherAnswer, run: TeacherRun, schema: Schema, *, options: Mapping[str, Any]) -> Asked:
    """The requests about the row's listing, and the row marked as under way, not saved yet.

    What has an answer already, of a run that stopped in the middle of a listing, is not asked again.

    Raises:
        ImageError: naming the photo that cannot be sent.
    """
    photos = _photos(row, run)
    if not photos:
        raise ImageError("the listing has no photos any more", "import it again, with its photos")
    addresses = [_address(number, photo, run.side) for number, photo in enumerate(photos, 1)]
    listing = row.listing
    subject = Subject(schema.spec.label, listing.title, listing.description)
    attributes = [
        one for one in schema.spec.asked if one.code in run.attributes and one.code not in row.answers
    ]
    questions = questions_of(Style(run.style), subject, attributes)
    sizes = [(photo.width, photo.height) for photo in photos]
    requests = [
        Request(messages(addresses, text), request_most(text, sizes, side=run.side, output=run.output_tokens))
        for _, text in questions
    ]
    estimate = sum((request.most for request in requests), Usage())
    row.outcome, row.asked = TeacherOutcome.ASKED, timezone.now()
    row.request = {
        "photos": [photo.sha256 for photo in photos],
        "options": dict(options),
        "estimate": [estimate.input, estimate.output],
    }
    return Asked(row, len(photos), [about for about, _ in questions], requests)


def answer_record(asked: Asked, said: Sequence[Said], *, run: TeacherRun, schema: Schema) -> None:
    """Keep all of what was said, and propose to people what could be read of it."""
    row = asked.row
    new: dict[str, Proposed] = {}
    texts: dict[str, str] = {}
    for about, one in zip(asked.about, said, strict=False):
        row.said.append(_kept(about, one))
        row.input_tokens += one.used.input
        row.output_tokens += one.used.output
        row.guessed = row.guessed or one.guessed
        if one.end is End.TEXT:
            reading = read(Style(run.style), one.text, about, photos=asked.photos, cut=one.is_cut)
            new |= reading.answers
            row.problems |= reading.problems
            texts |= dict.fromkeys(reading.answers, one.text)
        else:
            row.problems |= {attribute.code: one.error for attribute in about}
    row.answers |= {code: answer.to_json() for code, answer in new.items()}
    _conclude(row, said)
    row.save()
    _propose(row, new, texts, run=run, schema=schema)


def _conclude(row: TeacherAnswer, said: Sequence[Said]) -> None:
    """Whether the listing is dealt with, and how."""
    last = said[-1]
    if last.end is End.UNASKED:
        row.outcome, row.problems = TeacherOutcome.WAITING, {}
        return
    row.finished = timezone.now()
    if row.answers:
        row.outcome = TeacherOutcome.ANSWERED
    elif any(one.end is End.TEXT for one in said):
        row.outcome = TeacherOutcome.UNREADABLE
    else:
        row.outcome, row.error = TeacherOutcome.FAILED, last.error


def _propose(
    row: TeacherAnswer,
    answers: Mapping[str, Proposed],
    texts: Mapping[str, str],
    *,
    run: TeacherRun,
    schema: Schema,
) -> None:
    """A suggestion for each answer; where one text is about one attribute, it is the chain behind it."""
    words = {code: _words(schema, code, answer) for code, answer in answers.items()}
    single = run.style == Style.SINGLE
    Suggestion.objects.bulk_create(
        Suggestion(
            listing_id=row.listing_id,
            attribute_id=schema.attribute_ids[code],
            source=source_of(run.model),
            shares={said: 1.0},
            leading=leading_kept({said: 1.0}),
            chains=[Chain(texts[code][:TEXT_MOST], said).to_json()] if single else [],
        )
        for code, said in words.items()
    )


def _words(schema: Schema, code: str, answer: Proposed) -> str:
    if answer.state:
        return answer.state.replace("_", " ")
    attribute = schema.spec.attribute(code)
    labels = {value.code: value.label for value in attribute.values} if attribute else {}
    return SEPARATOR.join(labels[value] for value in answer.values)


def _kept(about: Sequence[AttributeSpec], said: Said) -> dict[str, Any]:
    return {
        "attributes": [attribute.code for attribute in about],
        "text": said.text[:TEXT_MOST],
        "error": said.error,
        "cut": said.is_cut,
        "input": said.used.input,
        "output": said.used.output,
        "guessed": said.guessed,
        "attempts": said.attempts,
        "seconds": said.seconds,
    }


def _photos(row: TeacherAnswer, run: TeacherRun) -> list[Photo]:
    images = row.listing.images.select_related("photo").order_by("position")
    return [image.photo for image in images[: run.photos]]


def _address(number: int, photo: Photo, side: int) -> str:
    """The photo in the request; as pages show it, made smaller."""
    shown = photo_shown(sha256=photo.sha256, size=Size.WEB)
    assert shown is not None, "it was just read"
    try:
        return data_url(media_read(shown.name), side=side)
    except FileNotFoundError as error:
        missing = f"photo {number}: its file is missing from the media storage"
        raise ImageError(missing, "import the listing again, with its photos") from error
    except ImageError as error:
        raise ImageError(f"photo {number}: {error.reason}", error.remedy) from error
