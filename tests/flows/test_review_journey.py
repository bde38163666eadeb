"""Import, label, round 1, route, review 30, round 2: and the pages say what changed and why."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from labeling.models import Label, Purpose, Task
from tests.factories import user_with
from tests.flows import journey
from tests.flows.lookalike import Lookalike
from training.ml.policy import TargetParams
from training.ml.routing import RoutingParams
from training.models import Alias, ModelVersion, Prediction, Round, Route, Routing
from training.routing.settings import RoutingSettings

pytestmark = pytest.mark.django_db

GOLD, SEED, POOL = 8, 4, 16
"""Listings of each vertical."""
QUESTIONS = len(journey.VERTICALS) * POOL * journey.ATTRIBUTES
REVIEWS = 30
SETTINGS = RoutingSettings(
    target=TargetParams(precision=0.6, confidence=0.8),
    routing=RoutingParams(audit_share=0.15, per_day=REVIEWS),
)


def page(person: User, name: str, *args: object, **asked: str) -> str:
    """The words of a page, as the person sees them."""
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(f"training:{name}", args=args), asked)
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " ").split())


def test_what_people_review_teaches_the_next_round_and_the_pages_say_so(tmp_path: Path) -> None:
    ada, anna, rita = (
        user_with(role, name)
        for role, name in ((Role.ADMIN, "ada"), (Role.ANNOTATOR, "anna"), (Role.REVIEWER, "rita"))
    )
    journey.import_catalogue(tmp_path / "folder", gold=GOLD, seed=SEED, pool=POOL)
    journey.label_gold()
    journey.ask_seed()
    assert journey.answer_all(anna, Purpose.SEED) == len(journey.VERTICALS) * SEED * journey.ATTRIBUTES

    first = journey.run_round("sft", by=ada, runner=Lookalike())
    champion = Alias.objects.get(name="champion").version
    assert (champion.round_id, champion.predictions.count()) == (first.pk, QUESTIONS)

    routing = journey.count_routing(champion, SETTINGS, by=ada)
    counted = routing.summary["whole"]
    assert counted["accepted"] + counted["reviewed"] + counted["audited"] == QUESTIONS
    assert not Task.objects.exclude(purpose=Purpose.SEED).exists(), "a dry run asks nobody anything"
    assert journey.confirm(routing, by=ada) == REVIEWS + counted["audited"]
    assert journey.answer_all(rita, Purpose.REVIEW) == REVIEWS
    assert journey.answer_all(rita, Purpose.AUDIT) == counted["audited"]
    assert f"Reviews {REVIEWS} of {counted['reviewed']} answered" in page(ada, "routing", routing.pk)
    assert f"Audits {counted['audited']} of" in page(ada, "routing", routing.pk)

    second = journey.run_round("sft_dpo", iterations=1, by=ada, runner=Lookalike())
    learned = {
        (row["listing_id"], attribute) for row in second.inputs["reviewed"] for attribute in row["answers"]
    }
    assert learned == asked_of(routing, Route.REVIEW)
    assert not learned & asked_of(routing, Route.AUDIT)

    newest = voter_of(second)
    wrong = REVIEWS - right_of_reviewed(champion, routing)
    assert 0 < wrong < REVIEWS
    assert right_of_reviewed(newest, routing) == REVIEWS
    assert f"Your {REVIEWS} verdicts are in round {second.pk} Done {wrong} {wrong} 0" in page(rita, "review")
    assert (
        f"{REVIEWS} of 1 person on {REVIEWS} questions; the vote before was wrong on {wrong}, "
        f"of which {wrong} are right now"
    ) in page(ada, "round", second.pk)
    versions = {"a": f"version-{newest.pk}", "b": f"version-{champion.pk}"}
    assert f"Only in A {REVIEWS}" in page(ada, "compare", **versions)


def asked_of(routing: Routing, route: Route) -> set[tuple[str, str]]:
    """{(listing, attribute name)} of the questions that were asked."""
    asked = routing.questions.filter(route=route, released__isnull=False)
    return set(asked.values_list("listing__external_id", "attribute__label"))


def voter_of(round_: Round) -> ModelVersion:
    """The version of the round whose votes on the pool are the newest."""
    voted = Prediction.objects.filter(model_version__round=round_).order_by("-model_version__iteration")
    version = ModelVersion.objects.filter(pk=voted.values("model_version")[:1])
    return version.get()


def right_of_reviewed(version: ModelVersion, routing: Routing) -> int:
    """How many of the reviewed questions the version's majority answers as the reviewer did."""
    questions = routing.questions.filter(route=Route.REVIEW, released__isnull=False)
    right = 0
    for listing, attribute in questions.values_list("listing", "attribute"):
        said = Label.objects.get(listing=listing, attribute=attribute)
        vote = version.predictions.get(listing=listing, attribute=attribute)
        right += (vote.values, vote.state) == (said.values, said.state)
    return right
