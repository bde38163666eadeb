import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Listing
from labeling.errors import LabelingError
from labeling.models import Comment, Mention
from labeling.selectors.talk import comments_of, flags_open, flags_resolved, mentions_of, mentions_unseen
from labeling.services.talk import LONGEST, comment_add, flag_resolve, mentions_see
from tests.factories import AttributeFactory, ListingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    return ListingFactory.create(external_id="kurta-1")


@pytest.fixture
def rita() -> User:
    return UserFactory.create(username="rita")


@pytest.fixture
def author() -> User:
    return UserFactory.create(username="anna")


def named(comment: Comment) -> list[str]:
    return sorted(comment.mentions.values_list("person__username", flat=True))


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@rita please look", ["rita"]),
        ("ask (@rita) or @j.doe.", ["j.doe", "rita"]),
        ("@rita, @rita: twice", ["rita"]),
        ("@j.doe...", ["j.doe"]),
        ("@j.d is nobody", []),
        ("@Rita and @J.DOE", ["j.doe", "rita"]),
        ("write to joe@rita or x@j.doe", []),
        ("@sam@shop.example, and @sam", ["sam", "sam@shop.example"]),
        ("@@rita", []),
        ("@", []),
        ("@Ötzi", ["Ötzi"]),
        ("@Kim, not kim", ["Kim"]),
        ("@KIM may be either", []),
        ("the last word: @rita", ["rita"]),
        ("nobody", []),
    ],
)
def test_whoever_is_named_is_told(listing: Listing, author: User, text: str, people: list[str]) -> None:
    for username in ("rita", "j.doe", "sam", "sam@shop.example", "Ötzi", "Kim", "kim"):
        UserFactory.create(username=username)
    assert named(comment_add(listing=listing, attribute="", author=author, text=text)) == people


def test_a_name_that_ends_like_a_sentence_is_found_before_the_shorter_one(
    listing: Listing, author: User
) -> None:
    for username in ("rita", "rita."):
        UserFactory.create(username=username)
    assert named(comment_add(listing=listing, attribute="", author=author, text="@rita.")) == ["rita."]


def test_nobody_is_told_of_their_own_words_or_after_they_left(listing: Listing, author: User) -> None:
    UserFactory.create(username="gone", is_active=False)
    comment = comment_add(listing=listing, attribute="", author=author, text="@anna @gone see above")
    assert named(comment) == []


def test_a_very_long_text_with_a_thousand_names_takes_few_queries(
    listing: Listing, author: User, rita: User
) -> None:
    text = ("@rita " + " ".join(f"@n{number}" for number in range(2000)))[:LONGEST]
    with CaptureQueriesContext(connection) as queries:
        comment = comment_add(listing=listing, attribute="", author=author, text=text)
    assert named(comment) == ["rita"]
    assert len(queries) == 5


def test_a_comment_is_about_the_listing_or_one_of_its_attributes(listing: Listing, author: User) -> None:
    color = AttributeFactory.create(vertical=listing.vertical, code="color")
    AttributeFactory.create(code="strap")
    assert comment_add(listing=listing, attribute="", author=author, text=" hm ").text == "hm"
    assert comment_add(listing=listing, attribute="color", author=author, text="hm").attribute == color
    with pytest.raises(LabelingError, match="listing 'kurta-1': its vertical has no attribute 'strap'"):
        comment_add(listing=listing, attribute="strap", author=author, text="hm")


def test_a_comment_says_something_and_not_too_much(listing: Listing, author: User) -> None:
    with pytest.raises(LabelingError, match="empty: write something"):
        comment_add(listing=listing, attribute="", author=author, text=" \n ")
    with pytest.raises(LabelingError, match=f"has {LONGEST + 1} characters: shorten it to {LONGEST}"):
        comment_add(listing=listing, attribute="", author=author, text="x" * (LONGEST + 1))
    assert not Comment.objects.exists()


def test_a_flag_is_dealt_with_once(listing: Listing, author: User, rita: User) -> None:
    flag = comment_add(listing=listing, attribute="", author=author, text="broken", flag=True)
    comment = comment_add(listing=listing, attribute="", author=author, text="nice")
    assert list(flags_open()) == [flag]
    assert flag_resolve(comment_id=flag.pk, by=rita)
    assert not flag_resolve(comment_id=flag.pk, by=author)
    assert not flag_resolve(comment_id=comment.pk, by=rita)
    assert not flag_resolve(comment_id=10**9, by=rita)
    assert list(flags_open()) == []
    assert [(one, one.resolved_by) for one in flags_resolved()] == [(flag, rita)]


def test_what_is_not_a_flag_cannot_be_resolved(listing: Listing, author: User) -> None:
    comment = comment_add(listing=listing, attribute="", author=author, text="nice")
    with pytest.raises(IntegrityError, match="labeling_comment_flags_are_resolved"):
        Comment.objects.filter(pk=comment.pk).update(resolved=comment.created)


def test_mentions_are_new_until_they_are_seen(listing: Listing, author: User, rita: User) -> None:
    for text in ("@rita one", "@rita two", "@rita three"):
        comment_add(listing=listing, attribute="", author=author, text=text)
    newest, middle, oldest = mentions_of(rita)
    assert [one.comment.text for one in (newest, oldest)] == ["@rita three", "@rita one"]
    assert mentions_unseen(rita) == 3
    assert mentions_see(person=rita, up_to=middle.pk) == 2
    assert mentions_unseen(rita) == 1, "the last one came while she was reading"
    assert mentions_see(person=rita, up_to=newest.pk) == 1
    assert mentions_see(person=rita, up_to=newest.pk) == 0
    assert mentions_unseen(author) == 0


def test_another_persons_mentions_stay_new(listing: Listing, author: User, rita: User) -> None:
    sam = UserFactory.create(username="sam")
    comment_add(listing=listing, attribute="", author=author, text="@rita @sam")
    assert mentions_see(person=sam, up_to=Mention.objects.latest("pk").pk) == 1
    assert mentions_unseen(rita) == 1


def test_what_was_said_about_a_listing_comes_in_order(listing: Listing, author: User) -> None:
    other = ListingFactory.create()
    for about, text in ((listing, "first"), (other, "elsewhere"), (listing, "second")):
        comment_add(listing=about, attribute="", author=author, text=text)
    said = comments_of([listing.pk])
    assert {pk: [one.text for one in comments] for pk, comments in said.items()} == {
        listing.pk: ["first", "second"]
    }
