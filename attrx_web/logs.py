"""What the site writes to its log: one form for people, one for machines, and a secret in neither."""

import json
import logging
from typing import Any

from celery import current_task
from django_guid import get_guid
from pythonjsonlogger.json import JsonFormatter

from attrx_web.env.operations import Operations

MASK = "[secret]"
LINE = "%(asctime)s %(levelname)s %(name)s%(where)s: %(message)s"
OWN_FIELDS = ("request", "where")
"""Of a record: Django's request prints its address, and `where` says in words what other fields say."""


def logging_config(operations: Operations) -> dict[str, Any]:
    """The configuration for `logging`, for Django and for the web server alike."""
    form = {"()": JsonLines if operations.log == "json" else Lines, "secrets": operations.secrets}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "context": {"()": Context},
            # By name: it may be loaded before there are apps, and it is training's.
            "round": {"()": "training.logcontext.RoundId"},
        },
        "formatters": {"own": form},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "own",
                "filters": ["round", "context"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # At INFO it writes a line for each request to a teacher.
            "httpx2": {"level": "WARNING"},
            # At INFO it tells of each id that it passes on.
            "django_guid": {"level": "WARNING"},
        },
    }


class Context(logging.Filter):
    """Lets everything pass, and writes on it for which request and in which task it was said."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add request_id, task and task_id where there are such, and `where`, the same in words."""
        if guid := get_guid():
            record.request_id = guid
        if current_task and current_task.request.id:
            record.task, record.task_id = current_task.name, current_task.request.id
        names = {"round": "round_id", "request": "request_id"}
        said = [f"{word} {getattr(record, name)}" for word, name in names.items() if hasattr(record, name)]
        record.where = f" [{', '.join(said)}]" if said else ""
        return True


class Lines(logging.Formatter):
    """A line for people."""

    def __init__(self, *, secrets: tuple[str, ...]) -> None:
        super().__init__(LINE)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback where there is one."""
        if not hasattr(record, "where"):
            record.where = ""
        return _masked(super().format(record), self._secrets)


class JsonLines(JsonFormatter):
    """An object for machines: time (UTC), level, logger, message, and whatever else the record has."""

    def __init__(self, *, secrets: tuple[str, ...]) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*_reserved(), *OWN_FIELDS],
            timestamp="time",
        )
        # What a string looks like inside JSON, where it differs.
        self._secrets = tuple({form: None for one in secrets for form in (one, json.dumps(one)[1:-1])})

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return _masked(super().format(record), self._secrets)


def _reserved() -> list[str]:
    return [*vars(logging.makeLogRecord({})), "message", "asctime"]


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
