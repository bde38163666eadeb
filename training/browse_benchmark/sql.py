"""The statements of a large catalogue. Parameters: listings, verticals, attributes, values, imports,
between (seconds from one listing to the next)."""

HELPERS = """
CREATE FUNCTION pg_temp.answer(value int, is_state boolean, also int) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN is_state THEN '[]'::jsonb
        WHEN also > 0 THEN jsonb_build_array('value-' || value, 'value-' || also)
        ELSE jsonb_build_array('value-' || value) END
$$;
CREATE TEMPORARY TABLE words AS
SELECT n, string_agg(syllables[1 + ((n >> (4 * place)) & 15)], '' ORDER BY place) AS word
FROM generate_series(0, 65535) n, generate_series(0, 3) place,
    string_to_array('ba do fe gi ko lu ma ni po ra se ti vu wa xe zo', ' ') syllables
GROUP BY n;
ANALYZE words
"""

LISTINGS = """
INSERT INTO catalog_listing (
    id, vertical_id, external_id, title, description, metadata, claims, split, group_key, given_group,
    trained_on, retired, digest, first_import_id, last_import_id, last_row, created, updated
)
SELECT
    numbered.n, 1 + floor(random() * %(verticals)s)::int, 'sku-' || lpad(numbered.n::text, 8, '0'),
    concat_ws(' ', colours[color], materials[material], one.word, other.word, rare.word),
    'As sellers write: a sentence or two about the thing, and little that a photo does not show.',
    jsonb_build_object('brand', 'brand ' || floor(random() * 500)::int), '{}',
    CASE WHEN share < 0.02 THEN 'gold' WHEN share < 0.03 THEN 'seed' ELSE 'pool' END,
    'group-' || CASE WHEN numbered.n %% 50 = 0 THEN numbered.n - 1 ELSE numbered.n END, '',
    false, random() < 0.01, '', import, import, numbered.n,
    now() - (%(listings)s - numbered.n) * interval '1 second' * %(between)s, now()
FROM (
    SELECT
        n, random() AS share, 1 + (n - 1) * %(imports)s::bigint / %(listings)s AS import,
        1 + floor(random() * 8)::int AS color, 1 + floor(random() * 6)::int AS material,
        floor(6000 * power(random(), 3))::int AS w1, floor(6000 * power(random(), 3))::int AS w2
    FROM generate_series(1, %(listings)s) n
) numbered
JOIN words AS one ON one.n = w1
JOIN words AS other ON other.n = w2
JOIN words AS rare ON rare.n = numbered.n / 16 %% 65536,
string_to_array('red blue green black white striped plain navy', ' ') AS colours,
string_to_array('cotton linen wool leather canvas steel', ' ') AS materials
ORDER BY numbered.n
"""

PHOTOS = """
INSERT INTO catalog_photo (id, sha256, file, bytes, width, height, created, rendered, render_error)
SELECT n, encode(sha256(n::text::bytea), 'hex'), n || '.jpg', 100000, 600, 800, now(), now(), ''
FROM generate_series(1, 1 + %(listings)s / 3) n
"""

IMAGES = """
INSERT INTO catalog_image (listing_id, position, photo_id, source)
SELECT id, position, 1 + (id * 7 + position) %% (1 + %(listings)s / 3), ''
FROM catalog_listing, generate_series(1, 2) AS position
WHERE id %% 200 > 0 AND (position = 1 OR id %% 2 = 0)
"""

LABELS = """
INSERT INTO labeling_label (
    listing_id, attribute_id, values, state, provenance, source, created, updated, schema_version_id
)
SELECT
    id, (vertical_id - 1) * %(attributes)s + a,
    pg_temp.answer(value, kind < 0.05, CASE WHEN a = %(attributes)s AND kind < 0.3 THEN %(values)s END),
    CASE WHEN kind < 0.05 THEN 'not_visible' ELSE '' END, 'annotation', 'admin', now(), now(), vertical_id
FROM (
    SELECT
        id, vertical_id, a, random() AS kind,
        1 + floor((%(values)s - 1) * power(random(), 2))::int AS value
    FROM catalog_listing, generate_series(1, %(attributes)s) a
    WHERE (split <> 'pool' OR id %% 100 = 7) AND (id %% 3 > 0 OR a < 3)
) answers
"""

