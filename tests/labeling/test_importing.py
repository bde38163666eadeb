from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Attribute, Import, Listing, SchemaVersion, Value
from catalog.services import schema_import
from catalog.splits import Split
from labeling.answers import Given
from labeling.errors import LabelingError
from labeling.importing import PROBLEMS_KEPT, LabelImport
from labeling.models import Label, LabelRevision, Provenance
from labeling.services import label_record, labels_record, labels_record_claims
from tests.catalog.folders import SCHEMA
from tests.factories import ImageFactory, ImportFactory, ListingFactory, user_with

pytestmark = pytest.mark.django_db


def claim(*values: str, state: str = "", evidence: int | None = None) -> dict[str, Any]:
    return {"values": list(values), "state": state, "evidence": evidence}


@pytest.fixture
def watches() -> dict[str, Listing]:
    """Three watches with claims: w0 gold, w1 seed, w2 pool."""
    schema_import(schema=SCHEMA)
    vertical = Attribute.objects.get(code="strap").vertical
    claims = {
        "w0": {"strap": claim("steel", evidence=1), "hands": claim("second", "hour")},
        "w1": {"strap": claim(state="not_visible")},
        "w2": {"strap": claim("leather")},
    }
    splits = {"w0": Split.GOLD, "w1": Split.SEED, "w2": Split.POOL}
    listings = {
        name: ListingFactory.create(
            vertical=vertical, external_id=name, claims=claims[name], split=splits[name].value
        )
        for name in claims
    }
    ImageFactory.create(listing=listings["w0"])
    return listings


def labels() -> list[tuple[str, str, list[str], str]]:
    rows = Label.objects.values_list("listing__external_id", "attribute__code", "values", "state")
    return list(rows.order_by("listing__external_id", "attribute__code"))


def given(listing: str, attribute: str, *values: str, evidence: int | None = None) -> Given:
    return Given(f"{listing}, {attribute}", listing, attribute, values, evidence)


def test_claims_of_seed_and_gold_become_labels(watches: dict[str, Listing]) -> None:
    assert labels_record_claims(source="spring") == LabelImport(recorded=3, outside=1)
    assert labels() == [
        ("w0", "hands", ["hour", "second"], ""),
        ("w0", "strap", ["steel"], ""),
        ("w1", "strap", [], "not_visible"),
    ]
    label = Label.objects.get(listing=watches["w0"], attribute__code="strap")
    assert (label.provenance, label.source, label.evidence_position) == ("import", "spring", 1)
    assert label.schema_version == SchemaVersion.objects.get(vertical=watches["w0"].vertical)


def test_every_label_leaves_a_revision_with_who_recorded_it(watches: dict[str, Listing]) -> None:
    admin = user_with(Role.ADMIN)
    labels_record_claims(source="spring", by=admin)
    revisions = LabelRevision.objects.order_by("pk")
    assert {(one.provenance, one.source, one.changed_by) for one in revisions} == {
        ("import", "spring", admin)
    }
    assert sorted(one.values for one in revisions) == [[], ["hour", "second"], ["steel"]]


def test_the_same_claims_again_change_nothing(watches: dict[str, Listing]) -> None:
    labels_record_claims(source="spring")
    before = list(Label.objects.order_by("pk").values())
    assert labels_record_claims(source="autumn") == LabelImport(unchanged=3, outside=1)
    assert list(Label.objects.order_by("pk").values()) == before
    assert LabelRevision.objects.count() == 3


def test_a_changed_claim_replaces_the_label_of_an_import(watches: dict[str, Listing]) -> None:
    labels_record_claims(source="spring")
    before = Label.objects.get(listing=watches["w1"])
    Listing.objects.filter(external_id="w1").update(claims={"strap": claim("leather")})
    assert labels_record_claims(source="autumn") == LabelImport(recorded=1, unchanged=2, outside=1)
    after = Label.objects.get(listing=watches["w1"])
    assert (after.pk, after.created, after.values, after.state, after.source) == (
        before.pk,
        before.created,
        ["leather"],
        "",
        "autumn",
    )
    assert after.updated > before.updated
    assert [one.values for one in LabelRevision.objects.filter(listing=watches["w1"])] == [["leather"], []]


