"""One round of the loop's dashboard: agreement by model, what iterations learned from, time by stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Vertical
from catalog.splits import Split
from training.dashboards import model_label, percent
from training.drilldown import Votes, listings_address
from training.ml.params import LoopParams
from training.ml.strategies import plan_of
from training.models import AgreementSpread, LabelUse, Round, StageTime
from training.pages.durations import duration_text
from training.pages.loop_costs import THOUSAND
from training.selectors import loop as selectors
from training.selectors import stage_label
from training.selectors.loop import Labelled, Learned


@dataclass(frozen=True, slots=True)
class Cell:
    """The questions of a model with one agreement."""

    questions: int
    share: float
    """Of the model's questions."""
    address: str
    """Of the listings that they are about."""

    @property
    def percent(self) -> str:
        return percent(self.share)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """An agreement, with a cell for each model."""

    count: int
    chains: int
    cells: tuple[Cell, ...]

    @property
    def percent(self) -> str:
        return percent(self.count / self.chains)


@dataclass(frozen=True, slots=True)
class Agreements:
    """How far the chains of each model agreed on the pool."""

    models: tuple[str, ...]
    means: tuple[str, ...]
    """In percent, of each model."""
    rows: tuple[LevelRow, ...]

    @property
    def mean_text(self) -> str:
        """Such as "SFT 71.2 %, Iteration 1 78.0 %"."""
        return ", ".join(f"{model} {mean} %" for model, mean in zip(self.models, self.means, strict=True))

    @property
    def columns(self) -> str:
        """Of the table, that are drawn."""
        return " ".join(str(place) for place in range(1, len(self.models) + 1))


@dataclass(frozen=True, slots=True)
class MeanCell:
    """A model's mean agreement on a vertical."""

    spread: AgreementSpread
    address: str

    @property
    def percent(self) -> str:
        return percent(self.spread.mean)

    @property
    def width(self) -> str:
        """Of its bar, of 100."""
        return f"{100 * self.spread.mean:.1f}"


@dataclass(frozen=True, slots=True)
class MeanRow:
    """A vertical, with a cell for each model."""

    label: str
    cells: tuple[MeanCell | None, ...]

    @property
    def newest(self) -> MeanCell | None:
        """Of the last model that voted."""
        return next((cell for cell in reversed(self.cells) if cell), None)


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """What an iteration learned from."""

    learned: Learned
    label: str
    questions: int | None
    """That its votes were about; None where nobody counted."""
    address: str
    """Of the listings whose votes it could learn from."""

    @property
    def per_question(self) -> str:
        """Those that the votes gave, for a hundred questions."""
        return percent(self.learned.found / self.questions) if self.questions else ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """What a stage took of a kind of device, or people of a kind of label."""

    label: str
    device: str
    seconds: float
    share: float
    """Of all the machine's time, or of all the people's, in the round."""
    per_thousand: str
    """Listings of the pool; empty where there is none."""
    note: str = ""

    @property
    def time_text(self) -> str:
        return duration_text(self.seconds)

    @property
    def width(self) -> str:
        """Of its bar, of 100."""
        return f"{100 * self.share:.1f}"

    @property
    def percent(self) -> str:
        return percent(self.share)


@dataclass(frozen=True, slots=True)
class Inside:
    """Everything about one round."""

    round: Round
    agreements: Agreements | None
    means: tuple[MeanRow, ...]
    """By vertical; none where one was chosen, or nobody counted."""
    learned: tuple[LearnedRow, ...]
    machine: tuple[StageRow, ...]
    people: tuple[StageRow, ...]

    @property
    def learns_from(self) -> str:
        """What it is called in this round."""
        is_confident = bool(self.learned) and self.learned[0].learned.name == "confident"
        return "Confident answers" if is_confident else "Pairs"

    @property
    def used_label(self) -> str:
        """What a column of them is called."""
        return f"{self.learns_from} used"


