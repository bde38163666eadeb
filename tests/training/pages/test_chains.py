"""Chains are read a page at a time, grouped by answer."""

from typing import Any

import pytest

from attrx_web.roles import Role
from catalog.models import Status
from catalog.services.scopes import scopes_set
from catalog.splits import Split
from tests.factories import AttributeFactory, VerticalFactory, user_with
from tests.scoped import request_of
from tests.training.pages.conftest import ShardWriter
from tests.training.rounds import listing_with_photo, round_in, stage_of
from training.ml.records import Chain
from training.models import Round
from training.pages.chains import ChainsPage, chains_page
from training.selectors import round_progress

pytestmark = pytest.mark.django_db


def chains(question_id: str, *answers: str | None, greedy: str | None = None) -> list[Chain]:
    first = [Chain(question_id, -1, f"It is {greedy}.", greedy, -1.0)] if greedy else []
    return first + [
        Chain(question_id, index, f"It is {answer}.", answer, -1.0) for index, answer in enumerate(answers)
    ]


def page_of(round_: Round, **asked: Any) -> ChainsPage:
    wanted: dict[str, Any] = {"key": "", "shard": 1, "number": 1, "split_only": False} | asked
    return chains_page(round_, round_progress(round_), **wanted)


@pytest.fixture
def sampled(shard: ShardWriter) -> Round:
    """Two shards of iteration 1: 12 questions, the odd ones unanimous, and one question."""
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sample", 1)
    votes = (("red", "red", "blue", None), ("red", "red", "red", "red"))
    shard(round_, "1-sample", 0, [one for n in range(12) for one in chains(f"l-{n:02}/color", *votes[n % 2])])
    shard(round_, "1-sample", 1, chains("l-99/color", "green"))
    return round_


def test_the_chains_of_a_question_are_grouped_by_answer_the_most_frequent_first(sampled: Round) -> None:
    answers = page_of(sampled).questions[0].answers
    assert [(one.answer, one.chains, one.percent) for one in answers] == [
        ("red", 2, 50),
        ("blue", 1, 25),
        ("", 1, 25),
    ]
    assert [(said.text, said.times) for said in answers[0].said] == [("It is red.", 2)]


def test_pages_go_on_in_the_next_shard_and_back(sampled: Round) -> None:
    first = page_of(sampled)
    assert (len(first.questions), first.pages, first.before, first.after) == (10, 2, None, (1, 2))
    second = page_of(sampled, number=2)
    assert (len(second.questions), second.before, second.after) == (2, (1, 1), (2, 1))
    last = page_of(sampled, shard=2)
    assert (len(last.questions), last.before, last.after) == (1, (1, 0), None)
    assert page_of(sampled, shard=1, number=0).number == 2


def test_split_votes_can_be_looked_at_alone(sampled: Round) -> None:
    page = page_of(sampled, split_only=True)
    assert [asked.card.external_id for asked in page.questions] == [f"l-{n:02}" for n in range(0, 12, 2)]
    assert page_of(sampled, shard=2, split_only=True).questions == ()


def test_what_is_asked_for_wrongly_counts_as_the_nearest(sampled: Round) -> None:
    page = page_of(sampled, key="../../etc", shard=99, number=99)
    assert (page.stage and page.stage.key, page.shard, page.number) == ("1-sample", 2, 1)


def test_a_question_comes_with_its_listing_and_attribute_even_where_their_names_hold_a_slash(
    shard: ShardWriter,
) -> None:
    vertical = VerticalFactory.create(label="Kurta")
    listing = listing_with_photo(vertical, "shop/7", Split.POOL, [AttributeFactory.create(vertical=vertical)])
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sample", 1)
    shard(round_, "1-sample", 0, chains("shop/7/Neck/Collar", "round"))
    (asked,) = page_of(round_).questions
    assert (asked.card.external_id, asked.attribute, asked.card.vertical) == (
        "shop/7",
        "Neck/Collar",
        "Kurta",
    )
    assert asked.card.photos == (listing.images.get().sha256,)


def test_gold_questions_come_with_the_label_and_the_greedy_answer(shard: ShardWriter) -> None:
    gold = [{"listing_id": "g-1", "answers": {"color": "red"}}]
    round_ = round_in(Status.RUNNING, inputs={"counts": {}, "listings": {"gold": gold}})
    stage_of(round_, Status.DONE, "evaluate", 0)
    shard(round_, "0-evaluate", 0, chains("g-1/color", "blue", "red", greedy="red"))
    (asked,) = page_of(round_).questions
    assert (asked.truth, asked.greedy, [one.chains for one in asked.answers]) == ("red", "red", [1, 1])


@pytest.mark.parametrize(("stage", "truth"), [("sample_seed", "red"), ("sample", "")])
def test_the_seed_set_comes_with_its_labels_and_the_pool_without(
    shard: ShardWriter, stage: str, truth: str
) -> None:
    seed = [{"listing_id": "s-1", "answers": {"color": "red"}}]
    round_ = round_in(Status.RUNNING, inputs={"counts": {}, "listings": {"seed": seed}})
    stage_of(round_, Status.DONE, stage, 1)
    shard(round_, f"1-{stage}", 0, chains("s-1/color", "blue", "red"))
    assert [asked.truth for asked in page_of(round_).questions] == [truth]


def test_a_round_without_shards_has_an_empty_page() -> None:
    page = page_of(round_in(Status.QUEUED))
    assert (page.stages, page.stage, page.questions, page.shards) == ((), None, (), 0)


def test_somebody_who_is_limited_reads_chains_about_their_verticals_only(shard: ShardWriter) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sample", 1)
    for code in ("cap", "lamp"):
        attribute = AttributeFactory.create(vertical=VerticalFactory.create(code=code), code="color")
        listing_with_photo(attribute.vertical, f"{code}-1", Split.POOL, [])
    shard(round_, "1-sample", 0, [*chains("cap-1/color", "red"), *chains("lamp-1/color", "red")])
    person = user_with(Role.REVIEWER)
    with request_of(person):
        assert [one.card.external_id for one in page_of(round_).questions] == ["cap-1", "lamp-1"]
    scopes_set(person=person, verticals=["lamp"])
    with request_of(person):
        assert [one.card.external_id for one in page_of(round_).questions] == ["lamp-1"]
