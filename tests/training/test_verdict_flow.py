"""From the votes of a round through reviews, second opinions and adjudication into the next round."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from attrx_web.roles import Role
from catalog.models import Attribute, Listing, Status, Vertical
from catalog.splits import Split
from labeling.models import Purpose
from labeling.selectors.reliability import reliability_now
from labeling.services.rules import rule_set
from labeling.services.tasks import tasks_open
from tests.factories import user_with
from tests.fakes import FakeStages
from tests.labeling.workspace import CLOSING, COLOUR, answer, bag, claim, message, reviewer, send, statuses
from tests.training.rounds import listing_with_photo
from tests.training.test_jobs import run
from training import services
from training.models import Prediction, Round, VerdictUse
from training.pages.consensus import consensus_page
from training.selectors.verdicts import between, used_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("base_model")]


@pytest.fixture
def shop() -> Vertical:
    """Bags: one of the seed and two gold ones, labelled, and six of the pool."""
    vertical = bag(COLOUR, CLOSING)
    colour = Attribute.objects.get(vertical=vertical, code="colour")
    for split, number in ((Split.SEED, 1), (Split.GOLD, 2), (Split.POOL, 6)):
        for place in range(number):
            listing_with_photo(vertical, f"{split}-{place}", split, [colour])
    return vertical


def new_round() -> Round:
    return run(services.round_start(iterations=1), FakeStages())


def judge(name: str, colours: list[str], *, purpose: Purpose = Purpose.REVIEW) -> None:
    """Have the reviewer answer so many listings, in order."""
    for lease, colour in zip(claim(reviewer(name), len(colours), purpose=purpose), colours, strict=True):
        done = send(reviewer(name), answer(lease, "colour", colour), message("finish", lease, seconds=3))
        assert statuses(done) == ["done", "done"]


def test_reviews_of_a_rounds_votes_teach_the_next_round(shop: Vertical) -> None:
    first = new_round()
    assert not VerdictUse.objects.exists()
    pool = list(Listing.objects.filter(split=Split.POOL).order_by("pk"))
    rule_set(
        purpose=Purpose.REVIEW,
        overlap=1,
        agree=1,
        suggestions=True,
        second_opinion=100,
        by=user_with(Role.ADMIN),
    )
    tasks_open(listing_ids=[one.pk for one in pool[:4]], purpose=Purpose.REVIEW, asks=["colour"])
    tasks_open(listing_ids=[one.pk for one in pool[4:]], purpose=Purpose.AUDIT, asks=["colour"])
    judge("rita", ["red", "blue", "blue", "red"])
    judge("rob", ["red", "blue", "blue", "blue"])
    judge("vera", ["blue"], purpose=Purpose.ADJUDICATION)
    judge("rita", ["blue", "blue"], purpose=Purpose.AUDIT)

    second = new_round()
    assert second.status == Status.DONE
    reviewed = {row["listing_id"]: row for row in second.inputs["reviewed"]}
    assert {name: row["answers"]["Colour"] for name, row in reviewed.items()} == {
        "pool-0": "Red",
        "pool-1": "Blue",
        "pool-2": "Blue",
        "pool-3": "Blue",
    }
    weights = [row["weights"]["Colour"] for row in reviewed.values()]
    assert min(weights) > 0.9
    assert used_in([first.pk, second.pk]).keys() == {second.pk}
    # Rita's fourth verdict was overruled, and audits are in no round.
    assert used_in([second.pk], person_id=reviewer("rita").pk)[second.pk].verdicts == 3
    assert between(first=first.pk, second=second.pk).added == 8
    colour = Attribute.objects.get(code="colour").pk
    known = reliability_now()
    assert known.of(reviewer("rita").pk, colour).mean < known.of(reviewer("rob").pk, colour).mean

    client = Client()
    client.force_login(reviewer("rita"))
    assertContains(client.get(reverse("training:review")), f"Your 3 verdicts are in round {second.pk}")
    round_page = client.get(reverse("training:round", args=[second.pk]))
    assertContains(round_page, "8 of 3 people on 4 questions")
    compared = client.get(reverse("training:compare"), {"a": f"round-{first.pk}", "b": f"round-{second.pk}"})
    assertContains(compared, "Verdicts between them")


def test_the_votes_that_people_rejected_are_wrong_consensus(shop: Vertical) -> None:
    new_round()
    vote = Prediction.objects.get(listing__external_id="pool-0", attribute__code="colour")
    version = vote.model_version
    assert (vote.majority, vote.agreement) == ("Red", 0.75)
    tasks_open(listing_ids=[vote.listing_id], purpose=Purpose.REVIEW, asks=["colour"])
    judge("rita", ["blue"])
    page = consensus_page({"agreement": "70", "version": str(version.pk)})
    [found] = page.questions
    assert (found.card.external_id, found.said, found.votes) == ("pool-0", "Blue", [("Red", 3)])
    assert consensus_page({"version": str(version.pk)}).questions == []
