import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from catalog.models import Attribute, Photo, SchemaDraft, SchemaVersion, Vertical
from catalog.schema.files import read_schema_file
from catalog.schema.parts import AttributeSpec, VerticalSpec
from catalog.selectors.drafts import working
from catalog.services import schema_import
from tests.factories import AttributeFactory, LabelFactory, ListingFactory, photo_bytes, user_with

pytestmark = pytest.mark.django_db

BAG = {
    "Bag": {
        "Colour": {"description": "Main colour", "allowed_values": ["Red", "Blue", "Green"]},
        "Closing": {"allowed_values": ["Zip", "Flap"], "multi": True},
    }
}
TAXONOMY = {
    "attributes": {"color": {"name": "Color", "description": "", "allowed_values": ["Red", "Unknown"]}},
    "categories": [
        {"id": f"aa-{number}", "path": f"Apparel > Skirts {number}", "attributes": ["color"]}
        for number in range(1, 60)
    ],
}
PAGES = [
    *(("schema", []), ("schema_new", []), ("schema_import", []), ("schema_taxonomy", [])),
    *(("schema_csv", []), ("schema_json", [])),
    *(("schema_vertical", ["bag"]), ("schema_attribute_new", ["bag"]), ("schema_review", ["bag"])),
    *(("schema_attribute", ["bag", "colour"]), ("schema_history", ["bag"])),
]
POSTS = [
    *(("schema_new", []), ("schema_import", []), ("schema_taxonomy", []), ("schema_vertical", ["bag"])),
    *(("schema_attribute_new", ["bag"]), ("schema_attribute", ["bag", "colour"])),
    *(("schema_preview_new", ["bag"]), ("schema_preview", ["bag", "colour"])),
    *(("schema_publish", ["bag"]), ("schema_discard", ["bag"]), ("schema_rebase", ["bag"])),
    ("schema_restore", ["bag", 1]),
]


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.fixture
def bag(db: None) -> None:
    schema_import(schema=BAG, note="bag.json")


def url(name: str, *args: object) -> str:
    return reverse(f"catalog:{name}", args=args)


def spec() -> VerticalSpec:
    found = working("bag")
    assert found is not None
    return found.spec


def colour(**changed: Any) -> dict[str, Any]:
    """What the browser sends for the attribute Colour as it is, with these fields changed."""
    return {
        "base_number": 1,
        "edition": 0,
        "label": "Colour",
        "description": "Main colour",
        "guideline": "",
        "multi": "0",
        "required": "1",
        "weight": "1",
        "value-code": ["red", "blue", "green"],
        "value-label": ["Red", "Blue", "Green"],
        "value-synonyms": ["", "", ""],
        "value-retired": ["0", "0", "0"],
        "paste": "",
    } | changed


COLOUR = ("schema_attribute", "bag", "colour")


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_pages_are_for_admins(bag: None, name: str, args: list[object]) -> None:
    address = url(name, *args)
    assertRedirects(
        Client().get(address), f"{reverse('account_login')}?next={address}", fetch_redirect_response=False
    )
    for role, status in ((Role.ANNOTATOR, 403), (Role.REVIEWER, 403), (Role.ADMIN, 200)):
        client = Client()
        client.force_login(user_with(role))
        assert client.get(address).status_code == status


@pytest.mark.parametrize(("name", "args"), POSTS)
def test_only_admins_change_anything(bag: None, name: str, args: list[object]) -> None:
    for role in (Role.ANNOTATOR, Role.REVIEWER):
        client = Client()
        client.force_login(user_with(role))
        assert client.post(url(name, *args), {"label": "Hat"}).status_code == 403
    assert not SchemaDraft.objects.exists()


@pytest.mark.parametrize("name", ["schema_publish", "schema_discard", "schema_rebase", "schema_preview_new"])
def test_a_link_changes_nothing(bag: None, admin: Client, name: str) -> None:
    assert admin.get(url(name, "bag")).status_code == 405


@pytest.mark.parametrize(
    ("name", "args"),
    [
        *((name, ["sofa"]) for name in ("schema_vertical", "schema_review", "schema_history")),
        ("schema_attribute", ["bag", "brim"]),
        ("schema_categories", ["0" * 64]),
        ("schema_categories", ["..%2F..%2Fsecret"]),
    ],
)
def test_what_is_not_there_is_404(bag: None, admin: Client, name: str, args: list[object]) -> None:
    assert admin.get(url(name, *args)).status_code == 404


