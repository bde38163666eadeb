from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Listing
from catalog.splits import Split
from labeling.models import Annotation, Label, Purpose, Suggestion, Task
from labeling.selectors.confirmed import confirmed_count, confirmed_rows
from labeling.selectors.reliability import reliability_now
from labeling.selectors.verdicts import verdict_rows
from labeling.services.tasks import tasks_open
from labeling.truth import Said
from tests.factories import SuggestionFactory
from tests.labeling.workspace import annotator, answer, claim, label_all, message, reviewer, rule, send, tasks

pytestmark = pytest.mark.django_db


def review(name: str, colour: str = "red", *, purpose: Purpose = Purpose.REVIEW, number: int = 1) -> None:
    """Have the reviewer answer so many reviews."""
    label_all(reviewer(name), number, purpose=purpose, colour=colour)


def decide(name: str, colour: str) -> None:
    """Have the reviewer adjudicate the colour of the first listing in question."""
    [lease] = claim(reviewer(name), purpose=Purpose.ADJUDICATION)
    replies = send(reviewer(name), answer(lease, "colour", colour), message("finish", lease, seconds=1))
    assert [reply["status"] for reply in replies] == ["done", "done"]


def colours() -> dict[str, tuple[tuple[str, ...], float]]:
    """{listing: confirmed colours and their weight}"""
    rows = [row for row in confirmed_rows() if row.label.values and row.label.values[0] in ("Red", "Blue")]
    names = dict(Listing.objects.values_list("pk", "external_id"))
    return {names[row.label.listing_id]: (row.label.values, row.weight) for row in rows}


def test_a_verdict_tells_who_said_what_when_and_what_they_had_seen() -> None:
    [task] = tasks(1, purpose=Purpose.REVIEW)
    [lease] = claim(reviewer(), purpose=Purpose.REVIEW)
    colour = task.listing.vertical.attributes.get(code="colour")
    shown = SuggestionFactory.create(listing=task.listing, attribute=colour, source="round 1")
    send(
        reviewer(),
        answer(lease, "colour", "blue", suggestion=shown.pk),
        answer(lease, "closing", state="not_visible"),
        message("finish", lease, seconds=3),
    )
    one, other = verdict_rows()
    assert (one.listing, one.attribute, one.said) == (task.listing.external_id, "colour", Said(("blue",)))
    assert (one.reviewer, one.purpose, one.shown, one.is_settled) == ("rita", "review", "round 1", True)
    assert (one.provenance, one.reasoning_wrong) == ("verdict", False)
    assert abs(one.when - timezone.now()) < timedelta(minutes=1)
    assert (other.attribute, other.said, other.shown) == ("closing", Said((), "not_visible"), "")


def test_only_what_is_finished_and_stands_is_a_verdict() -> None:
    tasks(2, purpose=Purpose.REVIEW)
    [first, second] = claim(reviewer(), 2, purpose=Purpose.REVIEW)
    send(reviewer(), answer(first, "colour", "red"), answer(second, "colour", "red"))
    assert list(verdict_rows()) == []
    send(
        reviewer(),
        answer(first, "closing", "zip"),
        answer(first, "colour", "blue"),
        message("finish", first, seconds=1),
    )
    assert sorted((row.attribute, row.said.values) for row in verdict_rows()) == [
        ("closing", ("zip",)),
        ("colour", ("blue",)),
    ]


def test_verdicts_are_chosen_by_people_time_purpose_and_split() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    review("rita")
    [audited] = tasks(1, purpose=Purpose.AUDIT, vertical=Task.objects.get().listing.vertical)
    review("rob", purpose=Purpose.AUDIT)
    tasks_open(listing_ids=[audited.listing_id], purpose=Purpose.GOLD)
    label_all(annotator())

    def who(**chosen: object) -> set[str]:
        return {row.reviewer for row in verdict_rows(**chosen)}  # type: ignore[arg-type]  # one a test

    assert who() == {"rita", "rob"}
    assert who(reviewers=[reviewer("rob").pk]) == {"rob"}
    assert who(purposes=[Purpose.REVIEW]) == {"rita"}
    now = timezone.now()
    Annotation.objects.filter(annotator__username="rob").update(created=now - timedelta(days=3))
    assert who(since=now - timedelta(days=1)) == {"rita"}
    assert who(until=now - timedelta(days=1)) == {"rob"}
    Listing.objects.filter(pk=audited.listing_id).update(split=Split.GOLD)
    assert who(split=Split.POOL) == {"rita"}


