"""What reviewers see: what waits, where their verdicts are, what they changed, and wrong consensus."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from attrx_web.roles import Role
from catalog.models import Attribute, Status
from labeling.models import Annotation, Label, Purpose
from labeling.services.tasks import tasks_open
from tests.factories import user_with
from tests.training.reviews import pool, reviewer, verdict, vote
from tests.training.rounds import round_in, small_catalogue, version_of
from training.models import Round, VerdictUse
from training.pages.consensus import consensus_page
from training.pages.review import review_page
from training.selectors.verdicts import Between, Change, Mine, between, change_of, mine, used_in

pytestmark = pytest.mark.django_db

REVIEW = reverse("training:review")
CONSENSUS = reverse("training:review_consensus")


@pytest.fixture(autouse=True)
def catalogue() -> None:
    small_catalogue()


def learned(round_: Round, *verdicts: Annotation) -> None:
    """The round learned from these verdicts."""
    VerdictUse.objects.bulk_create(VerdictUse(round=round_, verdict=one, weight=0.9) for one in verdicts)


def client_of(role: Role, name: str = "") -> Client:
    client = Client()
    client.force_login(user_with(role, name))
    return client


@pytest.mark.parametrize("url", [REVIEW, CONSENSUS])
def test_reviewers_and_admins_may_look_and_nobody_else(url: str, client: Client) -> None:
    allowed = {role: client_of(role).get(url).status_code for role in Role}
    assert allowed == {Role.VIEWER: 403, Role.ANNOTATOR: 403, Role.REVIEWER: 200, Role.ADMIN: 200}
    assert client.get(url).status_code == 302
    assert client_of(Role.ADMIN).post(url).status_code == 405


def test_what_waits_is_counted_by_purpose() -> None:
    ids = [listing.pk for listing in pool()]
    tasks_open(listing_ids=ids, purpose=Purpose.REVIEW)
    tasks_open(listing_ids=ids[:1], purpose=Purpose.AUDIT)
    page = review_page(reviewer())
    assert [(one.purpose.code, one.count) for one in page.waits] == [
        ("review", 2),
        ("audit", 1),
        ("adjudication", 0),
    ]
    answer = client_of(Role.REVIEWER, "rita").get(REVIEW)
    assertContains(answer, f'href="{reverse("labeling:work")}?purpose=review"')
    assertContains(answer, f'href="{reverse("labeling:work")}?purpose=audit"')
    assertNotContains(answer, "?purpose=adjudication")


def test_verdicts_are_in_rounds_or_wait_for_the_next_one() -> None:
    first, second = pool()
    used, waits = verdict(first), verdict(second)
    verdict(second, "shape", purpose=Purpose.AUDIT)
    verdict(first, "shape", by="rob")
    round_ = round_in(Status.DONE)
    learned(round_, used)
    assert mine(person_id=reviewer().pk) == Mine(given=3, in_rounds=1, pending=1)
    assert mine(person_id=reviewer("rob").pk) == Mine(given=1, in_rounds=0, pending=1)
    learned(round_in(Status.RUNNING), used, waits)
    assert mine(person_id=reviewer().pk).pending == 0
    answer = client_of(Role.REVIEWER, "rita").get(REVIEW)
    assertContains(answer, f"Your 1 verdict is in round {round_.pk}")
    assertContains(answer, f"Your 2 verdicts are in round {round_.pk + 1}")
    assertNotContains(client_of(Role.REVIEWER, "rob").get(REVIEW), "in round")


def test_a_verdict_that_its_reviewer_took_back_stays_in_the_round_that_had_it() -> None:
    given = verdict(pool()[0])
    round_ = round_in(Status.DONE)
    learned(round_, given)
    type(given).objects.update(withdrawn=given.created)
    assert mine(person_id=reviewer().pk) == Mine(given=0, in_rounds=0, pending=0)
    assert used_in([round_.pk])[round_.pk].verdicts == 1


def test_what_a_round_made_of_its_verdicts() -> None:
    first, second = pool()
    lamps = pool("lamp")
    old, new = round_in(Status.DONE), round_in(Status.DONE)
    before, middle, after = version_of(old), version_of(new), version_of(new, 1)
    mended, spoilt, same = verdict(first), verdict(second), verdict(first, "shape", "red")
    stays_wrong, unvoted = verdict(lamps[0], by="rob"), verdict(lamps[1])
    for listing, attribute, then, now in (
        (first, "color", 0, 8),
        (second, "color", 8, 0),
        (first, "shape", 0, 0),
        (lamps[0], "color", 0, 0),
    ):
        vote(before, listing, attribute, red=8 - then, blue=then)
        vote(after, listing, attribute, red=8 - now, blue=now)
        vote(middle, listing, attribute, red=4, blue=4)
    learned(new, mended, spoilt, same, stays_wrong, unvoted)
    assert change_of(new.pk) == Change(questions=4, wrong_before=2, mended=1, spoilt=1)
    assert change_of(new.pk, person_id=reviewer("rob").pk) == Change(1, 1, 0, 0)
    assert change_of(old.pk) is None
    used = used_in([old.pk, new.pk])
    assert list(used) == [new.pk]
    assert (used[new.pk].verdicts, used[new.pk].questions, used[new.pk].people) == (5, 5, 2)
    about = client_of(Role.REVIEWER).get(reverse("training:round", args=[new.pk]))
    assertContains(
        about, "5 of 2 people on 5 questions; the vote before was wrong on 2, of which 1 is right now"
    )
    assertContains(about, "1 that was right is not any more")


def test_what_separates_two_rounds() -> None:
    one, two, three = (verdict(listing, by="rita") for listing in (*pool(), pool("lamp")[0]))
    first, second = round_in(Status.DONE), round_in(Status.DONE)
    learned(first, one, two)
    learned(second, two, three)
    assert between(first=first.pk, second=second.pk) == Between(first=2, second=2, added=1, gone=1)


def test_a_consensus_that_people_rejected_is_listed() -> None:
    first, second = pool()
    version = version_of(round_in(Status.DONE))
    vote(version, first, red=8)
    vote(version, second, red=7, blue=1)
    vote(version, first, "shape", red=5, blue=3)
    vote(version, second, "shape", red=8)
    verdict(first)
    verdict(second, purpose=Purpose.AUDIT)
    verdict(first, "shape", "blue")
    verdict(second, "shape", "red")
    page = consensus_page({})
    assert [(one.card.external_id, one.said, one.percent) for one in page.questions] == [
        (second.external_id, "blue", 88),
        (first.external_id, "blue", 100),
    ]
    assert page.questions[0].votes == [("red", 7), ("blue", 1)]
    found = {line.percent: (line.rejected, line.audited) for line in page.levels}
    assert {
        at: (all_.count, all_.questions, audits.count, audits.questions)
        for at, (all_, audits) in found.items()
    } == {
        100: (1, 2, 0, 0),
        88: (1, 1, 1, 1),
        62: (1, 1, 0, 0),
    }
    assert (page.high.count, page.high.questions) == (2, 3)
    assert [(one.attribute.code, one.majority, one.count) for one in page.confusions] == [("color", "red", 2)]
    assert len(consensus_page({"agreement": "60"}).questions) == 3
    assert len(consensus_page({"agreement": "90"}).questions) == 1
    shape = Attribute.objects.get(code="shape", vertical__code="kurta")
    assert consensus_page({"attribute": str(shape.pk)}).questions == []
    assertContains(client_of(Role.REVIEWER).get(CONSENSUS), "people rejected 2.")


def test_another_version_and_labels_of_no_reviewer_do_not_count() -> None:
    first, second = pool()
    older, newer = version_of(round_in(Status.DONE)), version_of(round_in(Status.DONE))
    vote(older, first, red=8)
    vote(newer, first, red=0, blue=8)
    vote(newer, second, red=8)
    verdict(first)
    verdict(second)
    Label.objects.filter(listing=second).update(provenance="annotation")
    assert consensus_page({}).version == newer
    assert consensus_page({}).questions == []
    page = consensus_page({"version": str(older.pk)})
    assert [one.card.external_id for one in page.questions] == [first.external_id]


def test_the_list_is_paged_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.pages.consensus.PER_PAGE", 1)
    version = version_of(round_in(Status.DONE))
    for listing in pool():
        vote(version, listing, red=8)
        verdict(listing)
    first = consensus_page({})
    assert first.page
    second = consensus_page({"at": first.page.next})
    assert second.page
    assert [one.card.external_id for one in (*first.questions, *second.questions)] == [
        listing.external_id for listing in reversed(pool())
    ]
    assert (first.page.previous, second.page.next) == ("", "")
    assert consensus_page({"at": second.page.previous}).questions == first.questions
    client = client_of(Role.REVIEWER)
    assertContains(client.get(CONSENSUS), first.page.next)
    assert client.get(CONSENSUS, {"at": "nonsense", "agreement": "7", "version": "x"}).status_code == 200


def test_without_votes_or_verdicts_the_page_says_so() -> None:
    client = client_of(Role.REVIEWER)
    assertContains(client.get(CONSENSUS), "No version has voted on the pool yet")
    vote(version_of(round_in(Status.DONE)), pool()[0])
    assertContains(client.get(CONSENSUS), "No verdict on a question that")
