"""The pages of people: everybody in a row, one with their verticals, and how far seed and gold sets are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from catalog.models import Status
from labeling.agreement import Share
from labeling.models import ALL_TIME, SPANS, PeopleCount, PersonFigures, PersonReliability
from labeling.selectors import worked
from labeling.selectors.people import people_known
from labeling.selectors.targets import TARGET, Target, targets
from labeling.selectors.worked import Stretch
from training.pages.durations import duration_text

SPAN_NAMES = {7: "7 days", 30: "30 days", ALL_TIME: "All time"}
USUAL_SPAN = 30
FEW_CHECKS = 20
"""Checks below which a reliability is mostly what was assumed, and says so."""
PERCENT = 100
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of verdict in a person's mix, as it is drawn."""

    kind: str
    count: int
    begin: float
    """percent of all, from the left"""
    percent: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done, as a table shows it."""

    row: PersonFigures

    @property
    def listing_text(self) -> str:
        """How long a listing takes; empty where none was timed."""
        return "" if self.row.listing_seconds is None else duration_text(self.row.listing_seconds)

    @property
    def question_text(self) -> str:
        """How long a question takes; empty where none was timed."""
        return "" if self.row.question_seconds is None else duration_text(self.row.question_seconds)

    @property
    def per_hour(self) -> int | None:
        """Questions in an hour of active time; None where none was timed."""
        seconds = self.row.seconds
        return round(self.row.timed_questions * HOUR / seconds) if seconds else None

    @property
    def agreement(self) -> Share:
        """How often others said the same."""
        return Share(self.row.same, self.row.compared)

    @property
    def agreement_percent(self) -> str:
        """Empty where nobody else answered the same."""
        value = self.agreement.value
        return "" if value is None else f"{PERCENT * value:.0f}"

    @property
    def verdicts(self) -> int:
        """Verdicts on a majority that was shown."""
        return self.row.accepted + self.row.changed + self.row.reasoning + self.row.no_value

    @property
    def mix(self) -> list[Part]:
        """The kinds of verdicts, from the left to the right."""
        kinds = ("accepted", "changed", "reasoning", "no_value")
        parts, before = list[Part](), 0
        for kind in kinds:
            count = getattr(self.row, kind)
            parts.append(Part(kind, count, self._percent(before), self._percent(count)))
            before += count
        return parts

    def _percent(self, count: int) -> float:
        return round(PERCENT * count / self.verdicts, 1) if self.verdicts else 0.0


@dataclass(frozen=True, slots=True)
class Reliability:
    """How likely verdicts are right."""

    row: PersonReliability

    @property
    def percent(self) -> int:
        """The estimate."""
        return round(PERCENT * self.row.mean)

    @property
    def interval_text(self) -> str:
        """ "81–97"."""
        return f"{PERCENT * self.row.low:.0f}–{PERCENT * self.row.high:.0f}"

    @property
    def checked(self) -> int:
        """Verdicts that somebody else's answer checked."""
        return round(self.row.checks)

    @property
    def is_thin(self) -> bool:
        """It is mostly what was assumed."""
        return self.checked < FEW_CHECKS


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person on the overview."""

    person: User
    roles: str
    figures: Figures
    reliability: Reliability | None

    @property
    def has_worked(self) -> bool:
        """In the span."""
        row = self.figures.row
        return bool(row.listings or row.set_aside or row.compared or self.figures.verdicts)


@dataclass(frozen=True, slots=True)
class Spanned:
    """What was done in a span, day by day."""

    span: int
    days: Sequence[Stretch]

    @property
    def is_by_week(self) -> bool:
        """The days are weeks."""
        return self.span == ALL_TIME

    @property
    def has_worked(self) -> bool:
        """There is something to draw."""
        return any(day.listings for day in self.days)


@dataclass(frozen=True, slots=True)
class Overview(Spanned):
    """Everybody in a span."""

    lines: Sequence[PersonLine]
    everybody: Reliability | None
    """a verdict of anybody"""

    @property
    def at_work(self) -> list[PersonLine]:
        """Those who did something in the span."""
        return [line for line in self.lines if line.has_worked]

    @property
    def idle(self) -> list[PersonLine]:
        """Those who could have and did not."""
        return [line for line in self.lines if line.person.is_active and not line.has_worked]

    @property
    def reviewers(self) -> list[PersonLine]:
        """Those who gave verdicts on a majority."""
        return [line for line in self.lines if line.figures.verdicts]


@dataclass(frozen=True, slots=True)
class PersonPage(Spanned):
    """One person in a span."""

    person: User
    today: int
    """listings finished since midnight, until now"""
    total: Figures
    verticals: Sequence[Figures]
    whole: Reliability | None
    attributes: Sequence[Reliability]


@dataclass(frozen=True, slots=True)
class Targets:
    """How far seed and gold sets are."""

    rows: Sequence[Target]
    target: int = TARGET

    @property
    def text(self) -> str:
        """What is missing, in words."""
        if not self.rows:
            return "There is no vertical yet."
        seed, gold = (
            sum(each.missing for each in sets)
            for sets in ([row.seed for row in self.rows], [row.gold for row in self.rows])
        )
        if not seed and not gold:
            return f"Every vertical has {self.target} labelled listings in its seed and in its gold set."
        return (
            f"The target is {self.target} labelled listings in each set of a vertical: "
            f"seed sets lack {seed or 'none'}, gold sets {gold or 'none'}."
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """How new the figures are."""

    count: PeopleCount | None

    @property
    def problem(self) -> str:
        """Why the newest count failed; empty where it did not."""
        return self.count.error if self.count and self.count.status == Status.FAILED else ""


def span_asked(text: str) -> int:
    """The span of an address: days, or all time; the usual one where it names none."""
    asked = 0 if text == "all" else int(text) if text.isdecimal() else USUAL_SPAN
    return asked if asked in SPANS else USUAL_SPAN


def span_links() -> list[tuple[int, str, str]]:
    """(days, how the address says it, name) of each span."""
    return [(span, str(span or "all"), name) for span, name in SPAN_NAMES.items()]


def counted() -> Counted:
    """When the figures were counted."""
    return Counted(worked.count_ended())


def overview(span: int) -> Overview:
    """Everybody who works or worked here, by name."""
    figures = worked.figures_of_people(span)
    known = {person: Reliability(row) for person, row in worked.reliability_of_people().items()}
    lines = [
        PersonLine(
            person=person,
            roles=", ".join(group.name for group in person.groups.all()),
            figures=Figures(figures.get(person.pk, PersonFigures(person=person, span=span))),
            reliability=known.get(person.pk),
        )
        for person in people_known()
    ]
    return Overview(span, worked.stretches(span), lines, known.get(None))


def person_page(person_id: int, span: int) -> PersonPage | None:
    """One person; None where nobody with that id works or worked here."""
    found = next(iter(people_known(person_id)), None)
    return None if found is None else page_of(found, span)


def page_of(person: User, span: int) -> PersonPage:
    """The page of this person, whether there is something to tell or not."""
    rows = worked.figures_of_person(person.pk, span)
    total = next((row for row in rows if row.vertical is None), PersonFigures(person=person, span=span))
    attributes = worked.reliability_of_person(person.pk)
    return PersonPage(
        person=person,
        span=span,
        today=worked.finished_today(person),
        total=Figures(total),
        verticals=_figures(row for row in rows if row.vertical is not None),
        days=worked.stretches(span, person_id=person.pk),
        whole=next((Reliability(row) for row in attributes if row.attribute is None), None),
        attributes=[Reliability(row) for row in attributes if row.attribute is not None],
    )


def targets_now() -> Targets:
    """How far each vertical is."""
    return Targets(targets())


def _figures(rows: Iterable[PersonFigures]) -> list[Figures]:
    return [Figures(row) for row in rows]
