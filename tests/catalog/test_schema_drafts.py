from collections.abc import Mapping
from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.models import Attribute, SchemaDraft, SchemaVersion, Value, Vertical
from catalog.schema.csvrows import SchemaFile
from catalog.schema.edits import with_attribute
from catalog.schema.merge import FULL, SHORT
from catalog.schema.parts import AttributeSpec, Example, ValueSpec, VerticalSpec
from catalog.schema.spec import parse_schema
from catalog.selectors.drafts import Working, schema_saved, vertical_rows, working
from catalog.services import schema_import
from catalog.services.drafts import (
    Change,
    DraftConflict,
    schema_draft_discard,
    schema_draft_open,
    schema_draft_publish,
    schema_draft_rebase,
    schema_draft_update,
    schema_drafts_import,
    schema_version_restore,
    vertical_draft_open,
)
from catalog.services.schema import SchemaOutdated, schema_file_save, schema_save
from tests.factories import ListingFactory, PhotoFactory, user_with

pytestmark = pytest.mark.django_db

BAG = {"Bag": {"Colour": {"allowed_values": ["Red", "Blue"]}, "Closing": {"allowed_values": ["Zip"]}}}


@pytest.fixture
def ada() -> User:
    return user_with(Role.ADMIN, "ada")


@pytest.fixture
def ben() -> User:
    return user_with(Role.ADMIN, "ben")


@pytest.fixture
def bag(db: None) -> None:
    schema_import(schema=BAG, note="bag.json")


def now(code: str = "bag") -> Working:
    found = working(code)
    assert found is not None
    return found


def described(text: str) -> Change:
    """A change of the description of Colour."""

    def change(spec: VerticalSpec) -> VerticalSpec:
        return with_attribute(spec, replace(spec.attributes[0], description=text), instead_of="colour")

    return change


def edit(by: User, text: str, *, edition: int, base: int = 1) -> int:
    return schema_draft_update(code="bag", base_number=base, edition=edition, change=described(text), by=by)


def test_the_first_change_makes_a_draft_and_leaves_the_schema(bag: None, ada: User) -> None:
    assert edit(ada, "Main colour", edition=0) == 1
    assert now().spec.attributes[0].description == "Main colour"
    assert now().published is not None and now().published != now().spec
    assert not Attribute.objects.filter(description="Main colour").exists()
    assert [change.said for change in now().changes] == ["Colour has another description"]


def test_every_change_counts_and_is_logged(bag: None, ada: User, ben: User) -> None:
    edit(ada, "one", edition=0)
    assert edit(ben, "two", edition=1) == 2
    assert [(entry["edition"], entry["by"]) for entry in now().log] == [(2, "ben"), (1, "ada")]
    assert now().log[0]["changes"] == ["Colour has another description"]
    assert now().updated_by == "ben"


def test_a_change_that_changes_nothing_makes_no_draft(bag: None, ada: User) -> None:
    assert edit(ada, "", edition=0) == 0
    assert not SchemaDraft.objects.exists()


def test_who_edits_an_older_edition_is_told_who_did_what(bag: None, ada: User, ben: User) -> None:
    edit(ada, "one", edition=0)
    edit(ben, "two", edition=1)
    with pytest.raises(
        DraftConflict, match="ben changed this draft meanwhile: Colour has another description"
    ):
        edit(ada, "three", edition=1)
    assert now().spec.attributes[0].description == "two"


def test_two_who_begin_at_once_do_not_overwrite_each_other(bag: None, ada: User, ben: User) -> None:
    edit(ada, "one", edition=0)
    with pytest.raises(DraftConflict, match="ada changed this draft meanwhile"):
        edit(ben, "two", edition=0)
    assert now().spec.attributes[0].description == "one"


def test_who_edits_a_version_that_is_no_longer_the_newest_is_told(bag: None, ada: User) -> None:
    schema_import(schema=BAG | {"Bag": BAG["Bag"] | {"Size": {"allowed_values": ["S"]}}})
    with pytest.raises(DraftConflict, match="Version 2 of Bag was saved meanwhile"):
        edit(ada, "one", edition=0, base=1)


def test_who_edits_a_draft_that_is_gone_is_told(bag: None, ada: User) -> None:
    edit(ada, "one", edition=0)
    schema_draft_discard(code="bag", edition=1)
    with pytest.raises(DraftConflict, match="The draft of Bag was published or discarded meanwhile"):
        edit(ada, "two", edition=1)


def test_publishing_makes_a_version_with_person_and_reason(bag: None, ada: User) -> None:
    edit(ada, "Main colour", edition=0)
    version = schema_draft_publish(code="bag", edition=1, note="Clearer", by=ada)
    assert version is not None
    assert (version.number, version.note, version.created_by) == (2, "Clearer", ada)
    assert Attribute.objects.get(code="colour").description == "Main colour"
    assert not SchemaDraft.objects.exists()
    assert now().published == now().spec


