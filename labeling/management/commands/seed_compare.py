"""Compare the rules for choosing seeds: manage.py seed_compare --size 10 --draws 200."""

import statistics
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.management.importing import count
from catalog.selectors import schema_now
from labeling.seed_study import Study, seed_study
from labeling.seeding import Rule
from labeling.selectors.seeds import seed_vertical

HUNDRED = 100
HEAD = "vertical | listings | values | typical | different | with hints | at random: mean (lowest, highest)"


def share(text: str) -> float:
    """A number from 0 to 1, as an argument."""
    if not 0 <= (number := float(text)) <= 1:
        raise ValueError(text)
    return number


class Command(BaseCommand):
    help = (
        "Tell how many values the seeds of each vertical would show, chosen by each rule as if there were "
        "none yet. It goes by the answers that listings were imported with, and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", type=count, default=10, help="listings of a seed set (default 10)")
        parser.add_argument("--draws", type=count, default=200, help="random choices (default 200)")
        parser.add_argument(
            "--right", type=share, default=0.75, help="of hints, how many are right (default 0.75)"
        )
        parser.add_argument("--vertical", metavar="CODE", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = [spec.code for spec in schema_now() if options["vertical"] in (None, spec.code)]
        studies = [
            study
            for code in codes
            if (
                study := seed_study(
                    *seed_vertical(code), size=options["size"], draws=options["draws"], right=options["right"]
                )
            ).values
        ]
        if not studies:
            raise CommandError("no listing was imported with answers and photos: import some that were")
        self.stdout.write(HEAD)
        for study in studies:
            self.stdout.write(_line(study.vertical, study.listings, study.values, study))
        self.stdout.write(_mean(studies))


def _line(name: str, listings: int, values: int, study: Study) -> str:
    chance = study.shares[Rule.RANDOM]
    spread = f"{_percent(chance)} ({_percent([min(chance)])}, {_percent([max(chance)])})"
    chosen = [_percent(study.shares[rule]) for rule in (Rule.TYPICAL, Rule.DIFFERENT)]
    chosen.append(_percent(study.coached))
    return " | ".join([name, str(listings), str(values), *chosen, spread])


def _mean(studies: Sequence[Study]) -> str:
    """All verticals, each as weighty as another; of chance, how its draws vary over all of them."""
    draws = zip(*(study.shares[Rule.RANDOM] for study in studies), strict=True)
    chance = [statistics.mean(shares) for shares in draws]
    whole = Study(
        "mean",
        sum(study.listings for study in studies),
        sum(study.values for study in studies),
        {
            Rule.TYPICAL: [statistics.mean(study.shares[Rule.TYPICAL][0] for study in studies)],
            Rule.DIFFERENT: [statistics.mean(study.shares[Rule.DIFFERENT][0] for study in studies)],
            Rule.RANDOM: chance,
        },
        [statistics.mean(statistics.mean(study.coached) for study in studies)],
    )
    return _line(whole.vertical, whole.listings, whole.values, whole)


def _percent(shares: Sequence[float]) -> str:
    return f"{HUNDRED * statistics.mean(shares):.1f}"
