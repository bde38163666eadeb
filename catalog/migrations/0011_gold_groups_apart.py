"""On PostgreSQL no group has a gold listing and one that a round has learned from."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

from catalog.postgres import PostgresSQL

# Only gold listings and those that were trained on are in its index: imports of others do not pay for it.
CONSTRAINT = """
ALTER TABLE catalog_listing ADD CONSTRAINT catalog_listing_gold_groups_apart
EXCLUDE USING gist (vertical_id WITH =, group_key WITH =, (CASE WHEN split = 'gold' THEN 1 ELSE 0 END) WITH <>)
WHERE (split = 'gold' OR trained_on)
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_split_reports")]

    operations = [
        BtreeGistExtension(),
        PostgresSQL(
            CONSTRAINT, "ALTER TABLE catalog_listing DROP CONSTRAINT catalog_listing_gold_groups_apart"
        ),
    ]
