"""A row for each act. It names people and things by text and key, without foreign keys: it outlives them."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind

ACTION_LENGTH = 40
KEY_LENGTH = 200
NAME_LENGTH = 300
CLIENT_LENGTH = 300
REQUEST_LENGTH = 64
PERSON_LENGTH = 150
"""As of a username."""


class Via(models.TextChoices):
    """Through what something was done."""

    BROWSER = "browser", "browser"
    TOKEN = "token", "token"
    COMMAND = "command", "command"
    WORKER = "worker", "worker"


class AppendOnly(Exception):
    """What the audit log holds stays as it is."""

    def __init__(self) -> None:
        super().__init__("the audit log is append-only: its entries are neither changed nor deleted")


def _refuse(*args: object, **kwargs: object) -> NoReturn:
    raise AppendOnly


class EventQuerySet(models.QuerySet["Event"]):
    """Entries that can be added and read."""

    update = delete = bulk_update = update_or_create = _raw_delete = _update = _refuse
    aupdate = adelete = abulk_update = aupdate_or_create = _refuse

    def bulk_create(self, objs: Iterable["Event"], *args: Any, **kwargs: Any) -> "list[Event]":
        """Add several; those that are there stay as they are."""
        if kwargs.get("update_conflicts"):
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)


class Event(models.Model):
    """Somebody did something, once; written in the transaction of the act itself.

    Its texts have no choices: a new action is no migration, which on SQLite would make the table anew.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=ACTION_LENGTH, help_text="An Action.")
    person_key = models.BigIntegerField(null=True, help_text="Of the user; none: nobody had signed in.")
    person = models.CharField(max_length=PERSON_LENGTH, blank=True, help_text="The user's name at that time.")
    via = models.CharField(max_length=10)
    address = models.GenericIPAddressField(null=True)
    client = models.CharField(
        max_length=CLIENT_LENGTH, blank=True, help_text="Browser, token, command, task."
    )
    request_id = models.CharField(max_length=REQUEST_LENGTH, blank=True, help_text="As in the site's log.")
    object_kind = models.CharField(max_length=20, help_text="A Kind.")
    object_key = models.CharField(max_length=KEY_LENGTH, blank=True, help_text="As in its page's address.")
    object_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    before = models.JSONField(null=True, help_text="{what: how it was}, of what was changed.")
    after = models.JSONField(null=True, help_text="{what: how it is since}.")
    reason = models.TextField(blank=True, help_text="In the person's words.")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        base_manager_name = "objects"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(action=""), name="auditlog_event_action_given"),
            models.CheckConstraint(condition=Q(via__in=Via.values), name="auditlog_event_via_known"),
            models.CheckConstraint(condition=~Q(object_kind=""), name="auditlog_event_object_given"),
        ]
        # Of each thing that people look for, newest first: (thing, at, id) is read backwards.
        indexes = [
            models.Index(fields=["at", "id"], name="auditlog_event_by_time"),
            models.Index(fields=["action", "at", "id"], name="auditlog_event_by_action"),
            models.Index(fields=["person", "at", "id"], name="auditlog_event_by_person"),
            models.Index(fields=["address", "at", "id"], name="auditlog_event_by_address"),
            models.Index(fields=["object_kind", "object_key", "at", "id"], name="auditlog_event_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.client} {self.action_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it.

        Raises:
            AppendOnly: when it is there already.
        """
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **(kwargs | {"force_insert": True}))

    delete = adelete = _refuse

    @property
    def action_label(self) -> str:
        """The act in words; its name, where a newer release wrote it."""
        return str(Action(self.action).label) if self.action in Action.values else self.action

    @property
    def kind_label(self) -> str:
        """What was acted on, in words."""
        return str(Kind(self.object_kind).label) if self.object_kind in Kind.values else self.object_kind
