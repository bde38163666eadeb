"""What goes to a model worker and comes back: all that it must know, so that it asks no database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from training.ml.params import ModelParams, SampleParams
from training.ml.records import Attribute, Chain


@dataclass(frozen=True, slots=True)
class Ask:
    """Questions about one listing, put to one model version."""

    version: int
    model: ModelParams
    adapter: str
    """Its folder in the artifacts."""
    sample: SampleParams
    seed: int
    listing_id: str
    """By it and the attribute chance is drawn."""
    vertical: str
    """The vertical and the attributes as the version's round called them."""
    attributes: tuple[Attribute, ...]
    title: str = ""
    description: str = ""
    files: tuple[str, ...] = ()
    """Photos in the media storage, in order; or else"""
    photos: tuple[bytes, ...] = ()
    """what they hold."""
    request: str = ""
    """The id of the request in the log."""

    @property
    def size(self) -> int:
        """Bytes of the photos that go with it."""
        return sum(map(len, self.photos))

    def to_fields(self) -> dict[str, bytes]:
        """As a hash of Redis: photos are fields of their own."""
        row = asdict(self)
        del row["photos"]
        fields = {"ask": json.dumps(row).encode()}
        return fields | {f"photo-{number}": photo for number, photo in enumerate(self.photos)}

    @classmethod
    def from_fields(cls, fields: Mapping[bytes, bytes]) -> Self:
        """Rebuild from to_fields()."""
        row = json.loads(fields[b"ask"])
        count = sum(name.startswith(b"photo-") for name in fields)
        return cls(
            **row
            | {
                "model": ModelParams(**row["model"]),
                "sample": SampleParams(**row["sample"]),
                "attributes": tuple(
                    Attribute(**{**one, "allowed_values": tuple(one["allowed_values"])})
                    for one in row["attributes"]
                ),
                "files": tuple(row["files"]),
                "photos": tuple(fields[f"photo-{number}".encode()] for number in range(count)),
            }
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker answers."""

    chains: Mapping[str, Sequence[Chain]]
    """{attribute's name: its chains}"""
    together: int = 1
    """Requests that were answered at once."""
    seconds: float = 0.0
    """From when the worker took it."""
    problem: str = ""
    """Why there is no answer; empty: there is."""

    def to_json(self) -> bytes:
        row: dict[str, Any] = {"together": self.together, "seconds": self.seconds, "problem": self.problem}
        row["chains"] = {name: [one.to_json() for one in of] for name, of in self.chains.items()}
        return json.dumps(row).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Rebuild from to_json()."""
        row = json.loads(text)
        chains = {name: [Chain.from_json(one) for one in of] for name, of in row.pop("chains").items()}
        return cls(chains=chains, **row)