REVISIONS = """
INSERT INTO labeling_labelrevision (
    listing_id, attribute_id, values, state, provenance, source, reason, created, schema_version_id
)
SELECT listing_id, attribute_id, values, state, provenance, source, '', created, schema_version_id
FROM labeling_label
"""

PREDICTIONS = """
INSERT INTO training_prediction (
    model_version_id, listing_id, attribute_id, counts, chains, majority, agreement, values, state
)
SELECT
    1, id, (vertical_id - 1) * %(attributes)s + a,
    jsonb_build_object('Value ' || value, votes, 'Value 10', 8 - votes), 8,
    CASE WHEN kind < 0.03 THEN 'not visible' ELSE 'Value ' || value END, votes / 8.0,
    pg_temp.answer(value, kind < 0.03, CASE WHEN a = %(attributes)s AND kind < 0.3 THEN %(values)s END),
    CASE WHEN kind < 0.03 THEN 'not_visible' ELSE '' END
FROM (
    SELECT
        id, vertical_id, a, random() AS kind,
        1 + floor((%(values)s - 1) * power(random(), 2))::int AS value,
        8 - floor(6 * power(random(), 2))::int AS votes
    FROM catalog_listing, generate_series(1, %(attributes)s) a
) answers
"""

GOLD = """
INSERT INTO training_goldanswer (
    round_id, iteration, listing_id, attribute_id, truth, greedy, greedy_correct, majority, majority_correct,
    agreement, chains, counts, logprob
)
SELECT
    1, iteration, listing_id, attribute_id, truth, greedy, greedy = truth, majority, majority = truth,
    votes / 8.0, 8, jsonb_build_object(majority, votes), -1
FROM (
    SELECT
        iteration, id AS listing_id, (vertical_id - 1) * %(attributes)s + a AS attribute_id,
        'Value ' || value AS truth, votes,
        CASE WHEN kind < 0.02 THEN '' ELSE 'Value ' || CASE WHEN kind < 0.7 THEN value ELSE other END END
            AS greedy,
        'Value ' || CASE WHEN kind < 0.75 THEN value ELSE other END AS majority
    FROM (
        SELECT
            iteration, id, vertical_id, a, random() AS kind,
            1 + (id + a) %% %(values)s AS value, 1 + floor(%(values)s * power(random(), 2))::int AS other,
            8 - floor(6 * power(random(), 2))::int AS votes
        FROM catalog_listing, generate_series(1, %(attributes)s) a, generate_series(-1, 0) iteration
        WHERE split = 'gold'
    ) drawn
) answers
"""

THRESHOLDS = """
INSERT INTO training_routingthreshold (
    routing_id, attribute_id, threshold, why, judged, above, correct, expected, unit, bound, figures
)
SELECT
    1, id, CASE id %% 4 WHEN 0 THEN NULL WHEN 1 THEN 1.0 ELSE 0.875 END, '', 100, 90, 88, 0.97, '', 0.95, '{}'
FROM catalog_attribute
"""

ROUTED = """
INSERT INTO training_routedquestion (
    routing_id, listing_id, attribute_id, route, rank, value, probability, released
)
SELECT
    1, listing_id, attribute_id, route, row_number() OVER (PARTITION BY route ORDER BY listing_id), 0,
    CASE route WHEN 'audit' THEN 0.01 END, CASE WHEN listing_id %% 5 = 0 THEN now() END
FROM (
    SELECT
        listing.id AS listing_id, (vertical_id - 1) * %(attributes)s + a AS attribute_id,
        CASE WHEN listing.id %% 100 = 3 THEN 'audit' ELSE 'review' END AS route
    FROM catalog_listing AS listing, generate_series(1, %(attributes)s) a
    WHERE split = 'pool' AND (listing.id %% 100 = 3 OR (listing.id %% 97 = 5 AND a = 1))
) questions
"""

STEPS = {
    "listings": [LISTINGS],
    "photos": [PHOTOS, IMAGES],
    "labels": [LABELS, REVISIONS],
    "predictions": [PREDICTIONS],
    "gold answers": [GOLD],
    "routing": [THRESHOLDS, ROUTED],
}

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND NOT EXISTS (
    SELECT 1 FROM pg_constraint
    WHERE conindid = format('%%I', indexname)::regclass AND contype <> 'f'
)
"""
