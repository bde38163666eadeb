"""Reads of teacher runs: where one is, what it cost, how often people agree with it, what it said."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404

from catalog.models import Status
from catalog.selectors.progress import WorkProgress, silent_seconds
from labeling.asked import schema_of
from labeling.models import Label, Provenance, TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.teacher.money import Budget, Price, Usage, in_digits

PEOPLE = (Provenance.ANNOTATION, Provenance.ADJUDICATION, Provenance.VERDICT)
"""Labels of these were said by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherProgress(WorkProgress):
    """Where a run is."""

    outcomes: "Counter[str]"
    """listings by outcome"""
    spent: Usage
    price: Price | None
    budget: Budget
    guessed: bool
    """the server did not tell all of what was spent"""
    ahead: int
    """runs that are at work or were queued before a queued one"""

    @property
    def listings(self) -> int:
        """All of them."""
        return self.outcomes.total()

    @property
    def answered(self) -> int:
        """With at least one answer that the schema allows."""
        return self.outcomes[TeacherOutcome.ANSWERED]

    @property
    def unreadable(self) -> int:
        """About which something was said, and nothing could be read."""
        return self.outcomes[TeacherOutcome.UNREADABLE]

    @property
    def failed(self) -> int:
        """About which nothing was said."""
        return self.outcomes[TeacherOutcome.FAILED]

    @property
    def dealt_with(self) -> int:
        """That are not asked about again."""
        return self.answered + self.unreadable + self.failed

    @property
    def asked(self) -> int:
        """Dealt with, or under way."""
        return self.dealt_with + self.outcomes[TeacherOutcome.ASKED]

    @property
    def money(self) -> Decimal | None:
        """What was spent; None where the price is not known."""
        return self.price.of(self.spent) if self.price else None

    @property
    def money_in_digits(self) -> str:
        """What was spent, as pages show it; nothing where the price is not known."""
        return "" if self.money is None else in_digits(self.money)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often people gave the answer that a teacher proposed, of one attribute."""

    code: str
    label: str
    answers: int
    """proposed by the run"""
    compared: int
    """proposed by any run, about questions with a label that a person gave"""
    same: int
    """of these, with the same answer"""

    @property
    def percent(self) -> int | None:
        """Rounded down; None where nothing can be compared."""
        return 100 * self.same // self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was said about a listing and has no answer in it, or not all."""

    listing: str
    """external id"""
    listing_id: int
    outcome: str
    error: str
    problems: tuple[tuple[str, str], ...]
    """(attribute, why), each reason once"""
    texts: tuple[str, ...]


def teacher_runs() -> QuerySet[TeacherRun]:
    """Every run, newest first."""
    return TeacherRun.objects.select_related("vertical", "created_by")


def teacher_run_get(run_id: int) -> TeacherRun:
    """The run.

    Raises:
        Http404: where there is none.
    """
    return get_object_or_404(teacher_runs(), pk=run_id)


def runs_progress(runs: Iterable[TeacherRun]) -> list[tuple[TeacherRun, TeacherProgress]]:
    """The runs, each with where it is."""
    runs = list(runs)
    outcomes: dict[int, Counter[str]] = {run.pk: Counter() for run in runs}
    spent = dict.fromkeys(outcomes, Usage())
    guessed = dict.fromkeys(outcomes, False)
    rows = TeacherAnswer.objects.filter(run__in=list(outcomes)).order_by().values_list("run", "outcome")
    for run, outcome, count, tokens_in, tokens_out, guesses in rows.annotate(
        listings=Count("pk"),
        tokens_in=Sum("input_tokens"),
        tokens_out=Sum("output_tokens"),
        guesses=Count("pk", filter=Q(guessed=True)),
    ):
        outcomes[run][outcome] = count
        spent[run] += Usage(tokens_in, tokens_out)
        guessed[run] = guessed[run] or guesses > 0
    return [(run, _progress(run, outcomes[run.pk], spent[run.pk], guessed[run.pk])) for run in runs]


def run_progress(run: TeacherRun) -> TeacherProgress:
    """Where the run is."""
    return runs_progress([run])[0][1]


