"""The schema editor in a browser: written by keyboard, dragged, previewed, reviewed, published, restored."""

import json
import re

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, expect

from attrx_web.roles import Role
from catalog.models import Attribute, Listing, SchemaVersion, Status, Value, Vertical
from catalog.services import schema_import
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.factories import LabelFactory, ListingFactory, SuggestionFactory, photo_bytes
from tests.training.rounds import round_in, version_of
from training.models import Alias

pytestmark = pytest.mark.django_db(transaction=True)

KURTA = {
    "Kurta": {
        "Colour": {
            "description": "The main colour of the fabric",
            "allowed_values": ["Red", "Blue", "Green"],
        },
        "Neckline": {"allowed_values": ["V-neck", "Round"], "multi": True},
        "Sleeve length": {"allowed_values": ["Short", "Long"]},
    }
}


def labels(page: Page) -> list[str]:
    """The names in the value rows, in order."""
    read = "fields => fields.map(field => field.value)"
    return list(page.locator("[data-row] [data-label]").evaluate_all(read))


def names(page: Page) -> list[str]:
    """The names in the attribute rows, in order."""
    return page.locator(".row-name").all_inner_texts()


def answers(page: Page) -> list[str]:
    """The answers of the preview with their keys."""
    return [re.sub(r"\s+", " ", text) for text in page.locator("#preview .answers li").all_inner_texts()]


