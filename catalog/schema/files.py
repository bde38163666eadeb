"""Schema and taxonomy files as bytes, whatever their format. Pure."""

import gzip
import json
import zlib

from catalog.errors import CatalogError
from catalog.schema.csvrows import SchemaFile, read_csv
from catalog.schema.merge import FULL, SHORT
from catalog.schema.parts import Schema, schema_json
from catalog.schema.spec import is_full, parse_schema
from catalog.schema.taxonomy import Taxonomy, parse_taxonomy

MEGABYTE = 1 << 20
MOST_SCHEMA_BYTES = 20 * MEGABYTE
MOST_TAXONOMY_BYTES = 200 * MEGABYTE
"""Unpacked. The largest known, Shopify's own in one language, has 120 MB."""

GZIP = b"\x1f\x8b"


def read_schema_file(content: bytes, *, where: str) -> SchemaFile:
    """Read a schema from CSV or from JSON in either spelling.

    Raises:
        CatalogError: naming the place of each fault and the remedy.
    """
    if len(content) > MOST_SCHEMA_BYTES:
        raise CatalogError(
            f"{where}: {len(content) // MEGABYTE} MB are more than {MOST_SCHEMA_BYTES // MEGABYTE}: "
            "split the file by vertical"
        )
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return read_csv(content, where=where)
    raw = _json(content, where)
    return SchemaFile(parse_schema(raw, where=where), FULL if is_full(raw) else SHORT)


def write_schema_json(schema: Schema) -> str:
    """The schema in its full spelling."""
    return json.dumps(schema_json(schema), ensure_ascii=False, indent=1) + "\n"


def read_taxonomy_file(content: bytes, *, where: str) -> Taxonomy:
    """Read a taxonomy, gzipped or not.

    Raises:
        CatalogError: when it is too large, broken, or no taxonomy.
    """
    return parse_taxonomy(_json(_unpacked(content, where), where), where=where)


def write_taxonomy_file(taxonomy: Taxonomy) -> bytes:
    """What read_taxonomy_file reads, as small as can be; the same taxonomy always gives the same bytes."""
    return gzip.compress(json.dumps(taxonomy.to_json(), ensure_ascii=False).encode(), mtime=0)


def _unpacked(content: bytes, where: str) -> bytes:
    if content.startswith(GZIP):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            content = unpacker.decompress(content, MOST_TAXONOMY_BYTES + 1)
        except zlib.error as error:
            raise CatalogError(f"{where}: the gzip file is broken ({error}): copy it again") from error
        if not unpacker.eof and len(content) <= MOST_TAXONOMY_BYTES:
            raise CatalogError(f"{where}: the gzip file is cut short: copy it again")
    if len(content) > MOST_TAXONOMY_BYTES:
        raise CatalogError(
            f"{where}: it has more than {MOST_TAXONOMY_BYTES // MEGABYTE} MB: take a file in one language"
        )
    return content


def _json(content: bytes, where: str) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"{where}: not valid JSON ({error}): mend the file") from error
