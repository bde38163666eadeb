"""Whatever is in a file, each row becomes a listing or problems; nothing is raised that is not foreseen."""

import io
import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogError
from catalog.importing.csv_rows import CsvRows
from catalog.importing.dialect import DELIMITERS, ENCODINGS, QUOTES, Dialect, find_dialect
from catalog.importing.error_file import error_file
from catalog.importing.guess import guess_plan
from catalog.importing.jsonl_rows import JsonlRows
from catalog.importing.listing import ListingRow
from catalog.importing.plan import Column, Kind, Plan, Role
from catalog.importing.products import products
from catalog.importing.raw import RawRow, Rows
from catalog.importing.rows import RowReader
from catalog.importing.sample import Sample, take_sample
from catalog.importing.texts import NO_TEXT
from catalog.schema.spec import parse_schema
from tests.catalog.problems import is_documented

SCHEMA = parse_schema(
    {
        "bag": {
            "color": {"allowed_values": ["red", "Navy, dark"]},
            "closing": {"allowed_values": ["zip"], "multi": True},
        },
        "hat": {"color": {"allowed_values": ["red"]}},
    },
    where="schema",
)
WORDS = st.sampled_from(
    [
        "",
        "id",
        "vertical",
        "title",
        "images",
        "attributes",
        "color",
        "closing",
        "bag",
        "hat",
        "red",
        "zip",
        "unknown",
    ]
    + [
        "a.jpg,b.jpg",
        "https://x/a,b.jpg",
        "<p>x<br>&amp;<![",
        "k=v,l=m",
        '["a"]',
        '{"color": "red"}',
        "\x00",
        "=1+1",
        '"',
        "1.5",
    ]
)
TEXTS = st.one_of(WORDS, st.text(max_size=12))
PIECES = st.one_of(
    WORDS.map(str.encode),
    st.binary(max_size=6),
    st.sampled_from([b"\n", b"\r\n", b",", b";", b'"', b"\xef\xbb\xbf"]),
)
DATA = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.characters(categories=["Cs", "Cc"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
PLANS = st.builds(
    Plan,
    columns=st.dictionaries(
        TEXTS,
        st.sampled_from(
            [role.value for role in Role if role is not Role.ATTRIBUTE]
            + ["attribute:color", "attribute:closing"]
        ),
        max_size=8,
    ).map(lambda roles: tuple(Column.meaning_of(*pair) for pair in roles.items())),
    rest=st.sampled_from([Role.METADATA, Role.IGNORED]),
    vertical=st.sampled_from(["", "bag"]),
    verticals=st.dictionaries(TEXTS, st.sampled_from(["", "bag", "gone"]), max_size=2),
    image_separators=st.text(",;|\n", max_size=4),
    value_separators=st.text("|;,", max_size=3),
    continuation=st.booleans(),
    html=st.booleans(),
)
DIALECTS = st.builds(
    Dialect,
    st.sampled_from(list(ENCODINGS)),
    st.sampled_from(list(DELIMITERS)),
    st.sampled_from(list(QUOTES)),
    st.sampled_from(["", "\\"]),
)


def check(rows: list[RawRow], plan: Plan) -> None:
    """Each product is a listing that databases can keep, or is refused for reasons that they can keep."""
    reader = RowReader(plan, SCHEMA)
    problems = []
    for product in products(rows, plan):
        found = reader.read(product)
        if isinstance(found, ListingRow):
            kept = json.dumps([found.metadata, found.claims, found.title, found.description], allow_nan=False)
            assert not NO_TEXT.search(json.loads(f"[{kept}]")[0][2] or "")
            assert "\\u0000" not in kept.replace("\\\\", "")
            assert len(found.digest([], found.json_texts())) == 32
            assert 1 <= len(found.external_id) <= 200
        else:
            assert found
            assert [one for one in found if not is_documented(one.reason) or not one.remedy] == []
            assert not any(NO_TEXT.search("".join(map(str, problem))) for problem in found)
            problems += found
    for piece in error_file(problems, rows, plan, ["id", "title"]):
        piece.encode()


def understand(rows: Rows, kind: Kind) -> None:
    """There is a plan for the rows, and it and their sample can be kept."""
    sample = take_sample(rows)
    plan = guess_plan(sample, SCHEMA, kind=kind)
    kept = json.loads(json.dumps([sample.to_json(), plan.to_json()], allow_nan=False))
    assert guess_plan(Sample.from_json(kept[0]), SCHEMA, kind=kind) == plan
    assert Plan.from_json(kept[1]) == plan


def read(rows: Rows) -> list[RawRow]:
    """All rows, numbered in order."""
    found = list(rows)
    assert [row.number for row in found] == sorted({row.number for row in found})
    return found


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40).map(b"".join), DIALECTS, PLANS)
def test_any_bytes_can_be_read_as_csv(content: bytes, dialect: Dialect, plan: Plan) -> None:
    with suppress(CatalogError):
        check(read(CsvRows(io.BytesIO(content), dialect, size=len(content), where="x")), plan)


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_a_dialect_is_found_in_any_bytes(content: bytes) -> None:
    with suppress(CatalogError):
        dialect = find_dialect(io.BytesIO(content), where="x", table=True)
        understand(CsvRows(io.BytesIO(content), dialect, size=0, where="x"), Kind.CSV)


@settings(max_examples=100)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.dictionaries(TEXTS, DATA, max_size=5).map(lambda row: json.dumps(row).encode()),
        ),
        max_size=5,
    ),
    PLANS,
)
def test_any_lines_can_be_read_as_jsonl(lines: list[bytes], plan: Plan) -> None:
    content = b"\n".join(lines)
    check(read(JsonlRows(io.BytesIO(content), "utf-8", size=len(content))), plan)
    understand(JsonlRows(io.BytesIO(content), "utf-8", size=len(content)), Kind.JSONL)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(TEXTS, DATA, max_size=6), max_size=4), PLANS)
def test_any_plain_data_becomes_listings_or_problems(cells: list[dict[str, object]], plan: Plan) -> None:
    check([RawRow(number, row) for number, row in enumerate(cells, 1)], plan)
