"""What models answered on gold about a listing: in the list, on its page, and the chains behind it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from attrx_web.roles import Role
from catalog.models import Listing, Status
from tests.factories import AttributeFactory, ListingFactory, VerticalFactory, user_with
from tests.training.golds import gold_answer
from tests.training.rounds import champion_of, round_in, version_of
from training.drilldown import Gold, Judged, Model, listings_address
from training.listing_gold import GoldPart, gold_part
from training.listings import Browser
from training.ml.records import Chain
from training.ml.shards import GREEDY, write_shard
from training.models import Method, Round
from training.selectors.chainfiles import gold_chains_of

pytestmark = pytest.mark.django_db
PAGE = "/listings/b0/"
SCHEMA = [
    {"code": "bag", "attributes": [{"code": "color", "name": "Colour"}, {"code": "shape", "name": "shape"}]}
]


@pytest.fixture(autouse=True)
def round_() -> Round:
    """Two gold bags with two questions, answered by SFT and the base model."""
    bag = VerticalFactory.create(code="bag", label="Bag")
    color = AttributeFactory.create(vertical=bag, code="color", label="Color", position=1)
    shape = AttributeFactory.create(vertical=bag, code="shape", label="Shape", position=2)
    round_ = round_in(Status.DONE, inputs={"verticals": SCHEMA})
    champion_of(round_)
    version_of(round_, 1)
    for place in range(2):
        listing = ListingFactory.create(vertical=bag, external_id=f"b{place}", split="gold")
        gold_answer(round_, listing, color, truth="red", greedy="blue", majority="red", votes=5)
        gold_answer(round_, listing, shape, truth="blue", greedy="blue", votes=8)
        gold_answer(round_, listing, color, truth="red", greedy="", iteration=-1, votes=0)
    return round_


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(user_with(Role.REVIEWER))
    return client


def part(wanted: str = "", *, with_chains: bool = False) -> GoldPart:
    found = gold_part(Listing.objects.get(external_id="b0"), wanted, with_chains=with_chains)
    assert found is not None
    return found


def write(round_: Round, stage: str, chains: list[Chain]) -> None:
    path = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "shards" / stage / "00000.parquet"
    write_shard(path, Chain, chains).replace(path)


def evaluation(round_: Round) -> None:
    texts = [
        (GREEDY, "blue", "It looks blue."),
        (0, "red", "A dark red."),
        (1, "red", "Red."),
        (2, None, "Hm"),
    ]
    write(
        round_,
        "0-evaluate",
        [
            Chain(f"b{place}/Colour", index, text, answer, -1.0)
            for place in range(2)
            for index, answer, text in texts
        ],
    )


def test_the_newest_model_is_shown_unless_another_is_asked_for(round_: Round) -> None:
    assert [one.label for one in part().models] == [
        f"Round {round_.pk}, SFT",
        f"Round {round_.pk}, Zero-shot",
    ]
    assert part().model.model == Model(round_.pk, 0)
    assert part(f"{round_.pk}.-1").model.model == Model(round_.pk, -1)
    assert part(f"{round_.pk}.1").model.model == Model(round_.pk, 0), "iteration 1 answered nothing"
    assert part("nothing").model.model == Model(round_.pk, 0)


def test_a_question_has_truth_answers_and_the_vote(round_: Round) -> None:
    shown = part()
    color, shape = shown.questions
    assert (color.answer.truth, color.answer.greedy, color.answer.majority) == ("red", "blue", "red")
    assert (color.agreement_percent, shown.right) == (62, 1)
    assert [(vote.answer, vote.chains, vote.is_majority) for vote in color.votes] == [
        ("red", 5, True),
        ("no answer", 3, False),
    ]
    assert (color.chains, color.greedy_text, shown.chains_missing) == ((), "", False)
    assert [vote.answer for vote in shape.votes] == ["blue"]


def test_a_listing_that_no_model_was_asked_about_has_no_such_part() -> None:
    pool = ListingFactory.create(external_id="p")
    assert gold_part(pool, "", with_chains=False) is None


def test_chains_are_read_from_the_files_of_the_evaluation(round_: Round) -> None:
    evaluation(round_)
    color, shape = part(with_chains=True).questions
    assert color.greedy_text == "It looks blue."
    assert [(one.answer, one.chains, one.of) for one in color.chains] == [("red", 2, 3), ("", 1, 3)]
    assert shape.chains == ()


def test_chains_of_the_base_model_lie_in_its_own_stage(round_: Round) -> None:
    key = ("b0", "bag", "color")
    write(round_, "0-zero_shot", [Chain("b0/Colour", GREEDY, "Who knows.", None, -3.0)])
    assert [one.text for one in gold_chains_of(Model(round_.pk, -1), [key])[key]] == ["Who knows."]
    assert gold_chains_of(Model(round_.pk, 0), [key]) == {}


def test_chains_whose_files_are_gone_or_broken_are_said_to_be_missing(round_: Round) -> None:
    assert part(with_chains=True).chains_missing
    path = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "shards/0-evaluate/00000.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no parquet")
    assert part(with_chains=True).chains_missing


def test_the_page_shows_the_model_of_the_list_and_keeps_the_list(round_: Round, reviewer: Client) -> None:
    address = listings_address(Gold(round_.pk, -1, Judged.UNPARSEABLE), vertical="bag", attribute="color")
    query = Browser(QueryDict(address.partition("?")[2])).query()
    answer = reviewer.get(f"{PAGE}?{query}")
    assertContains(answer, "Zero-shot: 0 of 1 greedy answer right")
    assertContains(answer, "Nothing allowed")
    assertContains(answer, f'rel="prev" href="/listings/b1/?{query.replace("&", "&amp;")}"')
    assertContains(answer, '<input type="hidden" name="judged" value="unparseable">', html=True)
    other = reviewer.get(f"{PAGE}?{query}&model={round_.pk}.0")
    assertContains(other, "SFT: 1 of 2 greedy answers right")
    assertContains(other, f'rel="prev" href="/listings/b1/?{query.replace("&", "&amp;")}"')


def test_chains_come_when_somebody_asks(round_: Round, reviewer: Client) -> None:
    evaluation(round_)
    answer = reviewer.get(PAGE)
    assertContains(answer, f'href="?model={round_.pk}.0&amp;chains=1#gold"')
    assertNotContains(answer, "A dark red.")
    assertContains(reviewer.get(f"{PAGE}?model={round_.pk}.0&chains=1"), "A dark red.")
    gone = reviewer.get(f"{PAGE}?model={round_.pk}.-1&chains=1")
    assertContains(gone, "The files of this round no longer have the chains")


def test_the_list_says_what_was_said(round_: Round, reviewer: Client) -> None:
    answer = reviewer.get(listings_address(Gold(round_.pk, 0, Judged.WRONG)))
    assertContains(answer, "<strong>2</strong> gold answers")
    assertContains(answer, '<span class="gold-truth">people: red</span>')
    assertContains(answer, '<span class="gold-asked">Color</span>')
    assertNotContains(answer, "Lowest agreement")
    by_majority = Gold(round_.pk, 0, Judged.RIGHT, Method.MAJORITY)
    answer = reviewer.get(listings_address(by_majority, vertical="bag") + "&layout=grid")
    assertContains(answer, "<strong>4</strong> gold answers")


def test_one_answer_is_a_gold_answer(round_: Round, reviewer: Client) -> None:
    Listing.objects.get(external_id="b1").delete()
    answer = reviewer.get(listings_address(Gold(round_.pk, -1)))
    assertContains(answer, "<strong>1</strong> gold answer\n")
    assertContains(answer, "nothing allowed")


@pytest.mark.parametrize("layout", ["table", "grid"])
def test_the_list_of_gold_answers_takes_few_queries(
    round_: Round, reviewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries, layout: str
) -> None:
    gold = Gold(round_.pk, 0, Judged.WRONG, truth="red")
    address = listings_address(gold, vertical="bag", attribute="color") + f"&layout={layout}"
    # session, user, role; verticals, imports, models, champion, attributes, values; ids, rows, photos,
    # labels, gold answers, their number; two for the answers to choose from; saved views, alerts, the role
    with django_assert_max_num_queries(20):
        assertContains(reviewer.get(address), "gold-line")


def test_the_page_of_a_gold_listing_takes_few_queries(
    round_: Round, reviewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # as of any listing; and which models answered, their names, the answers
    with django_assert_max_num_queries(27):
        reviewer.get(f"{PAGE}?answered={round_.pk}.0")