def test_what_a_person_answered_stays(watches: dict[str, Listing]) -> None:
    label_record(
        listing=watches["w1"],
        attribute=Attribute.objects.get(code="strap"),
        provenance=Provenance.ANNOTATION,
        values=["leather"],
    )
    assert labels_record_claims(source="spring") == LabelImport(recorded=2, outranked=1, outside=1)
    assert ("w1", "strap", ["leather"], "") in labels()


def test_claims_that_the_schema_no_longer_allows_are_named_and_the_others_land(
    watches: dict[str, Listing],
) -> None:
    Value.objects.filter(code="steel").update(retired=True)
    Listing.objects.filter(external_id="w1").update(
        claims={"hue": claim("red"), "hands": claim("hour"), "strap": claim("leather", evidence=3)}
    )
    result = labels_record_claims(source="spring")
    assert (result.recorded, result.refused) == (2, 3)
    assert result.problems == [
        "listing 'w0', attribute 'strap': 'steel' is not allowed: give one of Leather",
        "listing 'w1', attribute 'hue': the listing's vertical has no attribute 'hue': add it to the schema, "
        "or use one of hands, strap",
        "listing 'w1', attribute 'strap': the listing has no photo 3: give a number from 1 to 0, or none",
    ]


def test_a_claim_of_a_value_that_is_now_a_synonym_is_recorded_under_the_value(
    watches: dict[str, Listing],
) -> None:
    Value.objects.filter(code="steel").update(code="metal", label="Metal", synonyms=["Steel"])
    assert labels_record_claims(source="spring").refused == 0
    assert ("w0", "strap", ["metal"], "") in labels()


def test_claims_are_recorded_by_import_vertical_and_split(watches: dict[str, Listing]) -> None:
    spring, autumn = ImportFactory.create(), ImportFactory.create()
    Listing.objects.filter(external_id__in=["w0", "w2"]).update(last_import=spring)
    assert labels_record_claims(source="s", import_id=autumn.pk) == LabelImport()
    assert labels_record_claims(source="s", vertical="sofa") == LabelImport()
    assert labels_record_claims(source="s", import_id=spring.pk) == LabelImport(recorded=2, outside=1)
    assert labels_record_claims(source="s", splits=list(Split)) == LabelImport(recorded=2, unchanged=2)


def test_claims_of_retired_listings_are_left_alone(watches: dict[str, Listing]) -> None:
    Listing.objects.exclude(external_id="w1").update(retired=True)
    assert labels_record_claims(source="s") == LabelImport(recorded=1)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"import_id": 12}, "there is no import 12: give the number of one on the imports page"),
        ({"vertical": "shoe"}, "there is no vertical 'shoe': use one of watch, sofa"),
    ],
)
def test_claims_of_nothing_that_exists_are_refused(
    watches: dict[str, Listing], where: dict[str, Any], message: str
) -> None:
    with pytest.raises(LabelingError, match=message):
        labels_record_claims(source="s", **where)


