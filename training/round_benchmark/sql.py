"""The statements of a catalogue to learn from. Parameters: listings, seed and gold (listings of each split),
verticals, attributes, values, photos (files)."""

LISTINGS = """
INSERT INTO catalog_listing (
    id, vertical_id, external_id, title, description, metadata, claims, split, group_key, given_group,
    trained_on, retired, digest, last_row, created, updated
)
SELECT
    n, 1 + n %% %(verticals)s, 'sku-' || lpad(n::text, 9, '0'), 'Listing ' || n,
    repeat('As sellers write, and little that a photo does not show. ', 1 + n %% 4), '{}', '{}',
    CASE WHEN n <= %(seed)s THEN 'seed' WHEN n <= %(seed)s + %(gold)s THEN 'gold' ELSE 'pool' END,
    'group-' || CASE WHEN n > 10000 AND n %% 50 = 0 THEN n - 12 ELSE n END, '', false, false, '',
    n, now(), now()
FROM generate_series(1, %(listings)s) n
"""

IMAGES = """
INSERT INTO catalog_image (listing_id, position, photo_id, source)
SELECT n, position, 1 + (n * 7 + position) %% %(photos)s, ''
FROM generate_series(1, %(listings)s) n, generate_series(1, 2) AS position
WHERE position = 1 OR n %% 2 = 0
"""

LABELS = """
INSERT INTO labeling_label (
    listing_id, attribute_id, values, state, provenance, source, created, updated, schema_version_id
)
SELECT
    n, (n %% %(verticals)s) * %(attributes)s + a,
    jsonb_build_array('value-' || 1 + (n / 12 + a) %% %(values)s),
    '', 'annotation', 'admin', now(), now(), 1 + n %% %(verticals)s
FROM generate_series(1, %(seed)s + %(gold)s) n, generate_series(1, %(attributes)s) a
"""

STEPS = {"listings": LISTINGS, "photos": IMAGES, "labels": LABELS}
