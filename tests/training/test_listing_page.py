from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains

from attrx_web.roles import Role
from catalog.models import Attribute, Listing, SchemaVersion, Status, Value
from labeling.models import Provenance
from labeling.services import label_record
from tests.factories import (
    AttributeFactory,
    ImageFactory,
    ListingFactory,
    PhotoFactory,
    VerticalFactory,
    user_with,
)
from tests.training.browsing import import_done
from tests.training.rounds import champion_of, prediction, round_in, version_of
from training.listing_page import ListingPage, Question, listing_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bag() -> Listing:
    vertical = VerticalFactory.create(code="bag", label="Bags")
    AttributeFactory.create(vertical=vertical, code="color", position=1)
    AttributeFactory.create(vertical=vertical, code="closing", position=2, values=["zip", "flap"], multi=True)
    AttributeFactory.create(vertical=vertical, code="old", position=3, retired=True)
    schema(1)
    return ListingFactory.create(vertical=vertical, external_id="b1", title="A bag")


def schema(number: int) -> SchemaVersion:
    vertical = Attribute.objects.get(code="color").vertical
    return SchemaVersion.objects.create(vertical=vertical, number=number, content={})


def attribute(code: str) -> Attribute:
    return Attribute.objects.get(code=code)


def page() -> ListingPage:
    found = listing_page("b1")
    assert found is not None
    return found


def question(code: str) -> Question:
    return next(one for one in page().questions if one.attribute.code == code)


def test_every_asked_attribute_is_a_question_in_order(bag: Listing) -> None:
    assert [one.attribute.code for one in page().questions] == ["color", "closing"]
    label_record(listing=bag, attribute=attribute("old"), values=["red"], provenance=Provenance.IMPORT)
    assert [one.attribute.code for one in page().questions] == ["color", "closing", "old"]
    assert (page().labelled, len(page().asked)) == (0, 2)


def test_a_label_is_told_in_names_with_its_origin(bag: Listing) -> None:
    Value.objects.filter(code="flap").update(label="A flap")
    ImageFactory.create(listing=bag)
    label_record(
        listing=bag,
        attribute=attribute("closing"),
        values=["flap", "zip"],
        provenance=Provenance.ANNOTATION,
        source="ada",
        evidence_position=1,
    )
    closing = question("closing")
    assert (closing.answer, closing.said_by) == ("zip, A flap", "Annotated by ada")
    assert closing.label and closing.label.evidence_position == 1


@pytest.mark.parametrize(
    ("provenance", "source", "said"),
    [
        (Provenance.IMPORT, "a.csv", "Imported from a.csv"),
        (Provenance.IMPORT, "", "Imported"),
        (Provenance.VERDICT, "rita", "Decided by rita"),
        (Provenance.ADJUDICATION, "", "Adjudicated"),
    ],
)
def test_where_a_label_comes_from_is_a_sentence(
    bag: Listing, provenance: Provenance, source: str, said: str
) -> None:
    label_record(
        listing=bag, attribute=attribute("color"), values=["red"], provenance=provenance, source=source
    )
    assert question("color").said_by == said


def test_a_label_under_an_older_schema_is_flagged(bag: Listing) -> None:
    label_record(listing=bag, attribute=attribute("color"), values=["red"], provenance=Provenance.IMPORT)
    assert not question("color").is_outdated
    schema(2)
    assert question("color").is_outdated
    assert page().schema_number == 2


def test_the_history_says_what_each_label_was_before(bag: Listing) -> None:
    color, rita = attribute("color"), user_with(Role.REVIEWER, "rita")
    label_record(listing=bag, attribute=color, values=["red"], provenance=Provenance.IMPORT, source="a.csv")
    label_record(listing=bag, attribute=attribute("closing"), values=["zip"], provenance=Provenance.IMPORT)
    label_record(
        listing=bag, attribute=color, state="unknown", provenance=Provenance.VERDICT, by=rita, reason="dark"
    )
    assert [(one.attribute, one.before, one.after, one.who, one.reason) for one in page().history] == [
        ("color", "red", "unknown", "rita", "dark"),
        ("closing", "", "zip", "", ""),
        ("color", "", "red", "a.csv", ""),
    ]
    assert [one.holds for one in page().history] == [True, True, False]


def test_claims_are_told_in_names(bag: Listing) -> None:
    Value.objects.filter(code="zip").update(label="A zip")
    Listing.objects.update(
        claims={
            "closing": {"values": ["zip", "gone"], "state": "", "evidence": 2},
            "color": {"values": [], "state": "not_visible", "evidence": None},
        }
    )
    assert (question("closing").claim, question("closing").claim_evidence) == ("A zip, gone", 2)
    assert question("color").claim == "not visible"


