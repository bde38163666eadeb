"""The charts of a study: each is drawn from a table that is on the page as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from training.ml.study.arms import ALL_LABELS, COLLAPSE, FIRST, LABELS, LOOP, MAIN, NO_POOL, POOL
from training.models import StudyArm, StudyMeasure
from training.pages.study_cells import Cell, Figures

MOST_LINES = 6
"""As many as there are colours."""
SWEEPS = {
    "chains": "Chains a question",
    "temperature": "Temperature",
    "threshold": "Vote threshold",
    "weight": "Weight of pairs",
    "nll": "Weight of the NLL term",
    "beta": "Beta",
    "seed": "Pairs of the seed set",
    "evidence": "Marked evidence",
    COLLAPSE: "Ways to fail",
}
BY_STEP = (
    (StudyMeasure.GREEDY, "Accuracy", "study_greedy", "Greedy answers to gold questions."),
    (StudyMeasure.MAJORITY, "Majority", "study_majority", "What the sampled chains say together."),
    (StudyMeasure.HEAD_ROOM, "Head-room", "study_head_room", "Majority above greedy: what is left to learn."),
)
LAST = (
    StudyMeasure.GAIN,
    StudyMeasure.AGAINST_LOOP,
    StudyMeasure.GREEDY,
    StudyMeasure.MAJORITY,
    StudyMeasure.HEAD_ROOM,
)
"""What a table of arms that differ in one parameter says of each."""
DEFINED = {
    StudyMeasure.GREEDY: "study_greedy",
    StudyMeasure.MAJORITY: "study_majority",
    StudyMeasure.HEAD_ROOM: "study_head_room",
    StudyMeasure.GAIN: "study_gain",
    StudyMeasure.AGAINST_LOOP: "study_against_loop",
}
"""{measure: name of its definition}"""


@dataclass(frozen=True, slots=True)
class Head:
    """A column."""

    text: str
    """Empty: as it is defined."""
    defined: str = ""


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A place on the axis."""

    label: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart and its table."""

    key: str
    """Of the table, on the page and as CSV."""
    title: str
    note: str
    across: str
    """What the rows are."""
    heads: Sequence[Head]
    rows: Sequence[DrawnRow]
    drawn: int
    """So many of the first columns are lines; the first of them with its interval."""
    has_dots: bool = False
    """Places that are not in an order: dots with whiskers, no line."""
    defined: str = ""
    """The definition of its title."""

    @property
    def columns(self) -> str:
        """As the chart element takes them."""
        return " ".join(str(number) for number in range(1, self.drawn + 1))

    @property
    def is_percent(self) -> bool:
        """What is drawn are accuracies, and not differences in points."""
        return any(cell.is_percent for row in self.rows for cell in row.cells[: self.drawn] if cell)


def drawings(arms: Sequence[StudyArm], figures: Figures) -> list[Drawing]:
    """Every chart that the study has figures for."""
    found = [*_by_step(arms, figures)]
    if any(arm.group == POOL for arm in arms):
        found.append(_pool(arms, figures))
    found += _sweeps(arms, figures)
    if figures.verticals:
        found.append(_verticals(figures))
    return found


def arm_label(arm: StudyArm) -> str:
    """How people call it."""
    if arm.name == FIRST:
        return "SFT"
    if arm.name in LABELS:
        return LABELS[arm.name]
    return arm.text[:1].upper() + arm.text[1:] if arm.text else arm.name


def step_label(step: str) -> str:
    """How people call it: "Zero-shot", "SFT", "Iteration 2"."""
    return {"zero_shot": "Zero-shot", "sft": "SFT"}.get(step, f"Iteration {step}" if step.isdigit() else step)


def _by_step(arms: Sequence[StudyArm], figures: Figures) -> Iterator[Drawing]:
    main = [arm for arm in arms if arm.group == MAIN and arm.name in figures.steps][:MOST_LINES]
    for measure, title, defined, note in BY_STEP:
        rows = [
            DrawnRow(step_label(step), [_at(figures, arm.name, step, measure) for arm in main])
            for step in figures.steps.get(LOOP, [])
        ]
        ceiling = " SFT with all labels has no iterations." if ALL_LABELS in figures.steps else ""
        yield Drawing(
            key=measure.value,
            title=f"{title} by iteration",
            note=f"{note} The band is the loop's 95 % interval over seeds.{ceiling}",
            across="Step",
            heads=[Head(arm_label(arm)) for arm in main],
            rows=rows,
            drawn=len(main),
            defined=defined,
        )


def _at(figures: Figures, arm: str, step: str, measure: StudyMeasure) -> Cell | None:
    """SFT with all labels is the same at every step, so that the others can be seen to come near it."""
    if arm == ALL_LABELS:
        return figures.last(arm, measure)
    return figures.at(arm, step, measure)


def _pool(arms: Sequence[StudyArm], figures: Figures) -> Drawing:
    sized = sorted((arm for arm in arms if arm.group == POOL), key=lambda arm: _size(_value(arm)))
    before = [DrawnRow("SFT", [figures.last(FIRST, measure) for measure in LAST])]
    if NO_POOL in figures.steps:
        before.append(DrawnRow("0", [figures.last(NO_POOL, measure) for measure in LAST]))
    return Drawing(
        key="pool",
        title="Gain by size of the pool",
        note="Points over SFT of the same seed, after the last iteration, by pool listings of each vertical;"
        " the band is the 95 % interval.",
        across="Pool listings",
        heads=_heads(),
        rows=[*before, *(_last_row(figures, arm) for arm in sized)],
        drawn=1,
        defined="study_gain",
    )


def _sweeps(arms: Sequence[StudyArm], figures: Figures) -> Iterator[Drawing]:
    """A chart for each parameter that was varied; arms that are no values of one stand beside the loop."""
    loop = DrawnRow("the loop", [figures.last(LOOP, measure) for measure in LAST])
    groups = dict.fromkeys(arm.group for arm in arms if arm.group not in (FIRST, MAIN, POOL))
    for group in groups:
        varied = [arm for arm in arms if arm.group == group]
        is_swept = all(arm.name.startswith(f"{group}-") for arm in varied)
        title = SWEEPS.get(group, group.replace("_", " ").capitalize())
        yield Drawing(
            key=slugify(f"sweep-{group}"),
            title=f"Gain by {title[:1].lower()}{title[1:]}",
            note="Points over SFT of the same seed, after the last iteration; whiskers are 95 % intervals.",
            across=title,
            heads=_heads(),
            rows=[*([] if is_swept else [loop]), *(_last_row(figures, arm) for arm in varied)],
            drawn=1,
            has_dots=True,
            defined="study_gain",
        )


def _verticals(figures: Figures) -> Drawing:
    return Drawing(
        key="verticals",
        title="Gain by vertical",
        note="Of the loop's last iteration, points over SFT of the same seed; whiskers are 95 % intervals.",
        across="Vertical",
        heads=[Head("", DEFINED[StudyMeasure.GAIN])],
        rows=[DrawnRow(vertical, [cell]) for vertical, cell in figures.verticals.items()],
        drawn=1,
        has_dots=True,
        defined="study_gain",
    )


def _last_row(figures: Figures, arm: StudyArm) -> DrawnRow:
    return DrawnRow(_value(arm), [figures.last(arm.name, measure) for measure in LAST])


def _heads() -> list[Head]:
    return [Head("", DEFINED[measure]) for measure in LAST]


def _value(arm: StudyArm) -> str:
    """What the arm sets its parameter to, or what it is called."""
    return arm.name.removeprefix(f"{arm.group}-").replace("_", " ")


def _size(value: str) -> float:
    """Sizes in their order, what is none behind them."""
    return float(value) if value.isdigit() else float("inf")
