from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.importing.folder import FolderLabel
from catalog.models import Attribute, Listing
from catalog.services import folder_import
from catalog.splits import Split
from labeling.errors import LabelingError
from labeling.importing import LabelImport
from labeling.models import Label, Provenance
from labeling.services import folder_labels_import, label_record, labels_record_bulk
from tests.catalog.folders import make_folder, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three imported watches: w0 gold, w1 seed, w2 pool."""
    rows = [
        row("w0", attributes={"strap": "Steel", "hands": ["Second", "Hour"]}, evidence={"strap": [1]}),
        row("w1", attributes={"strap": "not_visible"}),
        row("w2", attributes={"strap": "Leather"}),
    ]
    folder = make_folder(tmp_path / "spring", rows)
    folder_import(folder=folder)
    for name, split in (("w0", Split.GOLD), ("w1", Split.SEED)):
        Listing.objects.filter(external_id=name).update(split=split.value)
    return folder


def labels() -> list[tuple[str, str, list[str], str]]:
    rows = Label.objects.values_list("listing__external_id", "attribute__code", "values", "state")
    return list(rows.order_by("listing__external_id", "attribute__code"))


def test_labels_of_seed_and_gold_are_recorded(folder: Path) -> None:
    result = folder_labels_import(folder=folder)
    assert result == LabelImport(recorded=3, unchanged=0, outranked=0, outside=1)
    assert labels() == [
        ("w0", "hands", ["hour", "second"], ""),
        ("w0", "strap", ["steel"], ""),
        ("w1", "strap", [], "not_visible"),
    ]
    label = Label.objects.get(listing__external_id="w0", attribute__code="strap")
    assert (label.provenance, label.source, label.evidence_position) == ("import", "spring", 1)


def test_the_same_labels_again_change_nothing(folder: Path) -> None:
    folder_labels_import(folder=folder)
    before = list(Label.objects.order_by("pk").values())
    result = folder_labels_import(folder=folder)
    assert result == LabelImport(recorded=0, unchanged=3, outranked=0, outside=1)
    assert list(Label.objects.order_by("pk").values()) == before


def test_a_changed_label_is_updated_in_place(folder: Path) -> None:
    folder_labels_import(folder=folder)
    before = Label.objects.get(listing__external_id="w1")
    result = labels_record_bulk(labels=[FolderLabel("w1", "strap", ("leather",), None, None)], source="later")
    assert result.recorded == 1
    after = Label.objects.get(listing__external_id="w1")
    assert (after.pk, after.created, after.values, after.state) == (
        before.pk,
        before.created,
        ["leather"],
        "",
    )
    assert after.updated > before.updated


def test_what_a_person_answered_stays(folder: Path) -> None:
    label_record(
        listing=Listing.objects.get(external_id="w1"),
        attribute=Attribute.objects.get(code="strap"),
        provenance=Provenance.ANNOTATION,
        values=["leather"],
    )
    assert folder_labels_import(folder=folder) == LabelImport(recorded=2, unchanged=0, outranked=1, outside=1)
    assert ("w1", "strap", ["leather"], "") in labels()


def test_more_labels_than_a_batch_are_recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.BATCH", 1)
    assert folder_labels_import(folder=folder).recorded == 3


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (
            FolderLabel("w9", "strap", ("steel",), None, None),
            "listing 'w9' is not in the catalogue: import its",
        ),
        (
            FolderLabel("w0", "hue", ("red",), None, None),
            "listing 'w0': its vertical has no attribute 'hue': import",
        ),
        (
            FolderLabel("w0", "strap", ("gold",), None, None),
            "attribute 'strap': 'gold' is not allowed: give one of",
        ),
    ],
)
def test_a_label_that_cannot_be_recorded_leaves_nothing_behind(
    folder: Path, label: FolderLabel, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.services.BATCH", 1)
    good = FolderLabel("w0", "strap", ("steel",), None, None)
    with pytest.raises(LabelingError, match=message):
        labels_record_bulk(labels=[good, label], source="s")
    assert labels() == []


def test_label_import_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("label_import", folder)
    assert capsys.readouterr().out == (
        "labels: 3 recorded, 0 unchanged, 0 left as a person answered, "
        "1 left out, of listings that are neither seed nor gold\n"
    )


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"strap": "Gold"}, "line 1: attributes.strap is 'Gold', which is not allowed: use one of"),
        ({"strap": "Steel"}, "listing 'w9' is not in the catalogue: import its folder first"),
    ],
)
def test_label_import_refuses_bad_input_with_exit_code_2(
    tmp_path: Path, attributes: dict[str, str], message: str
) -> None:
    folder = make_folder(tmp_path / "folder", [row("w9", attributes=attributes)])
    with pytest.raises(CommandError, match=message) as refused:
        call_command("label_import", folder)
    assert refused.value.returncode == 2
