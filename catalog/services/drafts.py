"""Writes to drafts of schemas: opened, changed by one editor at a time, brought up to date, published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.errors import CatalogError
from catalog.models import SchemaDraft, SchemaVersion
from catalog.schema.changes import changes_between
from catalog.schema.checks import checked_vertical
from catalog.schema.codes import code_of
from catalog.schema.csvrows import SchemaFile
from catalog.schema.merge import rebased, restored
from catalog.schema.parts import Json, VerticalSpec
from catalog.selectors import drafts as reads
from catalog.selectors.drafts import Working
from catalog.services.schema import schema_save

MOST_LOGGED = 50
"""Editions, and changes of one edition, that a draft's log keeps."""

Change = Callable[[VerticalSpec], VerticalSpec]


class DraftConflict(CatalogError):
    """Somebody else changed the draft first. The message says who and what; nothing is written."""


@dataclass(frozen=True, slots=True)
class DraftImport:
    """What a file did to drafts."""

    drafted: tuple[tuple[str, str], ...]
    """(code, label) of verticals that have a draft now"""
    unchanged: tuple[str, ...]
    """labels of verticals that it says nothing new about"""


@transaction.atomic
def schema_draft_open(*, spec: VerticalSpec, base_number: int, by: User, note: str = "") -> SchemaDraft:
    """Begin a draft of a vertical.

    Raises:
        DraftConflict: when there is one.
        CatalogError: when another vertical is called like it.
    """
    _check_label(spec)
    working = reads.working(spec.code)
    changes = changes_between(working.published if working else None, spec)
    entry = _entry(1, by, [change.said for change in changes])
    draft, created = SchemaDraft.objects.get_or_create(
        code=spec.code,
        defaults={
            "content": spec.to_json(),
            "base_number": base_number,
            "note": note,
            "updated_by": by,
            "log": [entry],
        },
    )
    if not created:
        raise DraftConflict(
            f"vertical {spec.label!r} has a draft by {_name(draft.updated_by)}: publish or discard it first"
        )
    return draft


def vertical_draft_open(*, label: str, by: User) -> SchemaDraft:
    """Begin the draft of a new vertical, without attributes yet.

    Raises:
        CatalogError: when a vertical or draft is called like it.
    """
    code = code_of(label)
    if (taken := reads.names_taken().get(code)) is not None:
        raise CatalogError(_already(taken))
    return schema_draft_open(spec=VerticalSpec(code, label), base_number=0, by=by)


@transaction.atomic
def schema_draft_update(*, code: str, base_number: int, edition: int, change: Change, by: User) -> int:
    """Change what the editor saw, told by base number and edition (0: no draft); returns the new edition.

    A change that changes nothing writes nothing.

    Raises:
        DraftConflict: when the draft, or the schema while there is no draft, is another one by now.
        CatalogError: when there is no such vertical, or as `change` does.
    """
    working = _working(code)
    if (working.base, working.edition) != (base_number, edition):
        raise DraftConflict(_meanwhile(working, edition))
    spec = change(working.spec)
    if spec == working.spec:
        return edition
    if edition == 0:
        return schema_draft_open(spec=spec, base_number=base_number, by=by).edition
    _write(working, spec, by)
    return edition + 1


def schema_draft_discard(*, code: str, edition: int) -> None:
    """Throw the draft away.

    Raises:
        DraftConflict: when it is another edition by now.
    """
    deleted, _ = SchemaDraft.objects.filter(code=code, edition=edition).delete()
    if not deleted:
        raise DraftConflict(_meanwhile(_working(code), edition))


@transaction.atomic
def schema_draft_publish(*, code: str, edition: int, note: str, by: User) -> SchemaVersion | None:
    """Save the draft as the vertical's schema; None where it changes nothing. The draft is gone then.

    Raises:
        DraftConflict: when it is another edition by now, which nobody has reviewed.
        SchemaOutdated: when a version was saved after the one that it changes.
        CatalogError: for a fault of the schema.
    """
    draft = SchemaDraft.objects.select_for_update().filter(code=code, edition=edition).first()
    if draft is None:
        raise DraftConflict(_meanwhile(_working(code), edition))
    spec = VerticalSpec.from_json(draft.content)
    _check_label(spec)
    checked_vertical(spec, where=spec.label)
    version = schema_save(spec=spec, note=note, by=by, base_number=draft.base_number)
    draft.delete()
    return version


