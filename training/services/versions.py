"""Writes to model versions and to the aliases that point at them. Every change of an alias has its line."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from training.golds import gate_outcome
from training.ml.errors import DataError
from training.models import Alias, AliasChange, AliasName, ChangeKind, GateCheck, ModelVersion
from training.selectors.versions import previous_champion_id

OVERTAKEN = "another version has become champion meanwhile: look at the comparison with it first"


LOGGED_AS = {
    ChangeKind.BEGAN: Action.VERSION_CHAMPION,
    ChangeKind.OFFERED: Action.VERSION_OFFERED,
    ChangeKind.PROMOTED: Action.VERSION_PROMOTED,
    ChangeKind.OVERRIDDEN: Action.VERSION_OVERRIDDEN,
    ChangeKind.ROLLED_BACK: Action.VERSION_ROLLED_BACK,
}
"""What the audit log calls a change of an alias; one that is cleared went with another."""


class GateRefused(DataError):
    """The promotion gate does not pass, and nobody gave a reason to promote all the same."""

    def __init__(self, check: GateCheck) -> None:
        reasons = " ".join(reason["text"] for reason in check.outcome["reasons"])
        super().__init__(f"{check.version} was not promoted: {reasons}")
        self.check = check


def version_record(
    *,
    round_id: int,
    iteration: int,
    base_model: str,
    adapter: Path,
    manifest: dict[str, Any],
    start: str = "",
) -> ModelVersion:
    """Keep the adapter in this folder of the artifacts as the version of the iteration, once or again.

    Args:
        start: the folder in the artifacts of the adapter that the round's first one goes on from, if any.
    """
    before = ModelVersion.objects.filter(round_id=round_id, iteration=iteration - 1)
    if not iteration:
        before = ModelVersion.objects.filter(adapter_path=start)
    version, _ = ModelVersion.objects.update_or_create(
        round_id=round_id,
        iteration=iteration,
        defaults={
            "base_model": base_model,
            "adapter_path": str(adapter.relative_to(Path(settings.ATTRX_ARTIFACTS_DIR))),
            "manifest": manifest,
            "size": sum(file.stat().st_size for file in adapter.rglob("*") if file.is_file()),
            "parent_id": before.values_list("pk", flat=True).first(),
        },
    )
    return version


@transaction.atomic
def version_offer(*, version_id: int) -> None:
    """Make the version the challenger, with the gate's word on it; the first ever becomes the champion."""
    champion_id = _holder(AliasName.CHAMPION)
    if champion_id is None:
        _point(AliasName.CHAMPION, ChangeKind.BEGAN, version_id)
    elif version_id not in (champion_id, _holder(AliasName.CHALLENGER)):
        check = version_check(version_id=version_id)
        _point(AliasName.CHALLENGER, ChangeKind.OFFERED, version_id, gate_check=check)


def version_check(*, version_id: int) -> GateCheck:
    """Compare the version with the champion on gold and keep what was found.

    Raises:
        DataError: when it is the champion itself, or there is none.
    """
    version = _version(version_id)
    champion_id = _holder(AliasName.CHAMPION)
    if champion_id is None:
        raise DataError("there is no champion to compare with: the first round that ends makes one")
    if champion_id == version.pk:
        raise DataError(f"{version} is the champion: it cannot be compared with itself")
    champion = _version(champion_id)
    outcome = gate_outcome(version, champion)
    return GateCheck.objects.create(
        version=version, champion=champion, passed=outcome.passed, outcome=outcome.to_json()
    )


def version_promote(
    *, version_id: int, champion_id: int, by: User, reason: str = "", override: bool = False
) -> AliasChange:
    """Make the version the champion after `champion_id`, if the gate passes or is overridden with a reason.

    Raises:
        GateRefused: when it does not pass and is not overridden; what it found is kept.
        DataError: when another version has become champion, or this one's files are removed.
    """
    reason = reason.strip()
    check = version_check(version_id=version_id)
    if check.champion_id != champion_id:
        raise DataError(OVERTAKEN)
    if not check.passed and not override:
        raise GateRefused(check)
    if not check.passed and not reason:
        raise DataError(f"{check.version} does not pass the gate: say why it is promoted all the same")
    kind = ChangeKind.PROMOTED if check.passed else ChangeKind.OVERRIDDEN
    with transaction.atomic():
        change = _champion_move(kind, version_id, champion_id, by=by, reason=reason, gate_check=check)
        if _holder(AliasName.CHALLENGER) == version_id:
            _clear(AliasName.CHALLENGER, by=by)
    return change


def version_rollback(*, champion_id: int, by: User, reason: str = "") -> AliasChange:
    """Make the version the champion again that `champion_id` followed.

    Raises:
        DataError: when there was none, another version has become champion, or its files are removed.
    """
    with transaction.atomic():
        previous = previous_champion_id()
        if previous is None:
            raise DataError("no champion came before this one: there is nothing to roll back to")
        change = _champion_move(
            ChangeKind.ROLLED_BACK, previous, champion_id, by=by, reason=reason.strip(), gate_check=None
        )
        if _holder(AliasName.CHALLENGER) == previous:
            _clear(AliasName.CHALLENGER, by=by)
    return change


def _champion_move(
    kind: ChangeKind,
    version_id: int,
    champion_id: int,
    *,
    by: User,
    reason: str,
    gate_check: GateCheck | None,
) -> AliasChange:
    # The row stays locked, so that no clean-up takes the files away meanwhile.
    version = ModelVersion.objects.select_for_update().get(pk=version_id)
    if version.files_removed:
        raise DataError(
            f"the files of {version} were removed on {version.files_removed:%-d %B %Y}: "
            "start a round again with its manifest, or choose another version"
        )
    moved = Alias.objects.filter(name=AliasName.CHAMPION, version_id=champion_id)
    if not moved.exclude(version_id=version_id).update(version_id=version_id, updated=timezone.now()):
        raise DataError(OVERTAKEN)
    change = AliasChange.objects.create(
        alias=AliasName.CHAMPION,
        kind=kind,
        from_version_id=champion_id,
        to_version_id=version_id,
        by=by,
        reason=reason,
        gate_check=gate_check,
    )
    _record(change)
    return change


def _point(
    name: AliasName, kind: ChangeKind, version_id: int, *, gate_check: GateCheck | None = None
) -> None:
    before = _holder(name)
    Alias.objects.update_or_create(name=name, defaults={"version_id": version_id})
    change = AliasChange.objects.create(
        alias=name, kind=kind, from_version_id=before, to_version_id=version_id, gate_check=gate_check
    )
    _record(change)


def _record(change: AliasChange) -> None:
    event_record(
        LOGGED_AS[ChangeKind(change.kind)],
        kind=Kind.VERSION,
        key=change.to_version_id,
        name=f"version {change.to_version_id}",
        by=change.by,
        before={change.alias: change.from_version_id},
        after={change.alias: change.to_version_id},
        reason=change.reason,
    )


def _clear(name: AliasName, *, by: User) -> None:
    before = _holder(name)
    Alias.objects.filter(name=name).delete()
    AliasChange.objects.create(alias=name, kind=ChangeKind.CLEARED, from_version_id=before, by=by)


def _holder(name: AliasName) -> int | None:
    return Alias.objects.filter(name=name).values_list("version_id", flat=True).first()


def _version(version_id: int) -> ModelVersion:
    return ModelVersion.objects.select_related("round").defer("round__inputs").get(pk=version_id)