def test_an_edition_that_nobody_reviewed_is_not_published(bag: None, ada: User, ben: User) -> None:
    edit(ada, "one", edition=0)
    edit(ben, "two", edition=1)
    with pytest.raises(DraftConflict, match="ben changed this draft meanwhile"):
        schema_draft_publish(code="bag", edition=1, note="", by=ada)
    assert SchemaVersion.objects.count() == 1


def test_a_draft_behind_the_newest_version_is_not_published(bag: None, ada: User) -> None:
    edit(ada, "one", edition=0)
    schema_import(schema={"Bag": {"Colour": {"allowed_values": ["Red", "Blue", "Navy"]}}})
    assert now().is_outdated
    with pytest.raises(SchemaOutdated, match="version 2 was saved after version 1"):
        schema_draft_publish(code="bag", edition=1, note="", by=ada)
    assert now().is_draft


def test_a_draft_is_brought_up_to_date_and_published(bag: None, ada: User) -> None:
    edit(ada, "Main colour", edition=0)
    schema_import(schema={"Bag": {"Colour": {"allowed_values": ["Red", "Blue", "Navy"]}}})
    schema_draft_rebase(code="bag", edition=1, by=ada)
    assert not now().is_outdated
    assert [change.said for change in now().changes] == ["Colour has another description"]
    version = schema_draft_publish(code="bag", edition=2, note="", by=ada)
    assert version is not None and version.number == 3
    assert list(Value.objects.filter(attribute__code="colour").values_list("label", flat=True)) == [
        *("Red", "Blue", "Navy")
    ]


def test_a_new_vertical_that_was_imported_meanwhile_is_brought_together(ada: User) -> None:
    vertical_draft_open(label="Bag", by=ada)
    size = AttributeSpec("size", "Size", values=(ValueSpec("s", "S"),))
    schema_draft_update(
        code="bag", base_number=0, edition=1, change=lambda spec: with_attribute(spec, size), by=ada
    )
    schema_import(schema=BAG)
    with pytest.raises(SchemaOutdated):
        schema_draft_publish(code="bag", edition=2, note="", by=ada)
    schema_draft_rebase(code="bag", edition=2, by=ada)
    assert [one.code for one in now().spec.attributes] == ["size", "colour", "closing"]
    assert [change.said for change in now().changes][-1] == "Size is added, with 1 value"


def test_a_schema_with_a_fault_is_not_published(ada: User) -> None:
    vertical_draft_open(label="Bag", by=ada)
    empty = AttributeSpec("size", "Size")
    schema_draft_update(
        code="bag", base_number=0, edition=1, change=lambda spec: with_attribute(spec, empty), by=ada
    )
    with pytest.raises(CatalogError, match="Bag / Size: there is no value to choose from"):
        schema_draft_publish(code="bag", edition=2, note="", by=ada)
    assert not Vertical.objects.exists()


def test_a_draft_that_changes_nothing_is_published_without_a_version(bag: None, ada: User) -> None:
    spec = now().spec
    schema_draft_open(spec=spec, base_number=1, by=ada)
    assert schema_draft_publish(code="bag", edition=1, note="", by=ada) is None
    assert SchemaVersion.objects.count() == 1
    assert not SchemaDraft.objects.exists()


def test_a_discarded_draft_is_gone_and_a_newer_edition_is_not_discarded(bag: None, ada: User) -> None:
    edit(ada, "one", edition=0)
    edit(ada, "two", edition=1)
    with pytest.raises(DraftConflict):
        schema_draft_discard(code="bag", edition=1)
    schema_draft_discard(code="bag", edition=2)
    assert not now().is_draft


def test_a_vertical_called_like_another_is_refused(bag: None, ada: User) -> None:
    vertical_draft_open(label="Hat", by=ada)
    for label in ("bag", "HAT"):
        with pytest.raises(CatalogError, match="there is a vertical called '(Bag|Hat)' already"):
            vertical_draft_open(label=label, by=ada)


def test_two_drafts_of_one_name_are_not_both_published(bag: None, ada: User) -> None:
    """The second was called so before the first was."""
    schema_import(schema={"Hat": {"Brim": {"allowed_values": ["Wide"]}}})
    for code in ("bag", "hat"):
        schema_draft_update(
            code=code, base_number=1, edition=0, change=lambda spec: replace(spec, label="Cap"), by=ada
        )
    schema_draft_publish(code="bag", edition=1, note="", by=ada)
    with pytest.raises(CatalogError, match="there is a vertical called 'Cap' already"):
        schema_draft_publish(code="hat", edition=1, note="", by=ada)


def test_an_old_version_is_restored_as_a_draft(bag: None, ada: User) -> None:
    schema_import(schema={"Bag": {"Colour": {"allowed_values": ["Blue", "Navy"]}}})
    draft = schema_version_restore(code="bag", number=1, by=ada)
    assert (draft.base_number, draft.note) == (2, "Back to version 1.")
    assert [change.said for change in now().changes] == [
        "Red comes back to Colour",
        "Navy of Colour is retired",
    ]
    schema_draft_publish(code="bag", edition=1, note="", by=ada)
    [colour] = [one for one in now().spec.attributes if one.code == "colour"]
    assert [value.label for value in colour.offered] == ["Red", "Blue"]


