"""The statements of a long queue. Parameters: tasks, verticals, purpose, asks; chains, of one review."""

LISTINGS = """
INSERT INTO catalog_listing (
    id, vertical_id, external_id, title, description, metadata, claims, split, group_key, given_group,
    trained_on, retired, digest, last_row, created, updated
)
SELECT
    n, 1 + n %% %(verticals)s, 'sku-' || lpad(n::text, 8, '0'), 'Listing ' || n,
    'As sellers write: a sentence or two about the thing, and little that a photo does not show.',
    jsonb_build_object('brand', 'brand ' || n %% 500), '{}', 'gold', 'group-' || n, '', false, false, '',
    n, now(), now()
FROM generate_series(1, %(tasks)s) n
"""

PHOTOS = """
INSERT INTO catalog_photo (id, sha256, file, bytes, width, height, created, rendered, render_error)
SELECT n, encode(sha256(n::text::bytea), 'hex'), n || '.jpg', 100000, 600, 800, now(), now(), ''
FROM generate_series(1, 1 + %(tasks)s / 3) n
"""

IMAGES = """
INSERT INTO catalog_image (listing_id, position, photo_id, source)
SELECT id, position, 1 + (id * 7 + position) %% (1 + %(tasks)s / 3), ''
FROM catalog_listing, generate_series(1, 3) AS position
"""

TASKS = """
INSERT INTO labeling_task (listing_id, purpose, asks, status, priority, singly, created)
SELECT id, %(purpose)s, %(asks)s, 'open', floor(4 * random())::int, false, now()
FROM catalog_listing ORDER BY id
"""

TURNS = """
INSERT INTO labeling_turn (task_id, number, purpose, vertical_id, priority)
SELECT task.id, 1, task.purpose, listing.vertical_id, task.priority
FROM labeling_task task JOIN catalog_listing listing ON listing.id = task.listing_id ORDER BY task.id
"""

SUGGESTIONS = """
INSERT INTO labeling_suggestion (listing_id, attribute_id, source, shares, "leading", chains, created)
SELECT listing.id, attribute.id, 'vertical v3', chosen.shares, chosen."leading", chosen.chains, now()
FROM catalog_listing listing
JOIN catalog_attribute attribute ON attribute.vertical_id = listing.vertical_id
JOIN (
    SELECT
        (ordinality - 1)::int AS n,
        vote->'shares' AS shares, vote->>'leading' AS "leading", vote->'chains' AS chains
    FROM jsonb_array_elements(%(votes)s::jsonb) WITH ORDINALITY AS listed (vote, ordinality)
) chosen ON chosen.n = (listing.id * 7 + attribute.id) %% jsonb_array_length(%(votes)s::jsonb)
WHERE %(asks)s::jsonb ? attribute.code
ORDER BY listing.id, attribute.id
"""

CONFIRMED = """
INSERT INTO labeling_label (
    listing_id, attribute_id, values, state, provenance, source, created, updated
)
SELECT
    listing.id, attribute.id, jsonb_build_array('value-' || 1 + (listing.id * 3 + attribute.id) %% 10), '',
    'annotation', 'annotator', now(), now()
FROM catalog_listing listing
JOIN catalog_attribute attribute ON attribute.vertical_id = listing.vertical_id
WHERE listing.id %% 10 = 0
ORDER BY listing.id, attribute.id
"""
"""What people confirmed of every tenth listing, to compare with."""

HASHES = """
UPDATE catalog_photo SET phash = ('x' || substr(sha256, 1, 16))::bit(64)::bigint
"""

REVIEW_STEPS = {"hashes": [HASHES], "suggestions": [SUGGESTIONS], "confirmed labels": [CONFIRMED]}
"""After the others, where the queue is one of reviews."""

STEPS = {"listings": [LISTINGS], "photos": [PHOTOS, IMAGES], "tasks": [TASKS, TURNS]}