def test_many_claims_are_recorded_page_by_page_in_batches(
    watches: dict[str, Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.services.imports.PAGE", 2)
    monkeypatch.setattr("labeling.services.imports.BATCH", 3)
    for _ in range(5):
        ListingFactory.create(
            vertical=watches["w0"].vertical, claims={"strap": claim("steel")}, split=Split.SEED.value
        )
    assert labels_record_claims(source="s").recorded == 8


def test_the_number_of_queries_does_not_depend_on_the_number_of_claims(
    watches: dict[str, Listing], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        ListingFactory.create(
            vertical=watches["w0"].vertical, claims={"strap": claim("steel")}, split=Split.SEED.value
        )
    with django_assert_num_queries(15):
        assert labels_record_claims(source="s").recorded == 23


def test_of_two_answers_to_a_question_the_later_holds(watches: dict[str, Listing]) -> None:
    answers = [given("w0", "strap", "steel"), given("w0", "Strap", "LEATHER")]
    assert labels_record(answers=answers, source="s") == LabelImport(recorded=1)
    assert labels() == [("w0", "strap", ["leather"], "")]


def test_an_answer_that_names_no_photo_leaves_the_photo_of_the_label(watches: dict[str, Listing]) -> None:
    labels_record_claims(source="s")
    assert labels_record(answers=[given("w0", "strap", "Steel")], source="s") == LabelImport(unchanged=1)
    assert Label.objects.get(listing=watches["w0"], attribute__code="strap").evidence_position == 1
    assert labels_record(answers=[given("w0", "strap", "Leather")], source="s") == LabelImport(recorded=1)
    assert Label.objects.get(listing=watches["w0"], attribute__code="strap").evidence_position is None


def test_answers_about_unknown_listings_and_errors_are_counted(watches: dict[str, Listing]) -> None:
    answers: list[Given | LabelingError] = [
        *(given("w9", "strap", "steel"), LabelingError("line 2: mend it"), given("w1", "strap"))
    ]
    result = labels_record(answers=answers, source="s")
    assert (result.recorded, result.refused) == (0, 3)
    assert sorted(result.problems) == [
        "line 2: mend it",
        "w1, strap: no answer: give one of Leather, Steel or a state (not_applicable, not_visible, unknown)",
        "w9, strap: listing 'w9' is not in the catalogue: import it first",
    ]


def test_of_very_many_problems_the_first_are_kept(watches: dict[str, Listing]) -> None:
    errors = (LabelingError(f"line {number}") for number in range(PROBLEMS_KEPT + 5))
    result = labels_record(answers=errors, source="s")
    assert (result.refused, len(result.problems)) == (PROBLEMS_KEPT + 5, PROBLEMS_KEPT)


def test_label_import_says_what_it_did(
    watches: dict[str, Listing], capsys: pytest.CaptureFixture[str]
) -> None:
    Listing.objects.filter(external_id="w1").update(claims={"strap": claim("rope")})
    with pytest.raises(CommandError, match="mend what was refused, as it says above") as refused:
        call_command("label_import", "--source", "spring")
    assert refused.value.returncode == 1
    shown = capsys.readouterr()
    assert shown.out == (
        "labels: 2 recorded, 0 unchanged, 0 left as a person answered, 1 refused; "
        "1 listing is left out, neither seed nor gold\n"
    )
    assert shown.err == "listing 'w1', attribute 'strap': 'rope' is not allowed: give one of Leather, Steel\n"
    assert set(Label.objects.values_list("source", flat=True)) == {"spring"}


def test_label_import_names_the_import_as_the_source(watches: dict[str, Listing]) -> None:
    spring = ImportFactory.create(name="spring.csv")
    Listing.objects.update(last_import=spring)
    call_command("label_import", "--import", str(spring.pk))
    assert set(Label.objects.values_list("source", flat=True)) == {"spring.csv"}
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--import", "99"], "there is no import 99"),
        (["--vertical", "shoe"], "there is no vertical 'shoe'"),
        (["--label-studio", "a.json", "--labels", "b.csv"], "give one file, or --import and --vertical"),
        (["--label-studio", "a.json", "--vertical", "watch"], "give one file, or --import and --vertical"),
        (["--label-studio", "missing.json"], "missing.json: No such file or directory: give another file"),
        (["--labels", "README.md"], "no labels can be read from it: give a .json that Label Studio exported"),
    ],
)
def test_label_import_refuses_bad_input_with_exit_code_2(
    watches: dict[str, Listing],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text("# Read me")
    with pytest.raises(CommandError, match=message) as refused:
        call_command("label_import", *arguments)
    assert refused.value.returncode == 2
