"""The page that compares two model versions on gold, question by question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from catalog.selectors.listings import external_ids_seen
from catalog.selectors.scopes import is_limited
from training.dashboards import model_label, percent
from training.drilldown import Gold, listings_address
from training.golds import answers_of
from training.inputs import thaw_names
from training.ml.comparing import Comparison, Judged, Slice, VerticalSlices, compare
from training.ml.errors import DataError
from training.ml.gate import p_text
from training.ml.signed import signed_text
from training.ml.strategies import plan_of
from training.models import ZERO_SHOT, Alias, Method, Metric, ModelVersion
from training.pages.asked import whole_number
from training.pages.cards import Card, cards
from training.selectors.frozen import frozen_verticals
from training.selectors.verdicts import Between, between

MOST_CHOICES = 100
LISTINGS_PER_PAGE = 10
LEVEL = 0.05
"""Largest p at which a difference is called significant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A version that can be compared."""

    version_id: int
    label: str
    round_id: int
    iteration: int

    @property
    def key(self) -> str:
        return f"version-{self.version_id}"


@dataclass(frozen=True, slots=True)
class Line:
    """One slice as the table shows it."""

    slice: Slice
    vertical: str = ""
    """Its name when the rounds began; empty for all."""
    attribute: str = ""
    first_address: str = ""
    """Of the listings that the first model was asked about; empty where it was asked other questions too."""
    second_address: str = ""

    @property
    def place(self) -> str:
        """What narrows the listings below to this line's."""
        given = {"vertical": self.vertical, "attribute": self.attribute}
        return urlencode({name: text for name, text in given.items() if text})

    @property
    def first_percent(self) -> str:
        return percent(self.slice.first_right / self.slice.questions)

    @property
    def second_percent(self) -> str:
        return percent(self.slice.second_right / self.slice.questions)

    @property
    def points_text(self) -> str:
        return signed_text(self.slice.points)

    @property
    def p_text(self) -> str:
        """The p-value, with its sign: "= 0.013"."""
        return p_text(self.slice.p_value)

    @property
    def p_cell(self) -> str:
        """The p-value in a table: "0.013"."""
        return self.p_text.removeprefix("= ")

    @property
    def is_significant(self) -> bool:
        return self.slice.p_value <= LEVEL

    @property
    def tone(self) -> str:
        """better, worse, or nothing where chance alone may have made the difference."""
        if not self.is_significant:
            return ""
        return "better" if self.slice.points > 0 else "worse"


