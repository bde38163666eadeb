"""The large database as a whole."""

from datetime import datetime

from django.contrib.auth.models import Group, User
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import (
    Attribute,
    Image,
    Import,
    Listing,
    Photo,
    SchemaVersion,
    Status,
    Vertical,
)
from catalog.models.imports import Stage
from labeling.models import Annotation, Label, Task, Turn
from training.browse_benchmark.data import IMPORTS, Tell, schema_generate
from training.health.weeks import begin_of, week_of
from training.models import GoldAnswer, ModelVersion, Prediction, Round
from training.scale import rounds, rows
from training.scale.figures import figures_make
from training.scale.loading import filling, keys_go_on, load
from training.scale.loop import loop_make
from training.scale.people import people_make
from training.scale.sizes import ATTRIBUTES, PEOPLE, Sizes
from training.scale.weeks import weeks_make

KEYED = (User, Import, Vertical, Attribute, SchemaVersion, Round, ModelVersion, Listing, Photo, Task)
"""Their rows come with their keys."""
LARGE = (Listing, Photo, Image, Label, Task, Turn, Annotation, Prediction, GoldAnswer)


def is_empty(*, using: str) -> bool:
    """Whether the database has no listing and nobody signed up."""
    return not (Listing.objects.using(using).exists() or User.objects.using(using).exists())


def newest_end(now: datetime) -> datetime:
    """When the newest listing came: the beginning of this week, so that a week's databases are the same."""
    return begin_of(week_of(now))


def scale_fill(sizes: Sizes, *, using: str, tell: Tell) -> dict[str, int]:
    """Fill an empty database; returns {table: rows} of the large ones."""
    tell("schema, people, rounds, weeks")
    schema_generate(using=using, attributes=ATTRIBUTES)
    _people(using)
    _imports(using)
    rounds.rounds_make(sizes, using=using)
    figures_make(sizes, using=using)
    champion, challenger = rounds.version_keys(sizes)
    loop_make(sizes, using=using)
    weeks_make(sizes, champion, using=using)
    people_make(sizes, using=using)
    made = {
        Listing: (rows.LISTING, rows.listings(sizes, IMPORTS)),
        Photo: (rows.PHOTO, rows.photos(sizes)),
        Image: (rows.IMAGE, rows.images(sizes)),
        Label: (rows.LABEL, rows.labels(sizes)),
        Task: (rows.TASK, rows.tasks(sizes)),
        Turn: (rows.TURN, rows.turns(sizes)),
        Annotation: (rows.ANNOTATION, rows.annotations(sizes)),
        Prediction: (rows.PREDICTION, rows.predictions(sizes, (champion, challenger))),
        GoldAnswer: (rounds.GOLD_ANSWER, rounds.gold_answers(sizes)),
    }
    with filling(LARGE, using=using, tell=tell):
        tables = {
            model._meta.db_table: load(model, fields, drawn, using=using, tell=tell)
            for model, (fields, drawn) in made.items()
        }
    keys_go_on(KEYED, using=using)
    return tables


def _people(using: str) -> None:
    group, _ = Group.objects.using(using).get_or_create(name=Role.ANNOTATOR.value)
    for number in range(PEOPLE):
        person = User.objects.using(using).create(pk=number + 1, username=f"annotator-{number}", password="!")
        person.groups.add(group)


def _imports(using: str) -> None:
    now = timezone.now()
    for number in range(1, IMPORTS + 1):
        name = f"import {number}.csv"
        Import.objects.using(using).create(
            pk=number,
            name=name,
            path=name,
            stage=Stage.SETTLE,
            settled=True,
            status=Status.DONE,
            started=now,
            heartbeat=now,
            finished=now,
        )
