"""A catalogue with as many predictions as wanted, for measurements on PostgreSQL."""

from django.db import connections
from django.utils import timezone

from catalog.models import Attribute, Status, Value, Vertical
from training.models import Alias, AliasName, ModelVersion, Round

VERTICALS = 10
ATTRIBUTES = 10
"""Of each vertical: a listing has a prediction for each."""
VALUES = 8

LISTINGS = """
INSERT INTO catalog_listing (
    vertical_id, external_id, title, description, metadata, claims, split, group_key, given_group,
    trained_on, retired, digest, last_row, created, updated
)
SELECT
    (SELECT min(id) FROM catalog_vertical) + n %% %(verticals)s, 'listing-' || n, 'Listing number ' || n,
    '', '{}', '{}', 'pool', 'listing-' || n, '', false, false, '', 0, now(), now()
FROM generate_series(%(first)s, %(last)s) AS n
"""
PREDICTIONS = """
INSERT INTO training_prediction (
    model_version_id, listing_id, attribute_id, counts, chains, majority, values, state, agreement
)
SELECT
    (SELECT max(id) FROM training_modelversion), listing.id, attribute.id,
    jsonb_build_object(value.label, 6, 'not visible', 2), 8, value.label, jsonb_build_array(value.code), '',
    0.75
FROM catalog_listing AS listing
JOIN catalog_attribute AS attribute USING (vertical_id)
JOIN catalog_value AS value
    ON value.attribute_id = attribute.id AND value.position = 1 + listing.id %% %(values)s
WHERE listing.external_id IN (SELECT 'listing-' || n FROM generate_series(%(first)s, %(last)s) AS n)
ORDER BY listing.id, attribute.id
"""


def schema_generate(*, using: str) -> None:
    """Write verticals with attributes and values, and a model version that is the champion."""
    for number in range(VERTICALS):
        vertical = Vertical.objects.using(using).create(code=f"vertical-{number}", label=f"Vertical {number}")
        for place in range(ATTRIBUTES):
            attribute = Attribute.objects.using(using).create(
                vertical=vertical, code=f"attribute-{place}", label=f"Attribute {place}", position=place + 1
            )
            Value.objects.using(using).bulk_create(
                Value(attribute=attribute, code=f"value-{one}", label=f"Value {one}", position=one)
                for one in range(1, VALUES + 1)
            )
    now = timezone.now()
    round_ = Round.objects.using(using).create(
        **{"status": Status.DONE, "started": now, "heartbeat": now, "finished": now},
        **{"params": {}, "inputs": {}, "artifact_path": "generated", "stage_count": 1},
    )
    version = ModelVersion.objects.using(using).create(
        round=round_, iteration=0, base_model="generated", adapter_path="generated"
    )
    Alias.objects.using(using).create(name=AliasName.CHAMPION, version=version)


def predictions_generate(*, first: int, last: int, using: str) -> None:
    """Write the listings with these numbers, and ATTRIBUTES predictions about each."""
    bounds = {"first": first, "last": last}
    with connections[using].cursor() as cursor:
        cursor.execute(LISTINGS, bounds | {"verticals": VERTICALS})
        cursor.execute(PREDICTIONS, bounds | {"values": VALUES})
        cursor.execute("ANALYZE")