def test_a_review_is_confirmed_and_an_audit_never_is() -> None:
    first, _ = tasks(2, purpose=Purpose.REVIEW)
    review("rita", number=2)
    assert len(colours()) == 2
    assert confirmed_count() == 4
    tasks_open(listing_ids=[first.listing_id], purpose=Purpose.AUDIT, asks=["colour"])
    assert first.listing.external_id not in colours()
    assert len(colours()) == 1
    assert len(confirmed_rows()) == 3
    review_of = Task.objects.get(purpose=Purpose.AUDIT)
    [lease] = claim(reviewer("rob"), purpose=Purpose.AUDIT)
    send(reviewer("rob"), answer(lease, "colour", "red"), message("finish", lease, seconds=1))
    assert lease.task_id == review_of.pk
    assert (len(confirmed_rows()), confirmed_count()) == (3, 3)


def test_an_audit_alone_confirms_nothing_even_when_it_is_adjudicated() -> None:
    rule(Purpose.AUDIT, overlap=2, agree=2)
    tasks(1, purpose=Purpose.AUDIT)
    review("rita", purpose=Purpose.AUDIT)
    review("rob", "blue", purpose=Purpose.AUDIT)
    decide("vera", "red")
    assert Label.objects.get(attribute__code="colour").provenance == "adjudication"
    assert confirmed_rows() == []


def test_what_is_adjudicated_rests_on_those_who_were_right() -> None:
    rule(Purpose.REVIEW, second_opinion=100)
    [task] = tasks(1, purpose=Purpose.REVIEW)
    review("rita")
    review("rob", "blue")
    assert colours() == {}
    decide("vera", "blue")
    [(values, weight)] = colours().values()
    assert values == ("Blue",)
    [row] = [row for row in confirmed_rows() if row.label.values == ("Blue",)]
    people = set(Annotation.objects.filter(pk__in=row.verdicts).values_list("annotator__username", flat=True))
    assert people == {"rob", "vera"}
    known = reliability_now()
    colour = task.listing.vertical.attributes.get(code="colour").pk
    rita, rob = (known.of(reviewer(name).pk, colour) for name in ("rita", "rob"))
    assert rita.checks.wrong == 1 and rob.checks.right == 1
    assert rita.mean < rob.mean < weight < 1


def test_a_label_that_no_standing_verdict_says_is_not_confirmed() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    review("rita")
    Label.objects.filter(attribute__code="colour").update(values=["blue"])
    assert colours() == {}
    Label.objects.filter(attribute__code="colour").update(values=["red"], provenance="annotation")
    assert colours() == {}


def test_wrong_reasoning_is_kept_beside_the_answer() -> None:
    tasks(1, purpose=Purpose.REVIEW)
    review("rita")
    Annotation.objects.filter(attribute__code="colour").update(reasoning_wrong=True)
    assert [row.reasoning_wrong for row in confirmed_rows()].count(True) == 1


def test_listings_of_other_splits_are_not_confirmed() -> None:
    [task] = tasks(1, purpose=Purpose.REVIEW)
    review("rita")
    Listing.objects.filter(pk=task.listing_id).update(split=Split.GOLD)
    assert confirmed_rows() == []
    assert confirmed_count() == 0


def test_blind_double_reviews_tell_how_reliable_people_are() -> None:
    rule(Purpose.REVIEW, second_opinion=100)
    tasks(6, purpose=Purpose.REVIEW)
    review("rita", number=6)
    review("rob", number=4)
    review("rob", "blue", number=2)
    decide("vera", "red")
    colour = Task.objects.first().listing.vertical.attributes.get(code="colour").pk  # type: ignore[union-attr]
    known = reliability_now()
    checks = {name: known.of(reviewer(name).pk, colour).checks for name in ("rita", "rob", "vera")}
    assert (checks["rita"].right, checks["rita"].wrong) == (5.5, 0.5)
    assert (checks["rob"].right, checks["rob"].wrong) == (4.5, 1.5)
    assert checks["vera"].count == 0
    assert not Suggestion.objects.exists()
