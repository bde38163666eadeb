"""Writes of answers that come in bulk: with an import, or in a file.

A batch is one transaction, the whole is not: a million answers in one would hold back everybody else who
writes. Whatever stops it half way, the same call again goes on, for what is recorded is then unchanged.
"""

from collections.abc import Collection, Iterable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from catalog.models import Import, Listing, Vertical
from catalog.splits import Split
from labeling import jsonarray, labelfile, labelstudio
from labeling.answers import Given
from labeling.errors import LabelingError
from labeling.importing import Asked, LabelImport, batch_record
from labeling.models import KEY_LENGTH

BATCH = 1000
"""Answers of a transaction."""
PAGE = 500
"""Listings that are read at a time."""
TAUGHT = (Split.SEED, Split.GOLD)


def labels_record_claims(
    *,
    source: str,
    splits: Collection[Split] = TAUGHT,
    import_id: int | None = None,
    vertical: str | None = None,
    by: User | None = None,
) -> LabelImport:
    """Record the answers that listings of these splits came with, of one import or vertical or of all.

    What a person answered stays. Answers that the schema does not allow (any more) are counted and named in
    the result, and the others are recorded.

    Raises:
        LabelingError: where there is no such import or vertical.
    """
    listings = _with_claims(import_id, vertical)
    answers = _claims(listings.filter(split__in=splits))
    result = labels_record(answers=answers, source=source, by=by)
    result.outside = listings.exclude(split__in=splits).count()
    return result


def labels_record(
    *, answers: Iterable[Given | LabelingError], source: str, by: User | None = None
) -> LabelImport:
    """Record answers of a file as labels, whatever the listing's split; of two to a question the later holds.

    What a person answered stays. What cannot be recorded, and every error among the answers, is counted and
    named in the result.
    """
    result, asked = LabelImport(), Asked.now()
    stream = iter(answers)
    while batch := list(islice(stream, BATCH)):
        for problem in batch:
            if isinstance(problem, LabelingError):
                result.refuse(problem)
        given = [answer for answer in batch if isinstance(answer, Given)]
        batch_record(given, asked=asked, source=source[:KEY_LENGTH], by=by, result=result)
    return result


def labels_record_file(
    *,
    file: BinaryIO,
    name: str,
    key: str = labelstudio.KEY,
    source: str = "",
    by: User | None = None,
) -> LabelImport:
    """Record the labels of a file: a .json of Label Studio, or a .csv or .jsonl export of labels.

    `key` is where a task of Label Studio holds the listing's id. The source is the file's name unless given.

    Raises:
        LabelingError: for any other file. What stands before the fault is recorded.
    """
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return labels_record(answers=_file_answers(text, name, key), source=source or name, by=by)
    except UnicodeDecodeError as error:
        raise LabelingError(
            f"{name}: not in UTF-8 ({error.reason}): give the file as it was exported"
        ) from error
    finally:
        text.detach()  # Whoever opened the file closes it.


def _file_answers(text: TextIOWrapper, name: str, key: str) -> Iterator[Given | LabelingError]:
    match PurePath(name).suffix.lower():
        case ".json":
            attributes = {attribute for _, attribute in Asked.now().questions}
            tasks = jsonarray.objects(text, where=name)
            return labelstudio.read_answers(tasks, key=key, attributes=attributes)
        case ".csv":
            return labelfile.read_csv(text, where=name)
        case ".jsonl":
            return labelfile.read_jsonl(text, where=name)
    raise LabelingError(
        f"{name}: no labels can be read from it: give a .json that Label Studio exported, "
        "or an export of labels as .csv or .jsonl"
    )


def _with_claims(import_id: int | None, vertical: str | None) -> QuerySet[Listing]:
    """Listings in use that came with answers."""
    listings = Listing.objects.filter(~Q(claims={}), retired=False)
    if import_id is not None:
        if not Import.objects.filter(pk=import_id).exists():
            raise LabelingError(f"there is no import {import_id}: give the number of one on the imports page")
        listings = listings.filter(last_import=import_id)
    if vertical is not None:
        if not Vertical.objects.filter(code=vertical).exists():
            codes = ", ".join(Vertical.objects.values_list("code", flat=True))
            raise LabelingError(f"there is no vertical {vertical!r}: use one of {codes or 'none yet'}")
        listings = listings.filter(vertical__code=vertical)
    return listings


def _claims(listings: QuerySet[Listing]) -> Iterator[Given]:
    """Every answer that the listings came with, page by page: a cursor would hold back what is written."""
    rows = listings.order_by("pk").values_list("pk", "external_id", "claims")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        for _, external_id, claims in page:
            for attribute, claim in claims.items():
                yield Given(
                    where=f"listing {external_id!r}, attribute {attribute!r}",
                    listing=external_id,
                    attribute=attribute,
                    values=(claim["state"],) if claim["state"] else tuple(claim["values"]),
                    evidence_position=claim["evidence"],
                )
        last = page[-1][0]
