"""Rows for tests, each with as little as its model allows."""

# factory_boy's declarations have no types of their own.
# mypy: allow-untyped-calls, allow-untyped-decorators

import hashlib
import io
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation
from PIL import Image as Pillow

from attrx_web.accounts import user_ensure
from attrx_web.roles import Role
from catalog.models import Attribute, Image, Import, Listing, Photo, Value, Vertical
from catalog.splits import Split
from labeling.chains import leading_kept
from labeling.models import Annotation, Label, Provenance, Purpose, Suggestion, Task

PASSWORD = "correct horse battery"


def photo_bytes(color: tuple[int, int, int] = (200, 30, 40), size: tuple[int, int] = (8, 6)) -> bytes:
    """A PNG of one colour, width x height pixels."""
    target = io.BytesIO()
    Pillow.new("RGB", size, color).save(target, "PNG")
    return target.getvalue()


def user_with(role: Role, username: str = "") -> User:
    """A user of this role, called like it unless told, whose password is PASSWORD."""
    return user_ensure(username=username or role.value, password=PASSWORD, role=role)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = Sequence(lambda n: f"user-{n}")


class VerticalFactory(DjangoModelFactory[Vertical]):
    class Meta:
        model = Vertical

    code = Sequence(lambda n: f"vertical-{n}")
    label = SelfAttribute("code")


class AttributeFactory(DjangoModelFactory[Attribute]):
    """An attribute with the values red and blue; `values=[...]` gives others, by label."""

    class Meta:
        model = Attribute
        skip_postgeneration_save = True

    vertical = SubFactory(VerticalFactory)
    code = Sequence(lambda n: f"attribute-{n}")
    label = SelfAttribute("code")

    @post_generation
    def values(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for position, label in enumerate(["red", "blue"] if extracted is None else extracted, 1):
            ValueFactory.create(attribute=self, code=label, label=label, position=position)


class ValueFactory(DjangoModelFactory[Value]):
    class Meta:
        model = Value

    attribute = SubFactory(AttributeFactory, values=[])
    code = Sequence(lambda n: f"value-{n}")
    label = SelfAttribute("code")


class ImportFactory(DjangoModelFactory[Import]):
    """An import that is still to be started."""

    class Meta:
        model = Import

    name = Sequence(lambda n: f"import-{n}.csv")
    path = SelfAttribute("name")


class ListingFactory(DjangoModelFactory[Listing]):
    class Meta:
        model = Listing

    vertical = SubFactory(VerticalFactory)
    external_id = Sequence(lambda n: f"listing-{n}")
    group_key = SelfAttribute("external_id")
    split = Split.POOL.value


class PhotoFactory(DjangoModelFactory[Photo]):
    """A photo whose file lies in the media storage; `color=(r, g, b)` makes another one."""

    class Meta:
        model = Photo
        django_get_or_create = ["sha256"]

    class Params:
        color = (200, 30, 40)

    width = 8
    height = 6
    file = LazyAttribute(lambda photo: ContentFile(photo_bytes(photo.color), name="photo.png"))
    sha256 = LazyAttribute(lambda photo: hashlib.sha256(photo_bytes(photo.color)).hexdigest())
    bytes = LazyAttribute(lambda photo: len(photo_bytes(photo.color)))


class ImageFactory(DjangoModelFactory[Image]):
    """A photo in its place in a listing."""

    class Meta:
        model = Image

    listing = SubFactory(ListingFactory)
    position = 1
    photo = SubFactory(PhotoFactory)


class QuestionFactory(DjangoModelFactory[Any]):
    """Whatever is about one question: the attribute is of the listing's vertical."""

    class Meta:
        abstract = True

    listing = SubFactory(ListingFactory)
    attribute = SubFactory(AttributeFactory, vertical=SelfAttribute("..listing.vertical"))


class TaskFactory(DjangoModelFactory[Task]):
    class Meta:
        model = Task

    listing = SubFactory(ListingFactory)
    purpose = Purpose.SEED


class SuggestionFactory(QuestionFactory):
    class Meta:
        model = Suggestion

    source = "a test"
    shares = LazyFunction(lambda: {"red": 0.75, "blue": 0.25})
    leading = LazyAttribute(lambda suggestion: leading_kept(suggestion.shares))


class AnnotationFactory(QuestionFactory):
    class Meta:
        model = Annotation

    annotator = SubFactory(UserFactory)
    values = LazyFunction(lambda: ["red"])
    idempotency_key = Sequence(lambda n: f"key-{n}")


class LabelFactory(QuestionFactory):
    class Meta:
        model = Label

    values = LazyFunction(lambda: ["red"])
    provenance = Provenance.IMPORT
