"""What the last look at a vertical's splits found."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.schema import Vertical


class SplitReport(models.Model):
    """The groups of a vertical, what connects its listings, and leaks, as they were when all were compared.

    An import and manage.py splits_check replace it. The listings in use are counted: retired ones are not.
    """

    vertical = models.OneToOneField(Vertical, models.CASCADE, related_name="split_report")
    checked = models.DateTimeField(default=timezone.now)
    listings = models.PositiveIntegerField()
    gold_groups = models.PositiveIntegerField()
    seed_groups = models.PositiveIntegerField()
    pool_groups = models.PositiveIntegerField()
    groups_of_several = models.PositiveIntegerField(help_text="Groups with more than one listing.")
    listings_grouped = models.PositiveIntegerField(help_text="Listings in groups of several.")
    by_given = models.PositiveIntegerField(help_text="Listings that a given group connects with others.")
    by_photo = models.PositiveIntegerField(help_text="... the same file.")
    by_text = models.PositiveIntegerField(help_text="... the same text, without photos.")
    by_look = models.PositiveIntegerField(help_text="... photos that look alike, and titles.")
    common_photos = models.PositiveIntegerField(help_text="Files shown by too many listings to connect them.")
    families_cut = models.PositiveIntegerField(help_text="Families that were too large and taken apart.")
    largest = models.JSONField(default=list, help_text="[{key, listings}], the largest groups first.")
    leak_count = models.PositiveIntegerField(help_text="Gold groups that seed, pool or a round know.")
    leaks = models.JSONField(
        default=list, help_text="The first of them: [{gold, other: external ids, same_group, trained_on}]."
    )

    class Meta:
        ordering = ["vertical"]
        constraints = [
            models.CheckConstraint(
                condition=Q(listings__gte=models.F("listings_grouped")),
                name="catalog_splitreport_grouped_are_some",
            ),
        ]

    def __str__(self) -> str:
        return f"splits of {self.vertical}"