@dataclass(frozen=True, slots=True)
class VerticalLines:
    """A vertical and its attributes."""

    whole: Line
    attributes: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Won:
    """A listing about which exactly one of the two was right, on some attribute."""

    card: Card
    questions: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two versions side by side."""

    choices: tuple[Choice, ...]
    first: Choice | None
    second: Choice | None
    problem: str = ""
    """Why they cannot be compared, with a remedy."""
    comparison: Comparison | None = None
    whole: Line | None = None
    verticals: tuple[VerticalLines, ...] = ()
    show: str = ""
    """wins, losses, or both."""
    vertical: str = ""
    """Whose listings are shown; empty for all."""
    attribute: str = ""
    """Likewise, within the vertical."""
    page: Page[tuple[str, list[Judged]]] | None = None
    listings: tuple[Won, ...] = ()
    verdicts: Between | None = None
    """What people said that separates their rounds; None within one round, and where neither has any."""


def compare_page(
    *, first: str, second: str, show: str, vertical: str, attribute: str, number: str
) -> ComparePage:
    """The page for two versions, each "version-ID" or "round-ID", which stands for the round's best."""
    wanted = [_version_id(first), _version_id(second)]
    choices = _choices([pk for pk in wanted if pk is not None])
    one, other = (next((one for one in choices if one.version_id == pk), None) for pk in wanted)
    one = one or next((choice for choice in choices if choice != other), None)
    other = other or _other(choices, one)
    page = ComparePage(choices, one, other)
    if one is None or other is None:
        return page
    try:
        found = compare(answers_of(_version(one)), answers_of(_version(other)))
    except DataError as error:
        return ComparePage(choices, one, other, problem=f"The two cannot be compared: {error}.")
    if found.whole is None:
        problem = "The two have no gold question in common: start a round, so that one set measures both."
        return ComparePage(choices, one, other, problem=problem, comparison=found)
    wins = _by_listing(found.judged, show, vertical, attribute)
    pages = Paginator(wins, LISTINGS_PER_PAGE).get_page(number)
    lines = _Lines(_addresses(one, found.only_first), _addresses(other, found.only_second))
    return ComparePage(
        choices=choices,
        first=one,
        second=other,
        comparison=found,
        whole=lines.line(found.whole),
        verticals=tuple(lines.of_vertical(each) for each in found.verticals),
        show=show,
        vertical=vertical,
        attribute=attribute,
        page=pages,
        listings=_listings(list(pages)),
        verdicts=_verdicts(one, other),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Slices with the addresses of their listings."""

    first: Callable[[str, str], str]
    second: Callable[[str, str], str]

    def line(self, found: Slice, vertical: str = "", attribute: str = "") -> Line:
        place = vertical, attribute
        return Line(found, *place, self.first(*place), self.second(*place))

    def of_vertical(self, each: VerticalSlices) -> VerticalLines:
        name = each.whole.label
        parts = tuple(self.line(part, name, part.label) for part in each.attributes)
        return VerticalLines(self.line(each.whole, name), parts)


def _addresses(choice: Choice, left_out: int) -> Callable[[str, str], str]:
    """(vertical, attribute), by the names of its round, -> the address of what the model was asked there."""
    gold = Gold(choice.round_id, choice.iteration)
    names = thaw_names(frozen_verticals(round_id=choice.round_id))

    def address(vertical: str, attribute: str) -> str:
        if left_out or (vertical and vertical not in names.verticals):
            return ""
        code = names.attributes.get((vertical, attribute), "")
        return listings_address(gold, vertical=names.verticals.get(vertical, ""), attribute=code)

    return address


def _verdicts(one: Choice, other: Choice) -> Between | None:
    found = between(first=one.round_id, second=other.round_id)
    return found if one.round_id != other.round_id and (found.first or found.second) else None


def _versions() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.select_related("round").defer("round__inputs", "manifest")


def _choices(wanted: Sequence[int]) -> tuple[Choice, ...]:
    """The newest versions that were evaluated, newest first, and those that are wanted."""
    newest = _versions().order_by("-round_id", "-iteration")
    versions = list(newest[:MOST_CHOICES])
    older = set(wanted) - {version.pk for version in versions}
    versions += newest.filter(pk__in=older)
    rounds = {version.round_id for version in versions}
    metrics = Metric.objects.filter(round_id__in=rounds, method=Method.GREEDY, vertical=None)
    values = {(metric.round_id, metric.iteration): metric.value for metric in metrics}
    aliases = dict(Alias.objects.values_list("version_id", "name"))
    return tuple(
        Choice(version.pk, _label(version, values[key], aliases.get(version.pk, "")), *key)
        for version in versions
        if (key := (version.round_id, version.iteration)) in values
    )


def _label(version: ModelVersion, value: float, alias: str) -> str:
    first_label = plan_of(version.round.params).first_label
    name = f"Round {version.round_id}, {model_label(version.iteration, first_label)}"
    return f"{name}: {percent(value)} %" + (f", {alias}" if alias else "")


def _version_id(key: str) -> int | None:
    """The version that "version-ID" or "round-ID" names; of a round the one with the best accuracy."""
    kind, _, text = key.partition("-")
    pk = whole_number(text)
    if kind != "round" or pk is None:
        return pk
    best = Metric.objects.filter(round_id=pk, method=Method.GREEDY, vertical=None, iteration__gt=ZERO_SHOT)
    iteration = best.order_by("-value", "iteration").values_list("iteration", flat=True).first()
    if iteration is None:
        return None
    versions = ModelVersion.objects.filter(round_id=pk, iteration=iteration)
    return versions.values_list("pk", flat=True).first()


def _other(choices: Sequence[Choice], one: Choice | None) -> Choice | None:
    """What is compared with when nobody says: the newest version of another round, or any."""
    others = [choice for choice in choices if choice != one]
    return next((choice for choice in others if one and choice.round_id != one.round_id), None) or next(
        iter(others), None
    )


def _version(choice: Choice) -> ModelVersion:
    return _versions().get(pk=choice.version_id)


def _by_listing(
    judged: Sequence[Judged], show: str, vertical: str, attribute: str
) -> list[tuple[str, list[Judged]]]:
    """(listing id, the questions about it that one of them alone got right), in order."""
    wanted = [
        one
        for one in judged
        if one.first_right != one.second_right
        and (not vertical or one.vertical == vertical)
        and (not attribute or one.attribute == attribute)
        and (show not in ("wins", "losses") or one.first_right == (show == "wins"))
    ]
    found = [(listing_id, list(group)) for listing_id, group in groupby(wanted, lambda one: one.listing_id)]
    if not is_limited():
        return found
    seen = external_ids_seen([listing_id for listing_id, _ in found])
    return [(listing_id, questions) for listing_id, questions in found if listing_id in seen]


def _listings(found: Sequence[tuple[str, list[Judged]]]) -> tuple[Won, ...]:
    known = cards([listing_id for listing_id, _ in found])
    return tuple(
        Won(known.get(listing_id) or Card(listing_id), tuple(questions)) for listing_id, questions in found
    )