def paste(page: Page, text: str) -> None:
    """Paste into the field that has the focus."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            const how = {clipboardData: data, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        text,
    )


def upload(page: Page, field: str, name: str, content: bytes) -> None:
    """Choose a file."""
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.set_input_files(field, file)


def save(page: Page) -> None:
    """Save the draft and wait for the page to say so."""
    page.locator(".save-bar").get_by_role("button", name="Save draft").click()
    expect(page.get_by_text(re.compile("(is saved|Saved) in the draft"))).to_be_visible()


def test_a_vertical_is_written_from_nothing_with_the_keyboard(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/")
    expect(page.get_by_role("heading", name="There is no vertical yet")).to_be_visible()
    look_at(page, "schema-empty")
    page.get_by_role("link", name="New vertical").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    look_at(page, "schema-new")
    page.keyboard.type("Kurta")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kurta", level=1)).to_be_visible()
    look_at(page, "schema-vertical-empty")
    page.get_by_role("link", name="Add an attribute").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    look_at(page, "schema-attribute-new")
    page.keyboard.type("Colour")
    page.get_by_role("button", name="Add a value").press("Enter")
    for value in ("Red", "Blue", "Green"):
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove the value").press("Enter")
    assert labels(page) == ["Red", "Blue", "Green"]
    expect(page.locator("#preview .answers li")).to_have_count(6)
    assert answers(page)[:3] == ["1 Red", "2 Blue", "3 Green"]
    assert answers(page)[3:] == ["n Not visible", "a Not applicable", "u Unknown"]
    page.locator(".save-bar").get_by_role("button", name="Save draft").press("Enter")
    expect(page.get_by_text("Colour is saved in the draft")).to_be_visible()
    page.get_by_role("link", name="Review and publish").press("Enter")
    page.get_by_label("Why").fill("The first one")
    look_at(page, "schema-review-new")
    page.get_by_role("button", name="Publish version 1").press("Enter")
    expect(page.get_by_text("Kurta: version 1 is published.")).to_be_visible()
    assert list(Value.objects.values_list("label", flat=True)) == ["Red", "Blue", "Green"]


def test_attributes_are_moved_by_dragging_and_by_buttons(page: Page, sign_in: SignIn) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/")
    look_at(page, "schema-vertical")
    page.locator("#attribute-sleeve-length [data-grip]").drag_to(
        page.locator("#attribute-colour [data-grip]")
    )
    expect(page.locator(".row-name").first).to_have_text("Sleeve length")
    assert names(page) == ["Sleeve length", "Colour", "Neckline"]
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    down = page.get_by_role("button", name="Move Sleeve length down")
    down.press("Enter")
    expect(down).to_be_focused()
    down.press("Enter")
    assert names(page) == ["Colour", "Neckline", "Sleeve length"]
    page.get_by_role("button", name="Move Colour down").press("Enter")
    page.get_by_role("button", name="Retire Neckline").click()
    expect(page.get_by_role("button", name="Restore Neckline")).to_be_focused()
    save(page)
    assert names(page) == ["Neckline", "Colour", "Sleeve length"]
    expect(page.locator("#attribute-neckline .tag-retired")).to_be_visible()
    look_at(page, "schema-vertical-draft")
    page.get_by_role("link", name="Colour", exact=True).last.click()
    expect(page).to_have_url(re.compile("preview=colour"))


def test_300_values_are_pasted_filtered_moved_and_saved(page: Page, sign_in: SignIn) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    page.get_by_role("button", name="Add a value").click()
    paste(page, "Navy\nTeal\n")
    assert labels(page) == ["Red", "Blue", "Green", "Navy", "Teal"]
    for name in ("Navy", "Teal"):
        page.get_by_role("button", name=f"Remove {name}").click()
    page.get_by_text("Paste many").click()
    lines = [f"Shade {number}\tNo. {number}|Nr. {number}" for number in range(1, 298)]
    page.get_by_label("One value a line").fill("\n".join(lines))
    page.get_by_role("button", name="Add these").click()
    expect(page.locator("[data-row]")).to_have_count(300)
    expect(page.locator("[data-count]")).to_have_text("300")
    expect(page.locator("#preview .answers").first.locator("li")).to_have_count(300)
    assert "b Shade 8" in answers(page)
    page.get_by_label("Filter values").fill("Nr. 297")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    page.get_by_label("Filter values").fill("")
    page.get_by_role("button", name="Move Shade 1 up").press("Enter")
    page.locator("[data-row]").nth(3).locator("[data-grip]").drag_to(page.locator("[data-row]").first)
    assert labels(page)[:5] == ["Green", "Red", "Blue", "Shade 1", "Shade 2"]
    save(page)
    expect(page.locator("[data-row]")).to_have_count(300)
    page.get_by_role("button", name="Add a value").click()
    page.keyboard.type("One too many")
    page.locator(".save-bar").get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("301 values are more than 300: merge or retire some")).to_be_visible()
    assert labels(page)[-1] == "One too many"


def test_what_is_wrong_stands_beside_what_was_typed(page: Page, sign_in: SignIn) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    page.get_by_label("Weight").fill("heavy")
    page.locator("[data-label]").nth(1).fill("Unknown")
    page.locator("[data-label]").nth(2).fill("RED")
    page.locator(".save-bar").get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Nothing is saved: mend what is marked below.")).to_be_visible()
    expect(page.get_by_text("unknown is a state, which answers every attribute")).to_be_visible()
    expect(page.get_by_text("'RED' and 'Red' cannot be told apart")).to_be_visible()
    look_at(page, "schema-attribute-faults")


def test_leaving_with_unsaved_typing_warns(page: Page, sign_in: SignIn) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    page.get_by_label("Description").fill("Another")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Schema", exact=True).first.click()
    expect(page.get_by_label("Description")).to_have_value("Another")
    assert asked == ["beforeunload"]
    page.on("dialog", lambda dialog: dialog.accept())  # of closing the window


def test_the_preview_follows_the_typing_and_shows_the_guideline(page: Page, sign_in: SignIn) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    page.get_by_label("Name").fill("Main colour")
    page.get_by_label("several at once").check()
    page.get_by_label("Guideline").fill("Ignore buttons.\n\nOf two colours take the larger one.")
    page.locator("[data-label]").first.fill("Crimson")
    page.get_by_role("button", name="Retire Blue").click()
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="Main colour")).to_be_visible()
    expect(preview.get_by_text("Choose one or more.")).to_be_visible()
    expect(preview.get_by_text("Of two colours take the larger one.")).to_be_visible()
    expect(preview.locator(".answers").first.locator("li")).to_have_count(2)
    assert answers(page)[:2] == ["1 Crimson", "2 Green"]
    assert Attribute.objects.get(code="colour").label == "Colour"
    upload(page, "#example-new", "red.png", photo_bytes(size=(90, 60)))
    save(page)
    expect(page.locator(".example-list img")).to_have_count(1)
    page.get_by_label("Caption of example 1").fill("Like this")
    save(page)
    expect(page.locator("#preview .examples")).to_contain_text("Like this")
    look_at(page, "schema-attribute")


def labelled_kurtas() -> None:
    """Labels, suggestions and a champion that has learned from the vertical."""
    schema_import(schema=KURTA)
    vertical = Vertical.objects.get(code="kurta")
    colour = Attribute.objects.get(code="colour")
    for number in range(7):
        listing = ListingFactory.create(vertical=vertical)
        LabelFactory.create(listing=listing, attribute=colour, values=["red" if number < 5 else "blue"])
    SuggestionFactory.create(listing=Listing.objects.first(), attribute=colour, shares={"Red": 0.75})
    round_ = round_in(Status.DONE)
    round_.schema_versions.set(SchemaVersion.objects.all())
    Alias.objects.create(name="champion", version=version_of(round_, iteration=2))


def test_the_review_counts_what_becomes_stale_before_it_is_published(page: Page, sign_in: SignIn) -> None:
    labelled_kurtas()
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    page.get_by_role("button", name="Retire Red").click()
    page.locator("[data-label]").nth(1).fill("Navy")
    page.get_by_role("button", name="Add a value").click()
    page.keyboard.type("Teal")
    save(page)
    page.get_by_role("link", name="Review and publish").click()
    expect(page.get_by_text("Red of Colour is retired.")).to_be_visible()
    expect(page.get_by_text("5 labels stale")).to_be_visible()
    expect(page.get_by_text("1 suggestion stale")).to_be_visible()
    expect(page.get_by_text("7 labels to check")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Round .*iteration 2"))).to_be_visible()
    expect(page.get_by_text("champion")).to_be_visible()
    look_at(page, "schema-review")
    page.get_by_label("Why").fill("Red was too wide")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Kurta: version 2 is published.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Red was too wide")).to_be_visible()
    expect(page.get_by_text("Blue of Colour is now called Navy.")).to_be_visible()
    look_at(page, "schema-history")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_text("This draft goes back to version 1.")).to_be_visible()
    expect(page.get_by_text("Red comes back to Colour.")).to_be_visible()
    expect(page.get_by_text("Teal of Colour is retired.")).to_be_visible()
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_text("Kurta: version 3 is published.")).to_be_visible()
    assert Value.objects.get(code="blue").label == "Blue"


def test_the_second_of_two_editors_sees_what_changed_and_keeps_what_he_typed(
    page: Page, sign_in: SignIn
) -> None:
    schema_import(schema=KURTA)
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    other = page.context.new_page()
    other.goto("/catalog/schema/vertical/kurta/attribute/colour/")
    other.get_by_label("Description").fill("From the other window")
    save(other)
    other.close()
    page.get_by_label("Guideline").fill("Typed here")
    page.locator(".save-bar").get_by_role("button", name="Save draft").click()
    expect(
        page.get_by_text("admin changed this draft meanwhile: Colour has another description")
    ).to_be_visible()
    expect(page.get_by_label("Guideline")).to_have_value("Typed here")
    look_at(page, "schema-conflict")
    save(page)
    expect(page.get_by_label("Guideline")).to_have_value("Typed here")


def test_categories_of_a_taxonomy_become_drafts(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/taxonomy/")
    look_at(page, "schema-taxonomy")
    upload(page, "#file", "taxonomy.json", taxonomy_bytes(categories=160))
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("the first 100 of 160")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_label("Search").fill("shirts 77")
    expect(page.locator(".category")).to_have_count(1)
    page.get_by_label(re.compile("Shirts 77 ")).check()
    page.get_by_label("Search").fill("shirts 151")
    expect(page.get_by_text("1 of at most 50")).to_be_visible()
    expect(page.get_by_label(re.compile("Shirts 77 "))).to_be_checked()
    page.get_by_label(re.compile("Shirts 151 ")).check()
    look_at(page, "schema-categories")
    page.get_by_role("button", name="Make drafts").click()
    expect(page.get_by_text("Drafts to review: Shirts 77, Shirts 151.")).to_be_visible()
    look_at(page, "schema")
    page.get_by_role("main").get_by_role("link", name="Review").first.click()
    expect(page.get_by_label("Why")).to_have_value(re.compile("'Unknown' of Fit is left out"))


def taxonomy_bytes(*, categories: int) -> bytes:
    """A taxonomy with so many categories of two attributes, one of which has a state among its values."""
    attributes = {
        "color": {"name": "Color", "description": "Main color", "allowed_values": ["Red", "Blue"]},
        "fit": {"name": "Fit", "description": "", "allowed_values": ["Slim", "Wide", "Unknown"]},
    }
    rows = [
        {"id": f"aa-{number}", "path": f"Apparel > Tops > Shirts {number}", "attributes": ["color", "fit"]}
        for number in range(1, categories + 1)
    ]
    return json.dumps({"attributes": attributes, "categories": rows}).encode()


def test_a_csv_with_faults_names_them_and_a_good_one_becomes_a_draft(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/catalog/schema/import/")
    bad = b"vertical;attribute;value;multi\nBag;Colour;Red;maybe\nBag;Colour;Unknown;\nBag;;Blue;\n"
    upload(page, "#file", "bag.csv", bad)
    page.get_by_role("button", name="Make drafts").click()
    expect(page.get_by_text("bag.csv, row 2, column multi: 'maybe' is neither yes nor no")).to_be_visible()
    look_at(page, "schema-import-faults")
    good = "vertical;attribute;value\nBag;Colour;Röd\nBag;Colour;Blå\n".encode("cp1252")
    upload(page, "#file", "bag.csv", good)
    page.get_by_role("button", name="Make drafts").click()
    expect(page.get_by_text("Bag has a draft now.")).to_be_visible()
    expect(page.get_by_text("Röd, Blå")).to_be_visible()
    page.get_by_text("Discard this draft").click()
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_text("The draft of Bag is discarded.")).to_be_visible()
    assert not Vertical.objects.exists()
