"""Writes to many listings at once: each app does its own part; here it is done, or only tried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from attrx_web.auditlog.actions import Action as Logged
from catalog.models import Listing
from catalog.services.splits import Refusal, listings_move, listings_record, listings_restore, listings_retire
from catalog.splits import Split
from labeling.models import Purpose
from labeling.services.tasks import tasks_open, turns_restore, turns_withdraw


class Action(StrEnum):
    """What can be done to many listings."""

    MOVE_GOLD = "move-gold"
    MOVE_SEED = "move-seed"
    MOVE_POOL = "move-pool"
    LABEL_SEED = "label-seed"
    LABEL_GOLD = "label-gold"
    LABEL_REVIEW = "label-review"
    LABEL_AUDIT = "label-audit"
    RETIRE = "retire"
    RESTORE = "restore"

    @property
    def kind(self) -> str:
        """move, label, retire or restore."""
        return self.value.partition("-")[0]

    @property
    def target(self) -> str:
        """The split to move to, the purpose to label for, or nothing."""
        return self.value.partition("-")[2]


class Chosen(NamedTuple):
    """A listing that something is to be done to."""

    pk: int
    external_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action does to the listings that were chosen."""

    changed: int
    along: int
    """others that change because they are of the same group"""
    unchanged: int
    """those that were as wanted before"""
    refused: tuple[Refusal, ...]


@transaction.atomic
def listings_act(*, action: Action, chosen: Sequence[Chosen], by: User, priority: int = 0) -> Outcome:
    """Do this to the chosen listings; `priority` is that of tasks, where the action opens them."""
    external_ids = [one.external_id for one in chosen]
    match action.kind:
        case "move":
            return _move(external_ids, Split(action.target), by)
        case "label":
            return _label(chosen, Purpose(action.target), priority, by)
        case "retire":
            turns_withdraw(listing_ids=[one.pk for one in chosen])
            changed = listings_retire(external_ids=external_ids, by=by)
        case _:
            changed = listings_restore(external_ids=external_ids, by=by)
            turns_restore(listing_ids=[one.pk for one in chosen])
    return Outcome(changed, 0, len(chosen) - changed, ())


@transaction.atomic
def listings_act_outcome(*, action: Action, chosen: Sequence[Chosen], by: User) -> Outcome:
    """What listings_act would do now: it is done and taken back."""
    outcome = listings_act(action=action, chosen=chosen, by=by)
    transaction.set_rollback(True)
    return outcome


def _move(external_ids: Sequence[str], split: Split, by: User) -> Outcome:
    chosen = Listing.objects.filter(external_id__any_of=list(external_ids))
    elsewhere = set(chosen.exclude(split=split).values_list("external_id", flat=True))
    move = listings_move(external_ids=external_ids, split=split, by=by)
    refused = {refusal.external_id for refusal in move.refused}
    changed = len(elsewhere - refused)
    unchanged = len(external_ids) - changed - len(refused)
    return Outcome(changed, move.listings - changed, unchanged, move.refused)


def _label(chosen: Sequence[Chosen], purpose: Purpose, priority: int, by: User) -> Outcome:
    ids = [one.pk for one in chosen]
    retired = Listing.objects.filter(pk__any_of=ids, retired=True).values_list("external_id", flat=True)
    refused = tuple(Refusal(external_id, "it is retired: restore it first") for external_id in retired)
    opened = tasks_open(listing_ids=ids, purpose=purpose, priority=priority)
    if opened:
        names, after = [one.external_id for one in chosen], {"purpose": purpose.value, "tasks": opened}
        listings_record(Logged.TASKS_OPENED, external_ids=names, by=by, after=after)
    return Outcome(opened, 0, len(chosen) - opened - len(refused), refused)