def test_the_champions_votes_are_shares_of_all_chains(bag: Listing) -> None:
    vote = prediction(champion_of(round_in(Status.DONE)), bag, attribute("color"), "red", agreement=0.5)
    vote.counts = {"blue": 1, "red": 4}
    vote.save()
    prediction(version_of(round_in(Status.DONE)), bag, attribute("closing"), "zip")
    color = question("color")
    assert [(one.answer, one.chains, one.percent, one.is_majority) for one in color.votes] == [
        ("red", 4, 50.0, True),
        ("blue", 1, 12.5, False),
        ("no answer", 3, 37.5, False),
    ]
    assert (color.agreement_percent, question("closing").prediction) == (50, None)
    assert page().champion.endswith("SFT")


def test_a_champion_that_says_otherwise_is_flagged(bag: Listing) -> None:
    champion, color, closing = champion_of(round_in(Status.DONE)), attribute("color"), attribute("closing")
    for one, values in ((color, ["red"]), (closing, ["zip"])):
        label_record(listing=bag, attribute=one, values=values, provenance=Provenance.IMPORT)
    prediction(champion, bag, color, "blue")
    prediction(champion, bag, closing, "zip")
    assert (question("color").differs, question("closing").differs) == (True, False)


def test_the_group_are_the_others_of_the_vertical_with_its_key(bag: Listing) -> None:
    Listing.objects.update(group_key="twins")
    ListingFactory.create(vertical=bag.vertical, external_id="b0", group_key="twins", retired=True)
    ListingFactory.create(external_id="other", group_key="twins")
    assert [one.external_id for one in page().group] == ["b0"]


@pytest.fixture
def reviewer() -> Client:
    client = Client()
    client.force_login(user_with(Role.REVIEWER))
    return client


URL = reverse("training:listing", args=["b1"])


def test_the_page_tells_everything(bag: Listing, reviewer: Client) -> None:
    by = import_done("autumn.csv")
    Listing.objects.update(
        description="Two lines\nof text",
        metadata={"brand": "Acme", "sizes": [1, 2]},
        given_group="acme-7",
        first_import=by,
        last_import=by,
        last_row=1234,
        trained_on=True,
        created=datetime(2026, 11, 24, tzinfo=UTC),
    )
    for text in (
        "A bag",
        "Two lines<br>of text",
        "Acme",
        "[1, 2]",
        "its import put it into acme-7",
        "autumn.csv",
        "row 1,234",
        "can never become gold",
        "24 Nov 2026",
        "This listing has no photo.",
        "Nobody has labelled this listing.",
        "Not labelled",
    ):
        assertContains(reviewer.get(URL), text)


def test_photos_are_links_without_a_script(bag: Listing, reviewer: Client) -> None:
    first, second = PhotoFactory.create(), PhotoFactory.create(color=(0, 0, 0))
    ImageFactory.create(listing=bag, position=2, photo=second)
    ImageFactory.create(listing=bag, position=1, photo=first)
    html = reviewer.get(URL).content.decode()
    links = [reverse("catalog:photo", args=[photo.sha256, "web"]) for photo in (first, second)]
    assert html.index(f'href="{links[0]}" data-photo') < html.index(f'href="{links[1]}" data-photo')
    assert f'<a class="photo-large" href="{links[0]}"' in html


def test_the_neighbours_are_those_of_the_list_it_was_opened_from(bag: Listing, reviewer: Client) -> None:
    for name in ("b0", "b2", "b3"):
        ListingFactory.create(vertical=bag.vertical, external_id=name, title="Red")
    answer = reviewer.get(f"{URL}?q=red&sort=id")
    previous, after = (reverse("training:listing", args=[name]) for name in ("b0", "b2"))
    assertContains(answer, f'rel="prev" href="{previous}?q=red&amp;sort=id"')
    assertContains(answer, f'rel="next" href="{after}?q=red&amp;sort=id"')
    assertContains(answer, '<a href="/listings/?q=red&amp;sort=id">Listings</a>')


def test_the_page_takes_few_queries_however_much_is_known(
    bag: Listing, reviewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    champion = champion_of(round_in(Status.DONE))
    for place in range(12):
        one = AttributeFactory.create(vertical=bag.vertical, position=place + 5)
        label_record(listing=bag, attribute=one, values=["red"], provenance=Provenance.IMPORT)
        prediction(champion, bag, one, "red")
        ImageFactory.create(listing=bag, position=place + 1)
        ListingFactory.create(vertical=bag.vertical, group_key=bag.group_key)
    # session, user, role; listing, photos, attributes, values, schema version, champion, predictions, labels,
    # revisions, group, gold answers; verticals, imports, models, champion, its place, ids, before, after; the
    # role, alerts
    with django_assert_max_num_queries(25):
        reviewer.get(URL)