def test_the_overview_takes_as_many_queries_for_many_verticals(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        AttributeFactory.create(vertical__code=f"vertical-{number}")
    # session, user, role, drafts, verticals, attributes, values, listings, alerts
    with django_assert_num_queries(9):
        assertContains(admin.get(url("schema")), "vertical-7")


def test_the_editor_of_an_attribute_takes_few_queries(
    bag: None, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # session, user, role, newest version, its content (kept from then on), draft, alerts
    for queries in (7, 6):
        with django_assert_num_queries(queries):
            admin.get(url(*COLOUR))


def test_a_new_vertical_is_a_draft(admin: Client) -> None:
    answer = admin.post(url("schema_new"), {"label": " Hand  bag "}, follow=True)
    assertRedirects(answer, url("schema_vertical", "hand-bag"))
    assertContains(answer, "Not published yet")
    assert not Vertical.objects.exists()


@pytest.mark.parametrize(
    ("label", "message"),
    [("bag", "There is a vertical called &#x27;Bag&#x27; already"), ("", "This field is required")],
)
def test_a_vertical_that_cannot_be_is_refused(bag: None, admin: Client, label: str, message: str) -> None:
    assertContains(admin.post(url("schema_new"), {"label": label}), message, status_code=422)


def test_attributes_are_put_in_order_retired_and_the_vertical_renamed(bag: None, admin: Client) -> None:
    answer = admin.post(
        url("schema_vertical", "bag"),
        {
            "base_number": 1,
            "edition": 0,
            "label": "Handbag",
            "attribute-code": ["closing", "colour"],
            "attribute-retired": ["1", "0"],
        },
        follow=True,
    )
    assertContains(answer, "Saved in the draft")
    assert spec().label == "Handbag"
    assert [(one.code, one.retired) for one in spec().attributes] == [("closing", True), ("colour", False)]
    assert not Attribute.objects.filter(retired=True).exists()


def test_a_vertical_is_not_renamed_to_what_another_is_called(bag: None, admin: Client) -> None:
    schema_import(schema={"Hat": {"Brim": {"allowed_values": ["Wide"]}}})
    data = {"base_number": 1, "edition": 0, "label": "HAT", "attribute-code": ["closing", "colour"]}
    answer = admin.post(url("schema_vertical", "bag"), data | {"attribute-retired": ["0", "0"]})
    assertContains(answer, "There is a vertical called &#x27;Hat&#x27; already", status_code=422)
    assertContains(answer, 'value="HAT"', status_code=422)
    assert not SchemaDraft.objects.exists()


@pytest.mark.parametrize(
    ("action", "order"),
    [("down:0", ["closing", "colour"]), ("up:1", ["closing", "colour"]), ("up:0", ["colour", "closing"])],
)
def test_without_javascript_a_button_shows_the_form_again_unsaved(
    bag: None, admin: Client, action: str, order: list[str]
) -> None:
    data = {"base_number": 1, "edition": 0, "label": "Typed", "attribute-code": ["colour", "closing"]}
    data |= {"attribute-retired": ["0", "0"], "do": action}
    html = admin.post(url("schema_vertical", "bag"), data).content.decode()
    assert re.findall(r'name="attribute-code" value="(\w+)"', html) == order
    assert 'value="Typed"' in html and "is-unsaved" in html
    assert not SchemaDraft.objects.exists()


def test_an_attribute_that_was_never_published_is_removed(bag: None, admin: Client) -> None:
    data = {"base_number": 1, "edition": 0, "label": "Size", "weight": "1", "paste": "S\nM"}
    admin.post(url("schema_attribute_new", "bag"), data)
    html = admin.post(
        url("schema_vertical", "bag"),
        {
            "base_number": 1,
            "edition": 1,
            "label": "Bag",
            "attribute-code": ["colour", "closing", "size"],
            "attribute-retired": ["0", "0", "0"],
            "do": "remove:2",
        },
    ).content.decode()
    assert 'name="attribute-removed" value="size"' in html
    admin.post(
        url("schema_vertical", "bag"),
        {
            "base_number": 1,
            "edition": 1,
            "label": "Bag",
            "attribute-code": ["colour", "closing"],
            "attribute-retired": ["0", "0"],
            "attribute-removed": ["size"],
        },
    )
    assert [one.code for one in spec().attributes] == ["colour", "closing"]


def test_a_published_attribute_that_a_form_leaves_out_stays(bag: None, admin: Client) -> None:
    data = {"base_number": 1, "edition": 0, "label": "Bags", "attribute-code": ["closing"]}
    admin.post(url("schema_vertical", "bag"), data | {"attribute-retired": ["0"]})
    assert [one.code for one in spec().attributes] == ["closing", "colour"]


def test_the_41st_attribute_is_refused(admin: Client) -> None:
    schema_import(schema={"Bag": {f"A {number}": {"allowed_values": ["x"]} for number in range(40)}})
    data = {"base_number": 1, "edition": 0, "label": "One more", "weight": "1", "paste": "x"}
    assertContains(
        admin.post(url("schema_attribute_new", "bag"), data),
        "41 attributes are more than 40: retire some, or split the vertical",
        status_code=422,
    )


def test_an_attribute_is_saved_with_everything_that_is_typed(bag: None, admin: Client) -> None:
    answer = admin.post(
        url(*COLOUR),
        colour(
            label="Main colour",
            description="What\r\nis it",
            guideline="Ignore buttons.\r\n\r\nOf two take the larger.",
            multi="1",
            required="",
            weight="2,5",
            **{
                "value-code": ["blue", "red", "green", ""],
                "value-label": ["Navy", "Red", "Green", "Teal"],
                "value-synonyms": ["marine | dark blue", "", "", ""],
                "value-retired": ["0", "0", "1", "0"],
            },
            paste="Ochre\tmustard | sand\n\n Pink ",
        ),
        follow=True,
    )
    assertContains(answer, "Main colour is saved in the draft")
    attribute = spec().attributes[0]
    assert (attribute.code, attribute.label, attribute.description) == (
        "colour",
        "Main colour",
        "What\nis it",
    )
    assert attribute.guideline == "Ignore buttons.\n\nOf two take the larger."
    assert (attribute.multi, attribute.required, attribute.weight) == (True, True, 2.5)
    assert [(value.code, value.label, value.synonyms, value.retired) for value in attribute.values] == [
        ("blue", "Navy", ("marine", "dark blue"), False),
        ("red", "Red", (), False),
        ("green", "Green", (), True),
        ("teal", "Teal", (), False),
        ("ochre", "Ochre", ("mustard", "sand"), False),
        ("pink", "Pink", (), False),
    ]
    assert not Attribute.objects.filter(label="Main colour").exists()


def test_codes_follow_names_until_they_are_published(bag: None, admin: Client) -> None:
    data = {"base_number": 1, "edition": 0, "label": "Szie", "weight": "1", "paste": "Smal"}
    assertRedirects(
        admin.post(url("schema_attribute_new", "bag"), data), url("schema_attribute", "bag", "szie")
    )
    data |= {"edition": 1, "label": "Size", "paste": "", "value-code": ["smal"], "value-label": ["Small"]}
    data |= {"value-synonyms": [""], "value-retired": ["0"]}
    answer = admin.post(url("schema_attribute", "bag", "szie"), data)
    assertRedirects(answer, url("schema_attribute", "bag", "size"))
    assert [value.code for value in spec().attributes[2].values] == ["small"]
    data = colour(edition=2, label="Color", **{"value-label": ["Crimson", "Blue", "Green"]})
    assertRedirects(admin.post(url(*COLOUR), data), url(*COLOUR))
    assert spec().attributes[0].values[0].code == "red"


def test_a_form_cannot_make_up_codes(bag: None, admin: Client) -> None:
    codes = ["red", "blue", "green", "my/code"]
    data = colour(**{"value-code": codes, "value-label": ["Red", "Blue", "Green", "Pink"]})
    data |= {"value-synonyms": [""] * 4, "value-retired": ["0"] * 4}
    admin.post(url(*COLOUR), data)
    assert [value.code for value in spec().attributes[0].values] == ["red", "blue", "green", "pink"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label": ""}, "is no name: give one of 1 to 200 characters"),
        ({"label": "Closing"}, "cannot be told apart: keep one of them"),
        ({"label": "Col\x07our"}, "It has the control character"),
        ({"weight": "heavy"}, "&#x27;heavy&#x27; is no weight: give a number from 0 to 1000"),
        ({"weight": "-1"}, "&#x27;-1&#x27; is no weight"),
        ({"value-label": ["Red", "Unknown", "Green"]}, "unknown is a state, which answers every attribute"),
        ({"value-label": ["Red", "red", "Green"]}, "cannot be told apart"),
        ({"value-label": ["Red", "", "Green"]}, "The name is empty: give one, or retire the value"),
        (
            {"value-synonyms": ["blue", "", ""]},
            "names &#x27;Blue&#x27; too: give it to one of the two values",
        ),
        ({"value-synonyms": ["not visible", "", ""]}, "not_visible is a state"),
        ({"paste": "\n".join(f"v{number}" for number in range(298))}, "301 values are more than 300"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    bag: None, admin: Client, changed: dict[str, Any], message: str
) -> None:
    answer = admin.post(url(*COLOUR), colour(guideline="Typed here") | changed)
    assertContains(answer, message, status_code=422)
    assertContains(answer, "Typed here", status_code=422)
    assert not SchemaDraft.objects.exists()


def test_a_draft_may_wait_for_its_values_and_cannot_be_published_before(bag: None, admin: Client) -> None:
    data = {"base_number": 1, "edition": 0, "label": "Size", "weight": "1"}
    admin.post(url("schema_attribute_new", "bag"), data)
    review = admin.get(url("schema_review", "bag"))
    assertContains(review, "Size: there is no value to choose from")
    assertContains(review, "disabled>Publish version 2")
    answer = admin.post(url("schema_publish", "bag"), {"edition": 1})
    assertContains(answer, "Nothing is published. Bag / Size: there is no value", status_code=422)


@pytest.mark.parametrize(
    ("action", "labels"),
    [
        ("down:0", ["Blue", "Red", "Green"]),
        ("up:2", ["Red", "Green", "Blue"]),
        ("remove:0", ["Red", "Blue", "Green"]),
        ("add", ["Red", "Blue", "Green", "Pink"]),
        ("nonsense", ["Red", "Blue", "Green"]),
        ("up:99", ["Red", "Blue", "Green"]),
    ],
)
def test_without_javascript_the_buttons_of_values_work(
    bag: None, admin: Client, action: str, labels: list[str]
) -> None:
    paste = "Pink" if action == "add" else ""
    answer = admin.post(url(*COLOUR), colour(do=action, paste=paste))
    rows = answer.content.decode().partition("<template")[0]
    assert re.findall(r'name="value-label" value="(\w+)"', rows) == labels
    assert not SchemaDraft.objects.exists()


def test_without_javascript_a_value_is_retired_and_restored(bag: None, admin: Client) -> None:
    for action, flags in (("retire:1", ["0", "1", "0"]), ("restore:1", ["0", "0", "0"])):
        data = colour(do=action) | {"value-retired": ["0", "1" if action == "restore:1" else "0", "0"]}
        rows = admin.post(url(*COLOUR), data).content.decode().partition("<template")[0]
        assert re.findall(r'name="value-retired" value="(\d)"', rows) == flags


def test_the_preview_shows_what_is_typed_and_saves_nothing(bag: None, admin: Client) -> None:
    data = colour(label="Hue", multi="1", guideline="Look <twice>", **{"value-retired": ["1", "0", "0"]})
    answer = admin.post(url("schema_preview", "bag", "colour"), data)
    for text in ("Hue", "Choose one or more.", "Look &lt;twice&gt;", "<kbd>1</kbd> Blue", "<kbd>n</kbd>"):
        assertContains(answer, text)
    assertNotContains(answer, "Red")
    assertNotContains(answer, "<html")
    assert not SchemaDraft.objects.exists()


def test_the_preview_of_what_cannot_be_saved_is_shown_all_the_same(bag: None, admin: Client) -> None:
    data = colour(label="", weight="heavy", **{"value-label": ["Unknown", "", "Green"]})
    assertContains(admin.post(url("schema_preview", "bag", "colour"), data), "Without a name")


def test_example_photos_are_stored_captioned_and_dropped(bag: None, admin: Client) -> None:
    upload = SimpleUploadedFile("red.png", photo_bytes(), "image/png")
    admin.post(url(*COLOUR), colour() | {"example-new": [upload]})
    photo = Photo.objects.get()
    data = colour(edition=1) | {"example-photo": [photo.sha256], "example-caption": [" Like this "]}
    admin.post(url(*COLOUR), data)
    [example] = spec().attributes[0].examples
    assert (example.photo, example.caption) == (photo.sha256, "Like this")
    admin.post(url(*COLOUR), data | {"edition": 2, "example-drop": [photo.sha256]})
    assert spec().attributes[0].examples == ()


def test_a_photo_that_cannot_be_used_is_named_and_the_rest_is_kept(bag: None, admin: Client) -> None:
    uploads = [
        SimpleUploadedFile("good.png", photo_bytes(), "image/png"),
        SimpleUploadedFile("bad.png", b"no photo", "image/png"),
    ]
    answer = admin.post(url(*COLOUR), colour(guideline="Typed") | {"example-new": uploads})
    assertContains(answer, "Photo 2, bad.png: ", status_code=422)
    assertContains(answer, Photo.objects.get().sha256, status_code=422)
    assertContains(answer, "Typed", status_code=422)


def test_too_many_photos_are_refused(bag: None, admin: Client) -> None:
    uploads = [SimpleUploadedFile(f"{n}.png", photo_bytes((n, 0, 0)), "image/png") for n in range(13)]
    answer = admin.post(url(*COLOUR), colour() | {"example-new": uploads})
    assertContains(answer, "13 photos are more than 12", status_code=422)
    assert not Photo.objects.exists()


def test_the_second_editor_is_told_and_may_save_on_top(bag: None, admin: Client) -> None:
    admin.post(url(*COLOUR), colour(description="First"))
    answer = admin.post(url(*COLOUR), colour(guideline="Second"))
    assertContains(
        answer, "admin changed this draft meanwhile: Colour has another description", status_code=409
    )
    assertContains(answer, "Second</textarea>", status_code=409)
    assertContains(answer, 'name="edition" value="1"', status_code=409)
    admin.post(url(*COLOUR), colour(edition=1, guideline="Second"))
    assert spec().attributes[0].guideline == "Second"


def test_a_conflict_on_the_page_of_the_vertical_keeps_what_was_typed(bag: None, admin: Client) -> None:
    admin.post(url("schema_attribute_new", "bag"), {"base_number": 1, "edition": 0, "label": "Size"})
    admin.post(url(*COLOUR), colour(description="First"))
    data = {"base_number": 1, "edition": 0, "label": "Handbag", "attribute-code": ["closing", "colour"]}
    answer = admin.post(url("schema_vertical", "bag"), data | {"attribute-retired": ["0", "0"]})
    assertContains(answer, "admin changed this draft meanwhile", status_code=409)
    assertContains(answer, 'value="Handbag"', status_code=409)


def test_an_attribute_that_a_colleague_renamed_meanwhile_is_gone(bag: None, admin: Client) -> None:
    first = {"base_number": 1, "edition": 0, "label": "Szie", "weight": "1", "paste": "S"}
    admin.post(url("schema_attribute_new", "bag"), first)
    admin.post(url("schema_attribute", "bag", "szie"), first | {"edition": 1, "label": "Size"})
    answer = admin.post(url("schema_attribute", "bag", "szie"), first | {"edition": 1, "label": "Sizes"})
    assert answer.status_code == 404


def test_the_review_shows_every_change_with_its_consequence(bag: None, admin: Client) -> None:
    listing = ListingFactory.create(vertical=Vertical.objects.get())
    LabelFactory.create(listing=listing, attribute=Attribute.objects.get(code="colour"), values=["red"])
    admin.post(url(*COLOUR), colour(guideline="Look", **{"value-retired": ["1", "0", "0"]}))
    answer = admin.get(url("schema_review", "bag"))
    for text in (
        "Red of Colour is retired.",
        "Labels with it are no longer allowed. Models may still answer it.",
        "1 label stale",
        "Colour has another guideline.",
        "Only people read it",
        "Publish version 2",
    ):
        assertContains(answer, text)


def test_publishing_saves_and_shows_the_history(bag: None, admin: Client) -> None:
    admin.post(url(*COLOUR), colour(description="Clearer"))
    answer = admin.post(url("schema_publish", "bag"), {"edition": 1, "note": "Because"}, follow=True)
    assertRedirects(answer, url("schema_history", "bag"))
    for text in ("Bag: version 2 is published.", "Because", "bag.json", "Colour has another description."):
        assertContains(answer, text)
    assert Attribute.objects.get(code="colour").description == "Clearer"


def test_an_edition_that_was_not_reviewed_is_not_published(bag: None, admin: Client) -> None:
    admin.post(url(*COLOUR), colour(description="One"))
    admin.post(url(*COLOUR), colour(edition=1, description="Two"))
    answer = admin.post(url("schema_publish", "bag"), {"edition": 1, "note": "Typed"})
    assertContains(answer, "Nothing is published. Admin changed this draft meanwhile", status_code=409)
    assertContains(answer, "Typed</textarea>", status_code=409)
    assert SchemaVersion.objects.count() == 1


def test_a_draft_behind_the_newest_version_is_brought_up_to_date(bag: None, admin: Client) -> None:
    admin.post(url(*COLOUR), colour(description="Clearer"))
    schema_import(schema={"Bag": {"Closing": {"allowed_values": ["Zip", "Flap", "Hook"], "multi": True}}})
    answer = admin.get(url("schema_review", "bag"))
    assertContains(answer, "Version 2 was saved meanwhile")
    assertContains(answer, "Hook is added to Closing.")
    assertContains(answer, "disabled>Publish version 3")
    assert admin.post(url("schema_publish", "bag"), {"edition": 1}).status_code == 409
    admin.post(url("schema_rebase", "bag"), {"edition": 1})
    answer = admin.get(url("schema_review", "bag"))
    assertNotContains(answer, "was saved meanwhile")
    assertNotContains(answer, "Hook is added to Closing.")
    admin.post(url("schema_publish", "bag"), {"edition": 2})
    assert SchemaVersion.objects.count() == 3
    assert [value.label for value in spec().attributes[1].values] == ["Zip", "Flap", "Hook"]


def test_a_draft_is_discarded_and_a_changed_one_is_not(bag: None, admin: Client) -> None:
    admin.post(url(*COLOUR), colour(description="One"))
    admin.post(url(*COLOUR), colour(edition=1, description="Two"))
    answer = admin.post(url("schema_discard", "bag"), {"edition": 1}, follow=True)
    assertContains(answer, "The draft is still there.")
    admin.post(url("schema_discard", "bag"), {"edition": 2})
    assert not SchemaDraft.objects.exists()
    assertContains(admin.get(url("schema_review", "bag")), "There is no draft of Bag")


def test_any_two_versions_are_compared_and_an_old_one_restored(bag: None, admin: Client) -> None:
    schema_import(schema={"Bag": {"Colour": {"allowed_values": ["Red", "Blue"]}}})
    schema_import(schema={"Bag": {"Colour": {"allowed_values": ["Red"]}}})
    history = url("schema_history", "bag")
    assertContains(admin.get(history), "From version 2 to 3")
    whole = admin.get(history, {"from": "1", "to": "3"})
    assertContains(whole, "Green of Colour is retired.")
    assertContains(whole, "Blue of Colour is retired.")
    back = admin.get(history, {"from": "3", "to": "2"})
    assertContains(back, "Blue comes back to Colour.")
    for nonsense in ({"from": "x", "to": "3"}, {"from": "7", "to": "9"}):
        assert admin.get(history, nonsense).status_code == 200
    answer = admin.post(url("schema_restore", "bag", 1), follow=True)
    assertContains(answer, "This draft goes back to version 1.")
    assertContains(admin.post(url("schema_restore", "bag", 2), follow=True), "has a draft by admin")


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_an_export_comes_back_as_no_change(bag: None, admin: Client, suffix: str) -> None:
    answer = admin.get(url(f"schema_{suffix}"))
    assert re.search(rf'filename="schema-\d{{4}}-\d\d-\d\d\.{suffix}"', answer["Content-Disposition"])
    assert read_schema_file(answer.content, where="f").schema == (spec(),)
    upload = SimpleUploadedFile(f"schema.{suffix}", answer.content)
    assertContains(
        admin.post(url("schema_import"), {"file": upload}, follow=True), "Nothing is new about: Bag."
    )
    assert not SchemaDraft.objects.exists()


def test_an_export_can_be_of_one_vertical(bag: None, admin: Client) -> None:
    schema_import(schema={"Hat": {"Brim": {"allowed_values": ["Wide"]}}})
    content = admin.get(url("schema_json"), {"vertical": "hat"}).content
    assert [vertical["code"] for vertical in json.loads(content)["verticals"]] == ["hat"]


def test_an_imported_file_becomes_drafts(bag: None, admin: Client) -> None:
    text = "vertical,attribute,value\nBag,Colour,Red\nHat,Brim,Wide\n"
    upload = SimpleUploadedFile("team.csv", text.encode())
    answer = admin.post(url("schema_import"), {"file": upload}, follow=True)
    assertContains(answer, "Drafts to review: Bag, Hat.")
    assert [draft.note for draft in SchemaDraft.objects.all()] == ["From team.csv."] * 2
    assert SchemaVersion.objects.count() == 1


def test_a_file_with_faults_names_all_of_them(admin: Client) -> None:
    text = "vertical,attribute,value,multi\nBag,Colour,Unknown,\nBag,,Red,\nBag,Colour,Red,maybe\n"
    upload = SimpleUploadedFile("team.csv", text.encode())
    answer = admin.post(url("schema_import"), {"file": upload})
    for row in (2, 3, 4):
        assertContains(answer, f"team.csv, row {row}, column ", status_code=422)
    assertContains(admin.post(url("schema_import")), "This field is required.", status_code=422)
    assert not SchemaDraft.objects.exists()


def kept_taxonomy(admin: Client) -> str:
    """Upload the taxonomy; returns the address to choose from it."""
    upload = SimpleUploadedFile("taxonomy.json", json.dumps(TAXONOMY).encode())
    answer = admin.post(url("schema_taxonomy"), {"file": upload})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_categories_are_searched_and_become_drafts(admin: Client) -> None:
    address = kept_taxonomy(admin)
    assertContains(admin.get(address), "59 categories of this taxonomy have attributes")
    found = admin.get(address, {"q": "skirts 42", "choose": ["aa-7"]})
    assertContains(found, "Apparel &gt; Skirts 42")
    assertContains(found, 'value="aa-7" checked')
    assertNotContains(found, "Skirts 43")
    answer = admin.post(address, {"choose": ["aa-7", "aa-42"]}, follow=True)
    assertContains(answer, "Drafts to review: Skirts 7, Skirts 42.")
    note = SchemaDraft.objects.get(code="skirts-7").note
    assert note.startswith(
        "From the taxonomy's Apparel > Skirts 7.\nThe value 'Unknown' of Color is left out"
    )


def test_a_search_by_htmx_answers_with_the_list_alone(admin: Client) -> None:
    answer = admin.get(kept_taxonomy(admin), {"q": "42"}, headers={"HX-Request": "true"})
    assertNotContains(answer, "<html")
    assertContains(answer, "Skirts 42")


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        ([], "No category is chosen: mark one or more"),
        (["zz"], "Category &#x27;zz&#x27; is not in the taxonomy"),
        ([f"aa-{number}" for number in range(1, 52)], "51 categories are more than 50 at once"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(admin: Client, choose: list[str], message: str) -> None:
    assertContains(admin.post(kept_taxonomy(admin), {"choose": choose}), message, status_code=422)
    assert not SchemaDraft.objects.exists()


def test_a_file_that_is_no_taxonomy_is_refused(admin: Client) -> None:
    upload = SimpleUploadedFile("x.json", b"[]")
    answer = admin.post(url("schema_taxonomy"), {"file": upload})
    assertContains(answer, "x.json: this is no taxonomy that attrx reads", status_code=422)


def test_an_attribute_with_300_values_is_shown_and_saved(admin: Client) -> None:
    values = [f"Value {number}" for number in range(300)]
    schema_import(schema={"Bag": {"Colour": {"allowed_values": values}}})
    assertContains(admin.get(url(*COLOUR)), 'name="value-label"', count=301)
    columns = {
        "value-code": [f"value-{number}" for number in reversed(range(300))],
        "value-label": values[::-1],
        "value-synonyms": [""] * 300,
        "value-retired": ["0"] * 300,
    }
    assert admin.post(url(*COLOUR), colour(**columns)).status_code == 302
    attribute: AttributeSpec = spec().attributes[0]
    assert [value.label for value in attribute.values] == values[::-1]
