import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from catalog.models import Listing
from catalog.postgres import rows_within
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

SLOW = {
    "postgresql": "(SELECT count(*) FROM generate_series(1, 3000000))",
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    " SELECT count(*) FROM n)",
}
"""A number that takes longer than 20 milliseconds to find."""


def test_rows_that_take_too_long_are_given_up_where_the_database_can() -> None:
    listing = ListingFactory.create()
    slow = Listing.objects.annotate(n=RawSQL(SLOW[connection.vendor], [], BigIntegerField()))
    found = rows_within(slow, milliseconds=20)
    assert found == (None if connection.vendor == "postgresql" else [listing])
    assert rows_within(Listing.objects.all(), milliseconds=10_000) == [listing]
    assert rows_within(Listing.objects.all(), milliseconds=0) is None


def test_later_queries_have_the_time_they_need() -> None:
    ListingFactory.create()
    assert rows_within(Listing.objects.all(), milliseconds=20)
    assert list(Listing.objects.annotate(n=RawSQL(SLOW[connection.vendor], [], BigIntegerField())))


def test_another_error_is_not_taken_for_slowness() -> None:
    wrong = Listing.objects.annotate(n=RawSQL("no_such_function(1)", [], BigIntegerField()))
    with pytest.raises(Exception, match="no_such_function") as error, transaction.atomic():
        rows_within(wrong, milliseconds=1000)
    assert isinstance(error.value, OperationalError) == (connection.vendor == "sqlite")
