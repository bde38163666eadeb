"""Weeks of the demo catalogue, undisturbed or with something put into one vertical."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.demo.schema import VERTICALS
from training.drift_study.photos import FAULTS, Shown, Wanted, rendered
from training.drift_study.votes import ANSWERED, votes_on
from training.ml.drift import Compared, Window

WEEK, REFERENCE = 60, 240
"""Listings of a vertical."""
ANSWERED_WEEKS = 8
"""People's answers are held against those of so many weeks, as the app does."""
NEW_SHARE = 0.4
"""Of the week's listings have the new look, the new value, or come from the broken camera."""
SPARE = 10_000
"""Index from which on listings are rendered that no undisturbed week has."""

LOOK, VALUE, CAMERA, VERTICAL = "new look", "new value", "broken camera", "vertical never seen"
KINDS = (LOOK, VALUE, CAMERA, VERTICAL)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What is put into which vertical."""

    kind: str
    vertical: str
    attribute: str = ""
    value: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        """In words."""
        what = self.fault or " ".join(part for part in (self.attribute, self.value) if part)
        return f"{self.kind} in {self.vertical}{f' ({what})' if what else ''}"


def disturbance(kind: str, seed: int) -> Disturbance:
    """What a seed puts where: verticals, attributes, values and faults take turns."""
    vertical = list(VERTICALS)[seed % len(VERTICALS)]
    if kind == VALUE:
        attributes = VERTICALS[vertical].attributes
        attribute = list(attributes)[seed % len(attributes)]
        values = attributes[attribute].values
        return Disturbance(kind, vertical, attribute, values[seed % len(values)])
    return Disturbance(kind, vertical, fault=FAULTS[seed % len(FAULTS)] if kind == CAMERA else "")


class Catalogue:
    """The rendered listings that weeks are drawn from: `per_vertical` of each, of the seller look."""

    def __init__(self, per_vertical: int, jobs: int) -> None:
        self._jobs = jobs
        wanted = [Wanted(vertical, index) for vertical in VERTICALS for index in range(per_vertical)]
        shown = rendered(wanted, jobs=jobs)
        self._of = {
            vertical: shown[place * per_vertical : (place + 1) * per_vertical]
            for place, vertical in enumerate(VERTICALS)
        }

    def week(self, seed: int, disturbed: Disturbance | None = None) -> list[Compared]:
        """Every vertical's week and reference, drawn without putting back."""
        random = np.random.default_rng([seed, KINDS.index(disturbed.kind) + 1 if disturbed else 0])
        return [
            self._vertical(
                vertical, disturbed if disturbed and disturbed.vertical == vertical else None, random
            )
            for vertical in VERTICALS
        ]

    def _vertical(
        self, vertical: str, disturbed: Disturbance | None, random: np.random.Generator
    ) -> Compared:
        schema = {code: one.values for code, one in VERTICALS[vertical].attributes.items()}
        drawn = [self._of[vertical][place] for place in random.permutation(len(self._of[vertical]))]
        new: list[Shown] = []
        count = round(NEW_SHARE * WEEK)
        if disturbed and disturbed.kind == VALUE:
            # The schema and everything before know nothing of the value.
            new = [one for one in drawn if one.values[disturbed.attribute] == disturbed.value][:count]
            drawn = [one for one in drawn if one.values[disturbed.attribute] != disturbed.value]
            known = schema[disturbed.attribute]
            schema[disturbed.attribute] = tuple(value for value in known if value != disturbed.value)
        elif disturbed and disturbed.kind in (LOOK, CAMERA):
            new = self._photographed(disturbed, count, random)
        week = [*new, *drawn[: WEEK - len(new)]]
        before = drawn[WEEK - len(new) : WEEK - len(new) + REFERENCE]
        mixed = [week[place] for place in random.permutation(len(week))]
        compared = Compared(
            vertical,
            _window(mixed, schema, ANSWERED, random),
            _window(before, schema, ANSWERED * ANSWERED_WEEKS, random),
            listings=WEEK,
        )
        if disturbed and disturbed.kind == VERTICAL:
            # Nothing came before, no model knows it, and nobody has been asked.
            vectors = compared.week.vectors
            compared = replace(compared, week=Window(vectors), reference=Window(), is_known=False)
        return compared

    def _photographed(self, disturbed: Disturbance, count: int, random: np.random.Generator) -> list[Shown]:
        first = SPARE + int(random.integers(SPARE))
        look: Wanted = Wanted(disturbed.vertical, 0, fault=disturbed.fault)
        if disturbed.kind == LOOK:
            look = replace(look, look="studio")
        return rendered([replace(look, index=first + one) for one in range(count)], jobs=1)


def _window(
    listings: Sequence[Shown],
    schema: Mapping[str, Sequence[str]],
    answered: int,
    random: np.random.Generator,
) -> Window:
    votes = votes_on(listings, schema, answered=answered, random=random)
    vectors = np.stack([one.vector for one in listings]).astype(np.float64)
    return Window(vectors, votes.agreements, votes.answers, votes.asked)