def run_agreement(run: TeacherRun) -> list[Agreement]:
    """How often people agree with this model on this vertical, asked in this style, over all its runs.

    Of the attributes of the run, in order. Where it answered a question twice, the newer answer counts.
    """
    schema = schema_of(run.schema_version_id)
    codes = {pk: code for code, pk in schema.attribute_ids.items()}
    proposed = {
        (listing, code): (frozenset(answer["values"]), answer["state"])
        for listing, given in _of_labelled(run).order_by("pk").values_list("listing", "answers")
        for code, answer in given.items()
    }
    rows = TeacherAnswer.objects.filter(run=run).exclude(answers={}).order_by()
    answers = Counter(code for given in rows.values_list("answers", flat=True) for code in given)
    compared: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for listing, attribute, values, state in _said_by_people(run):
        code = codes.get(attribute, "")
        if (listing, code) in proposed:
            compared[code] += 1
            same[code] += proposed[listing, code] == (frozenset(values), state)
    return [
        Agreement(one.code, one.label, answers[one.code], compared[one.code], same[one.code])
        for one in schema.spec.asked
        if one.code in run.attributes
    ]


def run_unread(run: TeacherRun) -> QuerySet[TeacherAnswer]:
    """What was said about listings without an answer in it, or not to every question; the latest first."""
    rows = TeacherAnswer.objects.filter(run=run).exclude(
        outcome__in=[TeacherOutcome.WAITING, TeacherOutcome.ASKED]
    )
    lacking = Q(outcome__in=[TeacherOutcome.UNREADABLE, TeacherOutcome.FAILED]) | ~Q(problems={})
    return rows.filter(lacking).select_related("listing").order_by("-finished", "-pk")


def unread_of(run: TeacherRun, rows: Iterable[TeacherAnswer]) -> Iterator[Unread]:
    """The same as pages show them."""
    labels = {one.code: one.label for one in schema_of(run.schema_version_id).spec.asked}
    for row in rows:
        by_reason: dict[str, list[str]] = {}
        for code, reason in row.problems.items():
            by_reason.setdefault(reason, []).append(labels.get(code, code))
        everything = len(run.attributes)
        yield Unread(
            listing=row.listing.external_id,
            listing_id=row.listing_id,
            outcome=row.outcome,
            error=row.error,
            problems=tuple(
                ("All" if len(names) == everything > 1 else ", ".join(names), reason)
                for reason, names in by_reason.items()
                if reason != row.error
            ),
            texts=tuple(one["text"] for one in row.said if one["text"]),
        )


def _progress(run: TeacherRun, outcomes: "Counter[str]", spent: Usage, guessed: bool) -> TeacherProgress:
    return TeacherProgress(
        status=run.status,
        silent_seconds=silent_seconds(run),
        outcomes=outcomes,
        spent=spent,
        price=run.price,
        budget=run.budget,
        guessed=guessed,
        ahead=_ahead(run),
    )


def _ahead(run: TeacherRun) -> int:
    if run.status != Status.QUEUED:
        return 0
    before = TeacherRun.objects.filter(status=Status.QUEUED, queued__lt=run.queued).count()
    return before + TeacherRun.objects.filter(status=Status.RUNNING).count()


def _of_labelled(run: TeacherRun) -> QuerySet[TeacherAnswer]:
    """What the run's model said, asked in its style, about listings of its vertical that people labelled."""
    answers = TeacherAnswer.objects.filter(
        Exists(Label.objects.filter(listing=OuterRef("listing"), provenance__in=PEOPLE)),
        run__model=run.model,
        run__vertical=run.vertical_id,
        run__style=run.style,
    )
    return answers.exclude(answers={})


def _said_by_people(run: TeacherRun) -> Iterator[tuple[int, int, list[str], str]]:
    """(listing, attribute, values, state) of each label that a person gave about listings of the vertical."""
    labels = Label.objects.filter(listing__vertical=run.vertical_id, provenance__in=PEOPLE)
    return labels.order_by().values_list("listing", "attribute", "values", "state").iterator()
