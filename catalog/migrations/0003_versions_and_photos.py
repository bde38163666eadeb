"""What was there before gets its first schema version, and one photo for all its images of the same file."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import migrations

BATCH = 500


def schema_versions_make(apps: Any, schema_editor: Any) -> None:
    Vertical = apps.get_model("catalog", "Vertical")
    SchemaVersion = apps.get_model("catalog", "SchemaVersion")
    for vertical in Vertical.objects.all():
        SchemaVersion.objects.get_or_create(
            vertical=vertical,
            number=1,
            defaults={
                "content": {
                    "code": vertical.code,
                    "label": vertical.label,
                    "attributes": [
                        _attribute(one) for one in vertical.attributes.order_by("position", "code")
                    ],
                },
                "note": "As it was when versions began to be kept.",
            },
        )


def _attribute(attribute: Any) -> dict[str, Any]:
    names = (
        "code",
        "label",
        "description",
        "guideline",
        "examples",
        "multi",
        "required",
        "weight",
        "retired",
    )
    values = attribute.values.order_by("position", "code").values("code", "label", "synonyms", "retired")
    return {name: getattr(attribute, name) for name in names} | {"values": list(values)}


def photos_make(apps: Any, schema_editor: Any) -> None:
    Image = apps.get_model("catalog", "Image")
    Photo = apps.get_model("catalog", "Photo")
    photos: dict[str, Any] = {}
    for image in Image.objects.filter(photo=None).order_by("pk").iterator(chunk_size=BATCH):
        if image.sha256 not in photos:
            photos[image.sha256], _ = Photo.objects.get_or_create(
                sha256=image.sha256,
                defaults={
                    "file": image.file.name,
                    "bytes": _bytes(image.file.name),
                    "width": image.width,
                    "height": image.height,
                },
            )
        Image.objects.filter(pk=image.pk).update(photo=photos[image.sha256])


def _bytes(name: str) -> int:
    return default_storage.size(name) if default_storage.exists(name) else 0


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_schemas_imports_photos")]

    operations = [
        migrations.RunPython(schema_versions_make, migrations.RunPython.noop),
        migrations.RunPython(photos_make, migrations.RunPython.noop),
    ]
