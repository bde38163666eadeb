"""Paired tests of an evaluated model against others, as rows: its round's first model, the iteration before,
and the champion that there was when its round began.
"""

from collections.abc import Iterator, Mapping, Sequence

from catalog.models import Attribute
from training import inputs
from training.drilldown import Model
from training.golds import answers_of
from training.ml.comparing import Comparison, Slice, compare
from training.ml.errors import DataError
from training.ml.gate import GoldAnswers, GoldQuestion
from training.models import (
    ZERO_SHOT,
    Against,
    AliasChange,
    AliasName,
    Difference,
    GoldAnswer,
    ModelVersion,
    Round,
)
from training.selectors.frozen import frozen_verticals

GoldRow = tuple[int, int, int, str, str]
"""(listing, vertical, attribute, truth, greedy or nothing) of an answer: keys of rows, and texts."""
Places = Mapping[tuple[str, str], tuple[int, int | None]]
"""{(vertical, attribute or nothing) as a comparison calls them: (the vertical's id, the attribute's)}"""


def differences(*, round_id: int, iteration: int) -> Iterator[Difference]:
    """The model against each of the others, where both answered a question."""
    model = Model(round_id, iteration)
    if iteration > ZERO_SHOT:
        yield from _within_round(model)
        yield from _against_champion(model)


def difference_rows(
    model: Model, against: Against, other: Model, found: Comparison, places: Places
) -> Iterator[Difference]:
    """What a comparison found: of all, of every vertical, of every attribute."""
    if found.whole is None:
        return
    yield _row(model, against, other, found.whole, (None, None))
    for vertical in found.verticals:
        name = vertical.whole.label
        for slice_, attribute in ((vertical.whole, ""), *((one, one.label) for one in vertical.attributes)):
            if place := places.get((name, attribute)):
                yield _row(model, against, other, slice_, place)


def rivals(iteration: int, first: int = 0) -> list[tuple[Against, int]]:
    """Which models of its own round an iteration's is held against: each once."""
    if iteration <= ZERO_SHOT:
        return []
    before = (Against.PREVIOUS, iteration - 1)
    return [before, (Against.FIRST, first)] if iteration - 1 > first else [before]


def answers_by_key(rows: Sequence[GoldRow]) -> GoldAnswers:
    """Answers of one model for a comparison within its round, by the keys of their rows."""
    return GoldAnswers(
        1,
        {
            f"{listing}/{attribute}": GoldQuestion(str(vertical), "", truth, str(attribute))
            for listing, vertical, attribute, truth, _ in rows
        },
        {f"{listing}/{attribute}": greedy or None for listing, _, attribute, _, greedy in rows},
    )


def places_by_key(rows: Sequence[GoldRow]) -> Places:
    """The places of such answers."""
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for _, vertical, attribute, _, _ in rows:
        found[str(vertical), ""] = vertical, None
        found[str(vertical), str(attribute)] = vertical, attribute
    return found


def _within_round(model: Model) -> Iterator[Difference]:
    mine = _rows(model)
    for against, iteration in rivals(model.iteration):
        other = Model(model.round_id, iteration)
        found = compare(answers_by_key(mine), answers_by_key(_rows(other)))
        yield from difference_rows(model, against, other, found, places_by_key(mine))


def _against_champion(model: Model) -> Iterator[Difference]:
    champion = _champion_of_the_time(model.round_id)
    version = ModelVersion.objects.filter(round_id=model.round_id, iteration=model.iteration).first()
    if champion is None or version is None or champion.round_id == model.round_id:
        return
    try:
        found = compare(answers_of(version), answers_of(champion))
    except DataError:
        return  # The champion's answers are not kept: it was measured before they were.
    other = Model(champion.round_id, champion.iteration)
    places = _places_by_name(model.round_id) | _places_by_name(champion.round_id)
    yield from difference_rows(model, Against.CHAMPION, other, found, places)


def _champion_of_the_time(round_id: int) -> ModelVersion | None:
    """The champion when the round was started: what the history says never changes."""
    began = Round.objects.values_list("created", flat=True).get(pk=round_id)
    changes = AliasChange.objects.filter(alias=AliasName.CHAMPION, created__lte=began)
    newest = changes.select_related("to_version").defer("to_version__manifest").first()
    return newest.to_version if newest else None


def _rows(model: Model) -> list[GoldRow]:
    rows = GoldAnswer.objects.filter(round_id=model.round_id, iteration=model.iteration).order_by()
    fields = ("listing_id", "attribute__vertical_id", "attribute_id", "truth", "greedy")
    return list(rows.values_list(*fields))


def _places_by_name(round_id: int) -> dict[tuple[str, str], tuple[int, int | None]]:
    """The places of answers that are called as the round froze them."""
    names = inputs.thaw_names(frozen_verticals(round_id=round_id))
    rows = {(one.vertical.code, one.code): one for one in Attribute.objects.select_related("vertical")}
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for (vertical, attribute), code in names.attributes.items():
        if row := rows.get((names.verticals[vertical], code)):
            found[vertical, ""] = row.vertical_id, None
            found[vertical, attribute] = row.vertical_id, row.pk
    return found


def _row(
    model: Model, against: Against, other: Model, found: Slice, place: tuple[int | None, int | None]
) -> Difference:
    return Difference(
        round_id=model.round_id,
        iteration=model.iteration,
        against=against,
        other_round_id=other.round_id,
        other_iteration=other.iteration,
        vertical_id=place[0],
        attribute_id=place[1],
        questions=found.questions,
        right=found.first_right,
        other_right=found.second_right,
        alone=found.first_alone,
        other_alone=found.second_alone,
        p_value=found.p_value,
    )
