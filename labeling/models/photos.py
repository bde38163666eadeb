"""What photos look like, kept so that it is worked out once."""

from django.db import models

from catalog.models import Photo


class PhotoVector(models.Model):
    """A photo by its colours and edges (photofeatures): that of an older recipe is made again."""

    photo = models.OneToOneField(Photo, models.CASCADE, primary_key=True, related_name="vector")
    recipe = models.PositiveSmallIntegerField(help_text="photofeatures.RECIPE, when it was made.")
    features = models.BinaryField(help_text="Numbers of 16 bits, the lowest byte first.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"vector of {self.photo_id}"
