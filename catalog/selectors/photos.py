"""Reads of photos."""

from django.shortcuts import get_object_or_404

from catalog.models import Image


def image_sha256(image_id: int) -> str | None:
    """The content hash of an image's file, or None where there is no such image."""
    return Image.objects.filter(pk=image_id).values_list("photo__sha256", flat=True).first()


def image_get(image_id: int) -> Image:
    """The image.

    Raises:
        Http404: where there is none.
    """
    return get_object_or_404(Image, pk=image_id)
