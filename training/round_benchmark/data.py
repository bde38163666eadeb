"""A catalogue to learn from, made by PostgreSQL itself: twelve verticals of five attributes, mostly pool."""

import hashlib
from collections.abc import Callable
from io import BytesIO

from django.db import connection
from PIL import Image as Pillow

from catalog.imaging.storage import media_write
from catalog.models import Attribute, Photo, Value, Vertical
from catalog.models.schema import SchemaVersion
from catalog.schema.spec import AttributeSpec, ValueSpec, VerticalSpec
from training.browse_benchmark.data import bare
from training.round_benchmark import sql

VERTICALS, ATTRIBUTES, VALUES = 12, 5, 10
SEED, GOLD, PHOTOS = 12 * 10, 12 * 50, 600
"""Listings of the two splits, and photos that all listings share."""
LARGE = ("catalog_listing", "catalog_image")
"""The tables that are filled without their indexes and foreign keys, which are made again afterwards."""

Tell = Callable[[str], object]


def catalogue_generate(*, questions: int, tell: Tell) -> int:
    """Fill the empty database and media folder; returns the listings of the pool, five questions each."""
    pool = questions // ATTRIBUTES
    _schema()
    _photos()
    sizes = {
        **{"listings": SEED + GOLD + pool, "seed": SEED, "gold": GOLD, "photos": PHOTOS},
        **{"verticals": VERTICALS, "attributes": ATTRIBUTES, "values": VALUES},
    }
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        with bare(cursor, LARGE, tell):
            for name, statement in sql.STEPS.items():
                tell(name)
                cursor.execute(statement, sizes)
        tell("statistics")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
        cursor.execute("SET synchronous_commit = on")
    return pool


def _schema() -> None:
    values = tuple(ValueSpec(f"value-{one}", f"Value {one}") for one in range(1, VALUES + 1))
    codes = [f"attribute-{place}" for place in range(1, ATTRIBUTES + 1)]
    for number in range(1, VERTICALS + 1):
        attributes = tuple(AttributeSpec(code, code, values=values) for code in codes)
        spec = VerticalSpec(f"vertical-{number}", f"Vertical {number}", attributes)
        vertical = Vertical.objects.create(pk=number, code=spec.code, label=spec.label, position=number)
        SchemaVersion.objects.create(pk=number, vertical=vertical, number=1, content=spec.to_json())
        for place, code in enumerate(codes, 1):
            pk = (number - 1) * ATTRIBUTES + place
            attribute = Attribute.objects.create(
                pk=pk, vertical=vertical, code=code, label=f"Attribute {place}", position=place
            )
            Value.objects.bulk_create(
                Value(attribute=attribute, code=value.code, label=value.label, position=position)
                for position, value in enumerate(values, 1)
            )


def _photos() -> None:
    photos = []
    for number in range(1, PHOTOS + 1):
        file = BytesIO()
        Pillow.new("RGB", (16, 16), (number % 256, number // 256, 128)).save(file, "PNG")
        content = file.getvalue()
        name = f"benchmark/{number:04d}.png"
        media_write(name, content)
        sha256 = hashlib.sha256(content).hexdigest()
        size = {"bytes": len(content), "width": 16, "height": 16}
        photos.append(Photo(pk=number, sha256=sha256, file=name, **size))
    Photo.objects.bulk_create(photos)
