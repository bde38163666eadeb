"""Labels that come with a data folder: validated and written in bulk."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from catalog.importing.folder import FolderLabel
from catalog.models import Attribute, Listing
from catalog.selectors import schema_versions_now
from catalog.splits import Split
from labeling.answers import Rules, gives_way
from labeling.errors import LabelingError
from labeling.models import Label, LabelRevision, Provenance


@dataclass(frozen=True, slots=True)
class LabelImport:
    """What became of the labels of an import."""

    recorded: int
    unchanged: int
    outranked: int
    """a person answered otherwise"""
    outside: int
    """of listings in other splits"""


def rules_of(attribute: Attribute) -> Rules:
    """What the attribute allows now: values that are not retired, in order."""
    offered = (value.code for value in attribute.values.all() if not value.retired)
    return Rules(attribute.code, attribute.multi, tuple(offered))


def revision_of(label: Label, *, by: User | None = None, reason: str = "") -> LabelRevision:
    """What the label says now, to be kept for good."""
    return LabelRevision(
        listing_id=label.listing_id,
        attribute_id=label.attribute_id,
        values=label.values,
        state=label.state,
        schema_version_id=label.schema_version_id,
        provenance=label.provenance,
        source=label.source,
        evidence_position=label.evidence_position,
        changed_by=by,
        reason=reason,
    )


def batch_record(
    labels: Sequence[FolderLabel],
    questions: Mapping[tuple[int, str], tuple[Attribute, Rules]],
    source: str,
    splits: Collection[Split],
) -> Counter[str]:
    """Write what holds among these labels; returns {fate: labels}, the fates being LabelImport's fields.

    Raises:
        LabelingError: naming listing, attribute and value of the first label that cannot be recorded.
    """
    ids = {label.listing for label in labels}
    listings = {listing.external_id: listing for listing in Listing.objects.filter(external_id__in=ids)}
    present = {
        (label.listing_id, label.attribute_id): label
        for label in Label.objects.filter(listing__external_id__in=ids)
    }
    versions = schema_versions_now()
    counts: Counter[str] = Counter()
    writes = []
    for given in labels:
        label = _imported(given, listings, questions, source)
        label.schema_version = versions.get(label.listing.vertical_id)
        kept = present.get((label.listing_id, label.attribute_id))
        fate = "outside" if label.listing.split not in splits else _fate(label, kept)
        counts[fate] += 1
        if fate == "recorded":
            writes.append(label)
    Label.objects.bulk_create(
        writes,
        update_conflicts=True,
        unique_fields=["listing", "attribute"],
        update_fields=[
            *("values", "state", "provenance", "source", "evidence_position", "schema_version", "updated"),
        ],
    )
    LabelRevision.objects.bulk_create(revision_of(label) for label in writes)
    return counts


def _imported(
    given: FolderLabel,
    listings: Mapping[str, Listing],
    questions: Mapping[tuple[int, str], tuple[Attribute, Rules]],
    source: str,
) -> Label:
    listing = listings.get(given.listing)
    if listing is None:
        raise LabelingError(f"listing {given.listing!r} is not in the catalogue: import its folder first")
    if (listing.vertical_id, given.attribute) not in questions:
        raise LabelingError(
            f"listing {given.listing!r}: its vertical has no attribute {given.attribute!r}: "
            "import its folder first"
        )
    attribute, rules = questions[listing.vertical_id, given.attribute]
    state = given.state or ""
    return Label(
        listing=listing,
        attribute=attribute,
        values=rules.checked(listing=given.listing, values=given.values, state=state),
        state=state,
        provenance=Provenance.IMPORT,
        source=source,
        evidence_position=given.evidence_position,
    )


def _fate(label: Label, kept: Label | None) -> str:
    if kept is None:
        return "recorded"
    if not gives_way(kept.provenance, to=label.provenance):
        return "outranked"
    same = all(
        getattr(kept, field) == getattr(label, field)
        for field in ("values", "state", "source", "evidence_position")
    )
    return "unchanged" if same else "recorded"
