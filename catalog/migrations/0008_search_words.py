"""The words of a listing's title and id, for full-text search, and its id as a prefix is looked for."""

from django.db import migrations

from catalog.postgres import PostgresSQL

# To PostgreSQL's parser "cotton/linen" is a path and "-17" a number: to people they are words.
PUNCTUATION = """!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"""
LONGEST_TITLE = 2000


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


WORDS = (
    f"to_tsvector('simple', translate(external_id || ' ' || left(title, {LONGEST_TITLE}),"
    f" {_literal(PUNCTUATION)}, {_literal(' ' * len(PUNCTUATION))}))"
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_browse_indexes")]

    operations = [
        PostgresSQL(
            f"ALTER TABLE catalog_listing ADD COLUMN words tsvector GENERATED ALWAYS AS ({WORDS}) STORED",
            "ALTER TABLE catalog_listing DROP COLUMN words",
        ),
        PostgresSQL(
            "CREATE INDEX catalog_listing_by_word ON catalog_listing USING gin (words)",
            "DROP INDEX catalog_listing_by_word",
        ),
        PostgresSQL(
            "CREATE INDEX catalog_listing_by_prefix ON catalog_listing"
            " (upper(external_id::text) text_pattern_ops)",
            "DROP INDEX catalog_listing_by_prefix",
        ),
    ]
