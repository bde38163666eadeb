"""A champion with votes on the listings of some weeks."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from catalog.models import Attribute, Listing, Status, Vertical
from tests.factories import AttributeFactory, ImageFactory, ListingFactory, PhotoFactory, VerticalFactory
from tests.training.rounds import champion_of, metric, prediction, round_in
from training.health.weeks import WEEK, begin_of, last_week
from training.models import Method, ModelVersion, Round

LISTINGS = 40
"""Of each week."""


class World:
    """One vertical, kurta, with the attribute color; a champion that was measured on it."""

    def __init__(self, *, weeks: int = 3) -> None:
        self.week: date = last_week(timezone.now())
        self.vertical: Vertical = VerticalFactory.create(code="kurta", label="Kurta")
        self.color: Attribute = AttributeFactory.create(vertical=self.vertical, code="color", label="Color")
        round_ = round_in(Status.DONE)
        Round.objects.filter(pk=round_.pk).update(created=begin_of(self.week))
        self.champion: ModelVersion = champion_of(round_)
        metric(round_, 0, correct=80, method=Method.MAJORITY, vertical=self.vertical)
        for place in range(1, weeks + 1):
            self.listings(self.week - place * WEEK)

    def listings(
        self,
        week: date,
        *,
        count: int = LISTINGS,
        red: float = 0.5,
        agreement: float = 0.75,
        gray: int = 100,
        vertical: Vertical | None = None,
    ) -> list[Listing]:
        """Listings of a week, with a photo each; the first ones are red."""
        made = []
        for number in range(count):
            listing = ListingFactory.create(
                vertical=vertical or self.vertical, created=_time(week, number, count)
            )
            level = gray + number % 7
            ImageFactory.create(listing=listing, photo=PhotoFactory.create(color=(level, level, level)))
            if vertical is None:
                value = "red" if number < red * count else "blue"
                prediction(self.champion, listing, self.color, value, agreement=agreement)
            made.append(listing)
        return made


def _time(week: date, number: int, count: int) -> datetime:
    return begin_of(week) + timedelta(days=7) * (number + 0.5) / count
