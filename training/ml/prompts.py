"""How a question is put to the model, how a chain is written, and how an answer is read.

Photos come first and the attribute after the listing's text, so that everything up to `PREFIX_END` is a
prefix shared by all attributes and all chains of a listing (METHOD.md, Prompt).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Any

from training.ml.records import STATES, Attribute, Listing, Question

QUESTION_START = "Attribute:"
"""First word of the part of a prompt that differs between the attributes of a listing."""

ANSWER_MARK = "Answer:"
_INSTRUCTION = f'Reason briefly, then end with one line "{ANSWER_MARK} ..."'
_ANSWER_LINE = re.compile(rf"^\s*\W*{ANSWER_MARK}(.*)$", re.IGNORECASE | re.MULTILINE)

Message = dict[str, Any]


def listing_text(listing: Listing) -> str:
    """The listing's part of the prompt, which follows the photos."""
    fields = (("Vertical", listing.vertical), ("Title", listing.title), ("Description", listing.description))
    return "".join(f"{name}: {text}\n" for name, text in fields if text)


def question_text(attribute: Attribute) -> str:
    """The attribute's part of the prompt; begins with QUESTION_START."""
    wanted = "Allowed values, one or more" if attribute.multi else "Allowed values"
    return (
        f"{QUESTION_START} {attribute.code}. {attribute.description}\n"
        f"{wanted}: {', '.join(attribute.allowed_values)} (or {', '.join(STATES)})\n"
        f"{_INSTRUCTION}"
    )


def pointing_text(attribute: Attribute) -> str:
    """The question which photo shows the attribute, in place of what its value is."""
    return f"{QUESTION_START} {attribute.code}. {attribute.description}\nWhich photo shows it?"


def prompt_messages(question: Question) -> list[Message]:
    """One user turn: numbered photos, listing text, question. Photos are placeholders, filled in order.

    The number stands before the photo, as people expect it, and after it: a model that reads from left to
    right can gather there what the photo shows, and finds it again by the number that a chain names.
    """
    content: list[dict[str, str]] = []
    for number in range(1, len(question.listing.images) + 1):
        content += [{"type": "text", "text": f"Photo {number}: "}, {"type": "image"}]
        content.append({"type": "text", "text": f"Photo {number}\n"})
    text = f"{listing_text(question.listing)}{question_text(question.attribute)}"
    return [{"role": "user", "content": [*content, {"type": "text", "text": text}]}]


def completion_messages(chain: str) -> list[Message]:
    """One assistant turn that says this chain."""
    return [{"role": "assistant", "content": [{"type": "text", "text": chain}]}]


def write_chain(*, photo: int, answer: str) -> str:
    """A reasoning path of one look: which photo, what it shows, the conclusion."""
    return f"Photo {photo} shows {answer}.\n{ANSWER_MARK} {answer}"


def named_photo(chain: str) -> int | None:
    """The number of the photo that a chain written like this looks at; None: it names none."""
    found = re.match(r"Photo (\d+) shows ", chain)
    return int(found[1]) if found else None


def parse_answer(text: str, attribute: Attribute) -> str | None:
    """Read the last answer line of a chain against the allowed values and the states.

    Case, white space and punctuation are forgiven, nothing is guessed: None unless the line is exactly one
    allowed value (several, comma separated, for a multi-value attribute) or one state. Two values that
    differ only in what is forgiven must be written exactly.
    """
    lines = _ANSWER_LINE.findall(text)
    if not lines:
        return None
    known = _readings(attribute.allowed_values)
    said = known.read(lines[-1])
    if said is not None or not attribute.multi:
        return said
    parts = [known.read(part) for part in re.split(r"[,;|]", lines[-1]) if _fold(part)]
    values = [part for part in parts if part is not None and part not in STATES]
    return attribute.answer_of(values) if values and len(values) == len(parts) else None


class _Readings:
    """What a text may mean: an answer as it is written, or the only one that differs in what is forgiven."""

    def __init__(self, answers: tuple[str, ...]) -> None:
        counts = Counter(_fold(answer) for answer in answers)
        self.exact = frozenset(answers)
        self.folded = {_fold(answer): answer for answer in answers if counts[_fold(answer)] == 1}

    def read(self, text: str) -> str | None:
        written = text.strip()
        return written if written in self.exact else self.folded.get(_fold(text))


@lru_cache(maxsize=1024)
def _readings(allowed: tuple[str, ...]) -> _Readings:
    return _Readings((*STATES, *allowed))


def _fold(text: str) -> str:
    """Forgive case, white space and punctuation: 'V-Neck.' and 'v neck' fold to the same text."""
    kept = (c if c.isalnum() or c in "+%/&#" else " " for c in unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(kept).split())