@transaction.atomic
def schema_draft_rebase(*, code: str, edition: int, by: User) -> None:
    """Bring the draft up to date with the newest version; where both changed a field, the draft's stays.

    Raises:
        DraftConflict: when it is another edition by now.
    """
    working = _working(code)
    if working.edition != edition:
        raise DraftConflict(_meanwhile(working, edition))
    base = reads.version_spec(code, working.base) or VerticalSpec(code, working.spec.label)
    if working.published is not None:
        spec = rebased(base, working.published, working.spec)
        _write(working, spec, by, base_number=working.newest)


def schema_version_restore(*, code: str, number: int, by: User) -> SchemaDraft:
    """Begin a draft that brings the vertical back to an old version; what came since is retired in it.

    Raises:
        DraftConflict: when there is a draft.
        CatalogError: when there is no such version.
    """
    old = reads.version_spec(code, number)
    now = reads.working(code)
    if old is None or now is None or now.published is None:
        raise CatalogError(f"vertical {code!r} has no version {number}: choose one of its history")
    return schema_draft_open(
        spec=restored(now.published, old),
        base_number=now.newest,
        by=by,
        note=f"Back to version {number}.",
    )


@transaction.atomic
def schema_drafts_import(
    *, file: SchemaFile, by: User, note: str = "", notes: Mapping[str, Sequence[str]] | None = None
) -> DraftImport:
    """Make or change the draft of each vertical that the file changes; `notes` are by the file's codes.

    Raises:
        CatalogError: for a schema that cannot be used once it is merged; nothing is written then.
    """
    drafted, unchanged = [], []
    for given, working, spec in reads.merged_file(file, onto_drafts=True):
        if working is not None and spec == working.spec:
            unchanged.append(spec.label)
            continue
        text = "\n".join([note, *(notes or {}).get(given.code, ())]).strip()
        if working is not None and working.is_draft:
            _write(working, spec, by, note=f"{working.note}\n{text}".strip())
        else:
            schema_draft_open(spec=spec, base_number=working.newest if working else 0, by=by, note=text)
        drafted.append((spec.code, spec.label))
    return DraftImport(tuple(drafted), tuple(unchanged))


def _working(code: str) -> Working:
    working = reads.working(code)
    if working is None:
        raise CatalogError(f"there is no vertical {code!r} any more: go back to the schema")
    return working


def _write(
    working: Working,
    spec: VerticalSpec,
    by: User,
    *,
    base_number: int | None = None,
    note: str | None = None,
) -> None:
    """Replace the draft's content, unless somebody was faster."""
    _check_label(spec)
    changes = changes_between(working.spec, spec)
    entry = _entry(working.edition + 1, by, [change.said for change in changes])
    log = [*reversed(working.log), entry][-MOST_LOGGED:]
    written = SchemaDraft.objects.filter(code=working.spec.code, edition=working.edition).update(
        content=spec.to_json(),
        edition=working.edition + 1,
        base_number=working.base if base_number is None else base_number,
        note=working.note if note is None else note,
        log=log,
        updated_by=by,
        updated=timezone.now(),
    )
    if not written:
        raise DraftConflict(_meanwhile(_working(working.spec.code), working.edition))


def _check_label(spec: VerticalSpec) -> None:
    """No other vertical is called like it: rounds and files know verticals by their names."""
    name = code_of(spec.label)
    for code, label in reads.names_taken().items():
        if code != spec.code and code_of(label) == name:
            raise CatalogError(_already(label))


def _already(label: str) -> str:
    return f"there is a vertical called {label!r} already: open it, or give another name"


def _entry(edition: int, by: User, changes: Sequence[str]) -> Json:
    return {
        "edition": edition,
        "by": by.username,
        "at": timezone.now().isoformat(timespec="seconds"),
        "changes": list(changes[:MOST_LOGGED]),
    }


def _meanwhile(working: Working, edition: int) -> str:
    """What happened after this edition, for whoever comes too late."""
    if not working.is_draft:
        return (
            f"The draft of {working.spec.label} was published or discarded meanwhile"
            if edition
            else f"Version {working.newest} of {working.spec.label} was saved meanwhile"
        )
    since = [entry for entry in working.log if entry["edition"] > edition]
    people = sorted({entry["by"] for entry in since}) or [working.updated_by or "Somebody"]
    changes = [said for entry in reversed(since) for said in entry["changes"]]
    return f"{' and '.join(people)} changed this draft meanwhile: {'; '.join(changes) or 'see its changes'}"


def _name(user: User | None) -> str:
    return user.username if user else "somebody"
