"""How a text file is written: its encoding, and what separates and quotes its cells. Pure.

The encoding is told by a mark at the beginning, or is UTF-8 where the bytes allow it, or is what
charset_normalizer finds likely among those that spreadsheets write. Delimiter and quotes come from clevercsv,
which looks for the dialect that makes the cells of a column alike (van den Burg, Nazabal, Sutton: Wrangling
messy CSV files by detecting row and type patterns, Data Mining and Knowledge Discovery 33, 2019).
"""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

import charset_normalizer
from clevercsv.detect import Detector
from clevercsv.exceptions import Error as ClevercsvError

from catalog.errors import CatalogError

HEAD = 1 << 16
"""Bytes that are looked at."""
FARTHEST = 1 << 28
"""Bytes in which the first one that is no ASCII is looked for."""
TABLE = 10_000
"""Characters in which delimiter and quotes are looked for."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16, little end first",
    "utf-16-be": "UTF-16, big end first",
    "cp1252": "Windows, western Europe",
    "cp1250": "Windows, central Europe",
    "cp1251": "Windows, Cyrillic",
    "cp1253": "Windows, Greek",
    "cp1254": "Windows, Turkish",
    "cp1255": "Windows, Hebrew",
    "cp1256": "Windows, Arabic",
    "cp1257": "Windows, Baltic",
    "koi8_r": "KOI8-R, Cyrillic",
    "cp932": "Shift JIS, Japanese",
    "euc_jp": "EUC, Japanese",
    "gb18030": "GB 18030, Chinese",
    "big5": "Big5, Chinese",
    "cp949": "EUC and Windows, Korean",
}
"""What a file may be written in, in words for people; of equally likely ones the first is taken."""

DELIMITERS = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    ":": "colon",
    "~": "tilde",
    "^": "caret",
}
QUOTES = {'"': 'double ("…")', "'": "single ('…')", "": "none"}

_UTF = ("utf-8", "utf-16-le", "utf-16-be")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

MARK = "\udcff"
"""Stands in decoded text for bytes that are nothing in its encoding. No text has it by itself."""
MARKED = "attrx.marked"
"""The error handler that puts MARK in their place."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError), "it is only used to decode"
    return MARK, error.end


codecs.register_error(MARKED, _mark)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV or JSONL file is written; of a JSONL file only the encoding counts."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    """empty: cells are not quoted"""
    escape: str = ""
    """before a quote within a quoted cell; empty: the quote is doubled there"""


def find_dialect(file: BinaryIO, *, where: str, table: bool) -> Dialect:
    """How the file, which is read from its beginning, is written; of a table also its delimiter and quotes.

    Raises:
        CatalogError: when it holds no text. `where` begins the message.
    """
    head = file.read(HEAD)
    encoding = find_encoding(head, file, where=where)
    return _table_dialect(decoded(head, encoding), encoding) if table else Dialect(encoding)


def find_encoding(head: bytes, rest: BinaryIO, *, where: str) -> str:
    """A key of ENCODINGS, by the head of a file and, where that is ASCII, by the first bytes that are not.

    Raises:
        CatalogError: for what is no text.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(0) > len(head) // 5:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    sample = head + _first_other(rest) if head.isascii() else head
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the end may cut a character in two
    except UnicodeDecodeError:
        return _likely(sample, where)
    return "utf-8"


def decoded(sample: bytes, encoding: str) -> str:
    """The text of a sample, its byte order mark left out and MARK in place of what is no text."""
    text = codecs.getincrementaldecoder(encoding)(MARKED).decode(sample)
    return text.removeprefix("\ufeff")


def _first_other(rest: BinaryIO) -> bytes:
    """The first stretch of the file that is not ASCII."""
    for _ in range(FARTHEST // HEAD):
        chunk = rest.read(HEAD)
        if not chunk or not chunk.isascii():
            return chunk
    return b""


def _likely(sample: bytes, where: str) -> str:
    codes = [encoding for encoding in ENCODINGS if encoding not in _UTF]
    matches = list(charset_normalizer.from_bytes(sample, cp_isolation=codes))
    if not matches:
        raise CatalogError(f"{where}: it is no text in an encoding that can be told: save it as CSV in UTF-8")
    best = matches[0]
    likely = {
        match.encoding
        for match in matches
        if match.chaos <= best.chaos + 0.1 and match.coherence >= best.coherence - 0.05
    }
    return next((code for code in codes if code in likely), best.encoding)


def _table_dialect(text: str, encoding: str) -> Dialect:
    if text[:4].lower() == "sep=" and text[4:5] in DELIMITERS:  # Excel's way to name the delimiter
        return Dialect(encoding, delimiter=text[4])
    try:
        found = Detector().detect(_without_marks(text[:TABLE]), delimiters=list(DELIMITERS))
    except ClevercsvError:
        found = None
    if found is None or not found.delimiter:
        return Dialect(encoding)
    # Where the sample has no quotes, later cells may.
    return Dialect(encoding, found.delimiter, found.quotechar or '"', found.escapechar or "")


def _without_marks(text: str) -> str:
    """Without what clevercsv fails on."""
    return text.replace(MARK, "").replace("\0", "")
