"""Cells -> texts, lists and names. Pure."""

import json
import math
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

from catalog.schema.spec import UNSTORABLE

TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
PAIR = re.compile(r"(?:^|,)\s*([\w .:()/-]{1,100}?)\s*=")
"""The beginning of one of several `key=value`, comma-separated; a value may hold commas."""

NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""What no database keeps. It comes of bytes that were read in another encoding than they were written in."""
DEEPEST = 20

_BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "blockquote"}
_SILENT = {"script", "style", "head", "title", "template"}
_BLANK_LINES = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)+")
_SPACES = re.compile(r"[^\S\n]+")


def is_html(text: str) -> bool:
    """Whether the text has tags or entities."""
    return bool(("<" in text and TAG.search(text)) or ("&" in text and ENTITY.search(text)))


def plain_text(html: str) -> str:
    """What a reader of the HTML would see: paragraphs, line breaks and list items begin new lines."""
    if "<" in html and TAG.search(html):
        parser = _Reader()
        parser.feed(html.replace("<![", "&lt;!["))  # the parser fails on some marked sections
        parser.close()
        html = "".join(parser.pieces)
    else:
        html = unescape(html)
    lines = _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", html))
    return "\n".join(line.strip() for line in lines.splitlines()).strip()


def tidy(text: str) -> str:
    """The text as it is kept: line ends as line feeds, no control characters, no white space around it."""
    text = text.strip()
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSTORABLE.sub(" ", text).strip()


def as_text(value: Any) -> str | None:
    """A cell of one value as text; None for lists and objects."""
    if isinstance(value, str):
        return value
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return None


def as_list(value: Any, separators: str) -> list[str] | None:
    """The texts of a cell that holds several: a list, a list as JSON, or texts between separators.

    A separator within an address does not count, unless another address follows it. None for what is no list
    of texts.
    """
    if isinstance(value, str):
        value = value.strip()
        listed = json_cell(value) if value.startswith("[") else None
        if not isinstance(listed, list):
            return [piece for one in _pieces(value, separators) if (piece := one.strip())]
        value = listed
    if not isinstance(value, list):
        text = as_text(value)
        return None if text is None else [text] if text else []
    texts = [as_text(one) for one in value]
    return None if None in texts else [piece for one in texts if one and (piece := one.strip())]


def json_cell(text: str) -> Any:
    """What a cell that holds JSON says; None where it holds none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def storable(value: Any, *, depth: int = 0) -> Any:
    """Plain data as databases keep it: control characters become spaces.

    Raises:
        ValueError: for numbers that are none, bytes that were no text, and data nested deeper than DEEPEST.
    """
    if isinstance(value, str):
        if not value.isprintable() and NO_TEXT.search(value):
            raise ValueError("it has characters that are no text")
        return tidy(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it has a number that is too large")
    if isinstance(value, dict | list) and depth == DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    if isinstance(value, dict):
        return {storable(key): storable(one, depth=depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one, depth=depth + 1) for one in value]
    return value


def showable(value: Any) -> Any:
    """Plain data of any kind with a mark in place of what cannot be kept, to be shown."""
    if isinstance(value, str):
        return NO_TEXT.sub("�", value)
    if isinstance(value, dict):
        return {showable(key): showable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [showable(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def pairs(cell: str) -> dict[str, str]:
    """The `key=value,key=value` of a cell; none where it is not written so, or a key comes twice."""
    found = list(PAIR.finditer(cell)) if "=" in cell else []
    if not found or found[0].start() != 0 or len({one.group(1) for one in found}) < len(found):
        return {}
    ends = [one.start() for one in found[1:]] + [len(cell)]
    return {one.group(1): cell[one.end() : end].strip() for one, end in zip(found, ends, strict=True)}


def _pieces(text: str, separators: str) -> list[str]:
    if not separators or not text:
        return [text]
    if "://" in text:
        return re.split(rf"[{re.escape(separators)}]\s*(?={SCHEME.pattern})", text)
    if len(separators) == 1:
        return text.split(separators)
    return re.split(f"[{re.escape(separators)}]", text)


class _Reader(HTMLParser):
    """Collects what is to be seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        self.pieces += _breaks(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces += _breaks(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # Line ends of the source are no line ends of the page.
            self.pieces.append(data.replace("\n", " ").replace("\r", " "))


def _breaks(tag: str) -> Iterator[str]:
    if tag == "br":
        yield "\n"
    elif tag == "li":
        yield "\n• "
    elif tag in _BLOCKS:
        yield "\n\n"
    elif tag in ("td", "th"):
        yield " "
