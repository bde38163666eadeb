"""Reads for the dashboard of the loop: stored rows of many rounds, each kind of row in one query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.db.models.fields.json import KeyTransform

from catalog.models import Status, Vertical
from training.models import (
    AgreementSpread,
    HumanTime,
    LabelUse,
    Method,
    Metric,
    Round,
    RoundStage,
    Routing,
    RoutingState,
    StageTime,
)

MOST_ROUNDS = 40
"""Rounds that are shown, the newest."""
MOST_ROUTINGS = 10
LEARNING = ("pairs", "confident")
"""Stages that say how much an iteration learns from. Their results are small."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a round's labels of one use took people."""

    listings: int = 0
    timed: int = 0
    """Those whose time is known."""
    turns: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Labelled") -> "Labelled":
        return Labelled(
            self.listings + other.listings,
            self.timed + other.timed,
            self.turns + other.turns,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """What an iteration of a round learned from."""

    iteration: int
    name: str
    """pairs or confident"""
    found: int
    """Those that the votes gave."""
    used: int
    """Those that were trained on: all, unless they were too many."""
    from_seed: int
    """Those that rest on labels of the seed set."""
    from_verdicts: int


HumanTimes = Mapping[int, Mapping[LabelUse, Labelled]]
"""{round: {use of labels: what they took people}}"""
Iterations = Mapping[int, Sequence[Learned]]
"""{round: what its iterations learned from}"""


class Spent(NamedTuple):
    """What rounds took of one kind of device."""

    device: str
    seconds: float


def verticals() -> QuerySet[Vertical]:
    """Every vertical, in the catalogue's order."""
    return Vertical.objects.all()


def done_rounds() -> list[Round]:
    """The newest rounds that are done, without their frozen inputs."""
    fields = ("pk", "created", "params", "counts", "questions")
    return list(Round.objects.filter(status=Status.DONE).only(*fields)[:MOST_ROUNDS])


def gold_figures(round_ids: Sequence[int], vertical: Vertical | None) -> QuerySet[Metric]:
    """Greedy accuracies of their models from SFT on: of everything, and of the vertical if one is given."""
    slices = Q(vertical=None) | Q(vertical=vertical)
    return Metric.objects.filter(
        slices, round_id__in=round_ids, method=Method.GREEDY, attribute=None, iteration__gte=0
    ).order_by("iteration")


def human_times(round_ids: Sequence[int], vertical: Vertical | None) -> tuple[HumanTimes, HumanTimes]:
    """What people spent on labels of all verticals, and on those of the one given, or of all again.

    A round that nobody counted is missing.
    """
    rows = HumanTime.objects.filter(round_id__in=round_ids).order_by()
    every: defaultdict[int, dict[LabelUse, Labelled]] = defaultdict(dict)
    own: defaultdict[int, dict[LabelUse, Labelled]] = defaultdict(dict)
    fields = ("round_id", "vertical_id", "use", "listings", "timed", "turns", "seconds")
    for round_id, of, use, listings, timed, turns, seconds in rows.values_list(*fields):
        spent, uses = Labelled(listings, timed, turns, seconds), every[round_id]
        uses[LabelUse(use)] = uses.get(LabelUse(use), Labelled()) + spent
        if vertical and of == vertical.pk:
            own[round_id][LabelUse(use)] = spent
    return dict(every), dict(own) if vertical else dict(every)


def device_times(round_ids: Sequence[int]) -> dict[int, list[Spent]]:
    """{round: what its stages took of each kind of device}"""
    rows = StageTime.objects.filter(stage__round_id__in=round_ids).order_by("device")
    found: defaultdict[int, list[Spent]] = defaultdict(list)
    for round_id, device, seconds in rows.values_list("stage__round_id", "device").annotate(Sum("seconds")):
        found[round_id].append(Spent(device, seconds))
    return dict(found)


def stage_times(round_id: int) -> QuerySet[StageTime]:
    """What each stage of the round took, in the order in which they ran."""
    rows = StageTime.objects.filter(stage__round_id=round_id).select_related("stage")
    return rows.defer("stage__result").order_by("stage__started", "stage_id", "-seconds")


def learned(round_ids: Sequence[int]) -> Iterations:
    """{round: what its iterations learned from}"""
    stages = RoundStage.objects.filter(round_id__in=round_ids, name__in=LEARNING, status=Status.DONE)
    found: defaultdict[int, list[Learned]] = defaultdict(list)
    rows = stages.order_by("iteration").values_list("round_id", "iteration", "name", "result")
    for round_id, iteration, name, result in rows:
        used = result.get(name, 0)
        of_people = (result.get(key, 0) for key in ("from_seed", "from_verdicts"))
        found[round_id].append(Learned(iteration, name, result.get("drawn_of", used), used, *of_people))
    return dict(found)


def spreads(round_id: int) -> list[AgreementSpread]:
    """How far the chains of the round's models agreed, of everything and of each vertical, in order."""
    rows = AgreementSpread.objects.filter(round_id=round_id).select_related("vertical")
    return list(rows.order_by("vertical__position", "vertical__code", "iteration"))


def routings_found() -> QuerySet[Routing]:
    """The newest routings whose dry run is done, with the error of their calibration as `error_found`."""
    done = Routing.objects.filter(status=Status.DONE).select_related("version")
    return (
        done.defer("calibration", "version__manifest")
        .annotate(error_found=KeyTransform("error", "calibration"))
        .order_by("-created", "-pk")[:MOST_ROUTINGS]
    )


def routing_current() -> Routing | None:
    """The routing that counts, with its curves."""
    return Routing.objects.filter(state=RoutingState.CURRENT).first()
