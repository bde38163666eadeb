"""Where people found no value that fits."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Annotation, Comment
from labeling.selectors.missing import values_missing
from tests.factories import (
    AnnotationFactory,
    AttributeFactory,
    ListingFactory,
    UserFactory,
    VerticalFactory,
)

pytestmark = pytest.mark.django_db


def test_unknown_answers_and_flags_count_by_listing_and_time() -> None:
    vertical = VerticalFactory.create()
    color, shape = (AttributeFactory.create(vertical=vertical, code=code) for code in ("color", "shape"))
    first, second, third = ListingFactory.create_batch(3, vertical=vertical)
    since = timezone.now() - timedelta(days=1)
    unknown = {"values": [], "state": "unknown"}
    for _ in range(2):
        AnnotationFactory.create(listing=first, attribute=color, **unknown)
    AnnotationFactory.create(listing=second, attribute=color)
    AnnotationFactory.create(listing=second, attribute=shape, values=[], state="not_visible")
    flag = {"author": UserFactory.create(), "text": "teal is missing", "is_flag": True}
    Comment.objects.create(listing=first, attribute=color, **flag)
    Comment.objects.create(listing=third, attribute=color, **flag)
    Comment.objects.create(listing=third, **flag)
    Comment.objects.create(listing=third, attribute=shape, **flag | {"is_flag": False})
    AnnotationFactory.create(**unknown)
    withdrawn = AnnotationFactory.create(listing=third, attribute=shape, **unknown)
    Annotation.objects.filter(pk=withdrawn.pk).update(withdrawn=timezone.now())
    span: dict[str, Any] = {
        "vertical_id": vertical.pk,
        "since": since,
        "until": timezone.now() + timedelta(minutes=1),
    }
    assert values_missing(**span) == {"color": (2, 2), "shape": (0, 1)}
    assert values_missing(**span | {"until": since}) == {}
