"""What a file says about one listing, checked. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

DIGEST_BYTES = 16

Claim = dict[str, Any]
"""{"values": [codes], "state": text, "evidence": photo number from 1, or None}"""


@dataclass(slots=True)
class ListingRow:
    """A product that can land. What the plan has no column for is None, and is not touched."""

    row: int
    """its first row in the file"""
    external_id: str
    vertical: str
    """code"""
    title: str | None
    description: str | None
    metadata: dict[str, Any] | None
    group: str | None
    """empty: none is given"""
    images: Mapping[str, tuple[int, str]] | None
    """{name: row and column that brought it}, in order"""
    claims: dict[str, Claim] | None
    """{attribute code: what the file answers}"""
    covered: frozenset[str] | None
    """the attributes that the plan has columns for; None: all"""

    def json_texts(self) -> tuple[str | None, str | None]:
        """Metadata and claims as JSON, always in the same order of keys."""
        metadata = None if self.metadata is None else _encoded(self.metadata)
        return metadata, None if self.claims is None else _encoded(self.claims)

    def digest(self, photos: Sequence[str], json_texts: tuple[str | None, str | None]) -> str:
        """A hash of everything that the file says, with the SHA-256 of each photo."""
        shown = None if self.images is None else " ".join(photos)
        parts = (self.vertical, self.title, self.description, self.group, *json_texts, shown)
        # No text has a zero or a one in it.
        content = "\0".join("\1" if part is None else part for part in parts)
        return blake2b(content.encode(), digest_size=DIGEST_BYTES).hexdigest()


_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