def inside_round(
    round_: Round,
    vertical: Vertical | None,
    times: Mapping[LabelUse, Labelled],
    learned: Sequence[Learned],
) -> Inside:
    """The figures of one round.

    Args:
        vertical: whose agreements are shown; None: those of all.
        times: what people spent on its labels.
    """
    spreads = selectors.spreads(round_.pk)
    first = plan_of(round_.params).first_label
    pool = round_.counts.get(Split.POOL.value, 0)
    whole = [one for one in spreads if one.vertical_id is None]
    shown = [one for one in spreads if one.vertical_id == vertical.pk] if vertical else whole
    questions = {one.iteration: one.questions for one in whole}
    return Inside(
        round=round_,
        agreements=_agreements(round_, shown, vertical, first),
        means=() if vertical else _means(round_, spreads, [one.iteration for one in whole]),
        learned=tuple(
            # An iteration learns from the votes of the model before it.
            LearnedRow(
                one,
                model_label(one.iteration, first),
                questions.get(one.iteration - 1),
                listings_address(Votes(round_.pk, one.iteration - 1, agreement=_teaching(round_, one))),
            )
            for one in learned
        ),
        machine=tuple(_machine(list(selectors.stage_times(round_.pk)), pool)),
        people=tuple(_people(times, pool)),
    )


def _teaching(round_: Round, learned: Learned) -> tuple[float, float]:
    """The agreements that an iteration learns from: split votes above the threshold, or confident ones."""
    params = LoopParams.from_json({**LoopParams().to_json(), **round_.params})
    if learned.name == "confident":
        return params.self_training.agreement, 1.0
    chains = params.sample.chains
    return params.pair.vote_threshold, (chains - 1) / chains


def _agreements(
    round_: Round, spreads: Sequence[AgreementSpread], vertical: Vertical | None, first: str
) -> Agreements | None:
    if not spreads:
        return None
    chains = max(len(one.counts) for one in spreads) - 1
    code = vertical.code if vertical else ""
    return Agreements(
        models=tuple(model_label(one.iteration, first) for one in spreads),
        means=tuple(percent(one.mean) for one in spreads),
        rows=tuple(
            LevelRow(count, chains, tuple(_cell(round_, one, count, chains, code) for one in spreads))
            for count in range(chains + 1)
        ),
    )


def _cell(round_: Round, spread: AgreementSpread, count: int, chains: int, code: str) -> Cell:
    questions = spread.counts[count] if count < len(spread.counts) else 0
    level = count / chains
    behind = Votes(round_.pk, spread.iteration, agreement=(level, level))
    return Cell(questions, questions / spread.questions, listings_address(behind, vertical=code))


def _means(
    round_: Round, spreads: Sequence[AgreementSpread], iterations: Sequence[int]
) -> tuple[MeanRow, ...]:
    by_vertical: dict[Vertical, dict[int, MeanCell]] = {}
    for one in spreads:
        if one.vertical:
            behind = Votes(round_.pk, one.iteration)
            cell = MeanCell(one, listings_address(behind, vertical=one.vertical.code))
            by_vertical.setdefault(one.vertical, {})[one.iteration] = cell
    return tuple(
        MeanRow(vertical.label, tuple(cells.get(iteration) for iteration in iterations))
        for vertical, cells in by_vertical.items()
    )


def _machine(times: Sequence[StageTime], pool: int) -> list[StageRow]:
    total = sum(one.seconds for one in times)
    return [
        StageRow(
            label=_sentence(stage_label(one.stage.iteration, one.stage.name)),
            device=one.device or "not written down",
            seconds=one.seconds,
            share=one.seconds / total if total else 0.0,
            per_thousand=_per_thousand(one.seconds, pool),
            note=f"{one.processes} processes" if one.processes > 1 else "",
        )
        for one in times
    ]


def _people(times: Mapping[LabelUse, Labelled], pool: int) -> list[StageRow]:
    total = sum(one.seconds for one in times.values())
    return [
        StageRow(
            label=use.label.capitalize(),
            device="",
            seconds=one.seconds,
            share=one.seconds / total if total else 0.0,
            per_thousand=_per_thousand(one.seconds, pool),
            note=f"{one.timed:,} of {one.listings:,} listings",
        )
        for use in LabelUse
        if (one := times.get(use))
    ]


def _sentence(text: str) -> str:
    """With a capital at its beginning, and as it is otherwise."""
    return text[:1].upper() + text[1:]


def _per_thousand(seconds: float, pool: int) -> str:
    return duration_text(seconds * THOUSAND / pool) if pool else ""
