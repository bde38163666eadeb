"""Prompts as text and tokens, split where the attributes of a listing part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps
from transformers import ProcessorMixin

from training.ml.errors import DataError
from training.ml.prompts import prompt_messages, question_text
from training.ml.records import Listing, Question


@dataclass(frozen=True, slots=True)
class PromptParts:
    """`prefix` holds the photos and the listing's text, `suffix` the question and the turn of the model."""

    prefix: str
    suffix: str


def split_prompt(processor: ProcessorMixin, question: Question) -> PromptParts:
    """Render a question by the model's own chat template and cut it before the question's text.

    The cut follows a line break, where byte-level BPEs cut as well: the parts have the tokens of the whole.
    """
    text: str = processor.apply_chat_template(
        prompt_messages(question), tokenize=False, add_generation_prompt=True
    )
    cut = text.rindex(question_text(question.attribute))
    return PromptParts(text[:cut], text[cut:])


def open_photos(listing: Listing) -> list[Image.Image]:
    """The listing's photos in order, as `open_photo` gives them."""
    return [open_photo(listing, path) for path in listing.images]


def open_photo(listing: Listing, path: Path) -> Image.Image:
    """One photo of the listing as an upright RGB image.

    Raises:
        DataError: naming listing and file when the photo is missing or cannot be decoded.
    """
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"listing {listing.listing_id}: image {path} cannot be read ({error}): replace the file"
        ) from error
