"""Answers in words, as suggestions have them, and as codes. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from catalog.schema.spec import AttributeSpec
from catalog.states import state_of
from labeling.schema_use import SEPARATOR
from labeling.truth import Said


def meant(attribute: AttributeSpec, words: str) -> Said | None:
    """The answer that the words stand for: values by label, synonym or code, or a state.

    None for words that are no answer that the attribute offers (any more). The page's question.js reads them
    the same way.
    """
    if state := state_of(words):
        return Said((), state.value)
    whole = _code(attribute, words)
    parts = words.split(SEPARATOR) if attribute.multi and not whole else [words]
    codes = [whole] if whole else [_code(attribute, part) for part in parts]
    found = [code for code in codes if code]
    return Said(_in_order(attribute, found)) if len(found) == len(codes) else None


def worded(attribute: AttributeSpec, said: Said) -> str:
    """The answer as people read it."""
    if said.state:
        return said.state.replace("_", " ").capitalize()
    labels = {value.code: value.label for value in attribute.values}
    return SEPARATOR.join(labels.get(code, code) for code in said.values)


def _code(attribute: AttributeSpec, word: str) -> str | None:
    offered = attribute.offered
    exact = next((value.code for value in offered if value.code == word), None)
    folded = _folded(word)
    names = ((value.code, (value.label, *value.synonyms)) for value in offered)
    return exact or next((code for code, spelled in names if folded in map(_folded, spelled)), None)


def _in_order(attribute: AttributeSpec, codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(value.code for value in attribute.offered if value.code in codes)


def _folded(text: str) -> str:
    """Without case, accents and separators: what two spellings of a word have in common."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return re.sub(r"[\s_-]+", " ", plain.lower()).strip()
