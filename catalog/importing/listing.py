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

    def digest(self, photos: Sequence[str]) -> str:
        """A hash of everything that the file says, with the SHA-256 of each photo."""
        content = (
            *(self.vertical, self.title, self.description, self.metadata, self.group, self.claims),
            None if self.images is None else list(photos),
        )
        return blake2b(_encoded(content).encode(), digest_size=DIGEST_BYTES).hexdigest()


_encoded = json.JSONEncoder(sort_keys=True).encode
