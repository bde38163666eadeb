"""Figures of the large database's rounds, counted from their gold answers as those of any round are."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from training.differences import (
    GoldRow,
    answers_by_key,
    difference_rows,
    places_by_key,
    rivals,
)
from training.drilldown import Model
from training.figures import Asked, confusions_of, figures_of, means
from training.ml.comparing import compare
from training.ml.figures import Answer
from training.ml.records import Attribute
from training.models import ZERO_SHOT, Against, Confusion, Difference, Metric, RoundFigure
from training.scale.rounds import QUESTIONS, evaluation, listing_of, vertical_of
from training.scale.sizes import ATTRIBUTES, ITERATIONS, VALUES, VERTICALS, Sizes, attribute_of

ALLOWED = tuple(f"Value {number}" for number in range(1, VALUES + 1))


def figures_make(sizes: Sizes, *, using: str) -> None:
    """The figures of every model; its accuracies must be there."""
    champion: tuple[Model, list[GoldRow]] | None = None
    for number in range(1, sizes.rounds + 1):
        said = {one: _said(sizes, number, one) for one in range(ZERO_SHOT, ITERATIONS + 1)}
        differences = [
            difference
            for iteration in range(ITERATIONS + 1)
            for difference in _differences(Model(number, iteration), said, champion)
        ]
        Difference.objects.using(using).bulk_create(differences, batch_size=1000)
        for iteration, rows in said.items():
            _figures(Model(number, iteration), rows, sizes, using)
        champion = Model(number, ITERATIONS), said[ITERATIONS]


def _figures(model: Model, rows: Sequence[GoldRow], sizes: Sizes, using: str) -> None:
    metrics = Metric.objects.using(using).filter(round_id=model.round_id, iteration=model.iteration)
    listings = dict.fromkeys(range(1, VERTICALS + 1), sizes.listings // VERTICALS)
    figures, confusions = list(means(list(metrics), listings)), list[Confusion]()
    answers: defaultdict[tuple[int, int], list[Answer]] = defaultdict(list)
    for _, vertical, attribute, truth, greedy in rows:
        answers[vertical, attribute].append((truth, greedy or None))
    for (vertical, attribute), found in answers.items():
        asked = Asked(attribute, vertical, Attribute("", "", ALLOWED))
        figures += figures_of(model, asked, found)
        confusions += confusions_of(model, asked, found)
    RoundFigure.objects.using(using).bulk_create(figures, batch_size=1000)
    Confusion.objects.using(using).bulk_create(confusions, batch_size=1000)


def _differences(
    model: Model, said: Mapping[int, list[GoldRow]], champion: tuple[Model, list[GoldRow]] | None
) -> Iterator[Difference]:
    """Against the models of its round, and against the last one of the round before."""
    mine = said[model.iteration]
    others = [
        (against, Model(model.round_id, iteration), said[iteration])
        for against, iteration in rivals(model.iteration)
    ]
    if champion:
        others.append((Against.CHAMPION, *champion))
    for against, other, its in others:
        found = compare(answers_by_key(mine), answers_by_key(its))
        yield from difference_rows(model, against, other, found, places_by_key(mine))


def _said(sizes: Sizes, round_: int, iteration: int) -> list[GoldRow]:
    found, words = evaluation(sizes, round_, iteration), ("", *ALLOWED)
    question = np.arange(QUESTIONS)
    listings, verticals = listing_of(question).tolist(), vertical_of(question).tolist()
    answers = zip(found.truth.tolist(), found.greedy.tolist(), strict=True)
    return [
        (listing, vertical, attribute_of(vertical, 1 + place % ATTRIBUTES), words[truth], words[greedy])
        for place, (listing, vertical, (truth, greedy)) in enumerate(
            zip(listings, verticals, answers, strict=True)
        )
    ]
