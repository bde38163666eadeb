"""What the seeds of the study learn from: a fresh demo catalogue for each, or one folder split anew."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.records import Listing, Schema
from training.ml.splits import group_by, split_listings
from training.ml.study.arm_run import Material

LOOK = "seller"


@dataclass(frozen=True, slots=True)
class DemoCatalogues:
    """A catalogue for each seed, rendered when it is asked for."""

    folder: Path
    """Where they are kept."""
    seed_listings: int
    gold: int
    pool: int
    """Listings of each vertical."""
    verticals: Sequence[str] = ()
    """None: all of the demo's."""

    def material(self, seed: int) -> Material:
        """The catalogue of this seed, split."""
        each = self.seed_listings + self.gold + self.pool
        data = self.folder / f"{LOOK}-{seed}-{each}"
        if not data.is_dir():
            render(data, each, look=LOOK, seed=seed, verticals=self.verticals)
        schema = read_schema(data / "schema.json")
        listings = read_listings(data, schema, check_images=False)
        return _material(schema, listings, self.seed_listings, self.gold / each, seed)

    def tidy(self) -> None:
        """Remove what was rendered: a seed gives the same again."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class SplitFolder:
    """One data folder, of which each seed draws other seed, gold and pool listings."""

    schema: Schema
    listings: Sequence[Listing]
    seed_listings: int
    gold_share: float

    @classmethod
    def read(
        cls, data: Path, *, seed_listings: int, gold_share: float, groups: str | None, hide_text: bool
    ) -> SplitFolder:
        """Read the folder.

        Args:
            groups: regular expression of what ids of near-duplicates share; None: their own groups.

        Raises:
            DataError: when it cannot be used.
        """
        schema = read_schema(data / "schema.json")
        listings = read_listings(data, schema)
        if groups:
            listings = group_by(listings, groups)
        if hide_text:
            listings = [replace(listing, title="", description="") for listing in listings]
        return cls(schema, listings, seed_listings, gold_share)

    def material(self, seed: int) -> Material:
        """The split of this seed."""
        return _material(self.schema, self.listings, self.seed_listings, self.gold_share, seed)

    def largest_pool(self) -> int:
        """Listings of the vertical that has most, without seed and gold."""
        counts = Counter(listing.vertical for listing in self.listings)
        return max(round(count * (1 - self.gold_share)) - self.seed_listings for count in counts.values())


def render(out: Path, per_vertical: int, *, look: str, seed: int, verticals: Sequence[str] = ()) -> Path:
    """Listings of the demo catalogue, rendered by another process: training.ml knows of no app.

    Raises:
        DataError: when they cannot be rendered, with what that process said.
    """
    sizes = ["--per-vertical", str(per_vertical), "--seed", str(seed), "--look", look]
    command = [sys.executable, "-m", "catalog.demo", "--out", str(out), *sizes]
    if verticals:
        command += ["--verticals", *verticals]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise DataError(f"the demo catalogue could not be rendered: {done.stderr.strip().splitlines()[-1]}")
    return out


def _material(
    schema: Schema, listings: Sequence[Listing], seed_listings: int, gold_share: float, seed: int
) -> Material:
    splits = split_listings(
        listings, schema, labelled_per_vertical=seed_listings, gold_share=gold_share, seed=seed
    )
    return Material(schema, splits, {listing.listing_id: listing for listing in listings}, seed)