def test_a_version_is_not_restored_over_a_draft_or_out_of_nothing(bag: None, ada: User) -> None:
    with pytest.raises(CatalogError, match="vertical 'bag' has no version 7"):
        schema_version_restore(code="bag", number=7, by=ada)
    edit(ada, "one", edition=0)
    with pytest.raises(DraftConflict, match="'Bag' has a draft by ada: publish or discard it first"):
        schema_version_restore(code="bag", number=1, by=ada)


def file_of(schema: Mapping[str, object], said: frozenset[str] = SHORT) -> SchemaFile:
    return SchemaFile(parse_schema(schema, where="file"), said)


def test_a_file_becomes_drafts_of_what_it_changes(bag: None, ada: User) -> None:
    file = file_of(BAG | {"Hat": {"Brim": {"allowed_values": ["Wide"]}}})
    result = schema_drafts_import(file=file, by=ada, note="From x.csv.", notes={"hat": ("Fit is left out.",)})
    assert (result.drafted, result.unchanged) == ((("hat", "Hat"),), ("Bag",))
    assert not Vertical.objects.filter(code="hat").exists()
    assert now("hat").note == "From x.csv.\nFit is left out."


def test_a_file_changes_the_draft_that_is_there(bag: None, ada: User, ben: User) -> None:
    edit(ada, "Main colour", edition=0)
    more = file_of({"Bag": {"Closing": {"allowed_values": ["Zip", "Flap"]}}})
    schema_drafts_import(file=more, by=ben)
    assert now().edition == 2
    assert [change.said for change in now().changes] == [
        "Colour has another description",
        "Flap is added to Closing",
    ]


def test_a_file_without_codes_knows_a_renamed_vertical_by_its_name(bag: None, ada: User) -> None:
    schema_save(spec=replace(now().spec, label="Handbag"))
    file = file_of({"Handbag": {"Colour": {"allowed_values": ["Red"]}}})
    assert schema_drafts_import(file=file, by=ada).drafted == (("bag", "Handbag"),)


def test_example_photos_that_are_not_stored_are_left_out(ada: User) -> None:
    photo = PhotoFactory.create()
    examples = (Example(photo.sha256, "like this"), Example("0" * 64, "like that"))
    attribute = AttributeSpec("colour", "Colour", examples=examples, values=(ValueSpec("red", "Red"),))
    file = SchemaFile((VerticalSpec("bag", "Bag", (attribute,)),), FULL)
    schema_drafts_import(file=file, by=ada)
    assert now().spec.attributes[0].examples == examples[:1]


def test_a_file_that_makes_a_vertical_unusable_drafts_nothing(bag: None, ada: User) -> None:
    many = {f"A {number}": {"allowed_values": ["x"]} for number in range(39)}
    file = file_of({"Hat": {"Brim": {"allowed_values": ["Wide"]}}, "Bag": many})
    with pytest.raises(CatalogError, match="Bag: 41 attributes are more than 40"):
        schema_drafts_import(file=file, by=ada)
    assert not SchemaDraft.objects.exists()


def test_a_file_is_saved_onto_the_schema_whatever_the_draft(bag: None, ada: User) -> None:
    edit(ada, "Main colour", edition=0)
    [version] = schema_file_save(file=file_of({"Bag": {"Closing": {"allowed_values": ["Flap"]}}}), note="x")
    assert (version.number, version.note) == (2, "x")
    assert not Attribute.objects.filter(description="Main colour").exists()
    assert now().is_outdated


def test_the_overview_counts_what_is_asked_and_offered(bag: None, ada: User) -> None:
    schema_import(schema={"Bag": {"Closing": {"allowed_values": ["Flap"]}}})
    ListingFactory.create(vertical=Vertical.objects.get(code="bag"))
    ListingFactory.create(vertical=Vertical.objects.get(code="bag"), retired=True)
    edit(ada, "one", edition=0, base=2)
    vertical_draft_open(label="Hat", by=ada)
    bag_row, hat_row = vertical_rows()
    assert (bag_row.label, bag_row.attributes, bag_row.values, bag_row.listings) == ("Bag", 2, 3, 1)
    assert (bag_row.version, bag_row.draft is not None) == (2, True)
    assert (hat_row.code, hat_row.version, hat_row.attributes) == ("hat", None, 0)


def test_what_is_saved_is_exported_without_drafts(bag: None, ada: User) -> None:
    edit(ada, "one", edition=0)
    vertical_draft_open(label="Hat", by=ada)
    [spec] = schema_saved()
    assert spec == now().published
    assert schema_saved(codes=["hat"]) == ()
