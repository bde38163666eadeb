"""Render the demo catalogue into a data folder.

python -m catalog.demo --out data/demo --per-vertical 100 --look seller --seed 7
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.demo import LOOKS, write_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; exit code 2 with one line of explanation when the arguments do not work."""
    parser = argparse.ArgumentParser(
        prog="python -m catalog.demo",
        description="Render the demo catalogue into a data folder (schema.json, listings.jsonl, images/).",
        epilog="example: python -m catalog.demo --out data/demo --per-vertical 100 --look seller --seed 7",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to create; must not exist")
    parser.add_argument("--per-vertical", type=int, required=True, help="listings in each vertical")
    parser.add_argument(
        "--look", choices=LOOKS, required=True, help="clean studio photos or messy seller photos"
    )
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same files")
    parser.add_argument("--size", type=int, default=256, help="side of the square photos in px (default 256)")
    parser.add_argument("--verticals", nargs="+", metavar="NAME", help="some of the twelve (default: all)")
    parser.add_argument("--jobs", type=int, help="processes (default: one per core)")
    options = parser.parse_args(arguments)
    try:
        photos = write_folder(**vars(options))
    except (ValueError, OSError) as error:
        print(f"catalog.demo: {error}", file=sys.stderr)
        return 2
    print(f"{photos} photos in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
