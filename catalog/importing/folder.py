"""A data folder (docs/data-format.md): what its files are called, and how its listings are read. Pure."""

from catalog.importing.plan import Column, Kind, Plan, Role

LISTINGS = "listings.jsonl"
SCHEMA = "schema.json"

_COLUMNS = (
    Column("listing_id", Role.ID),
    Column("vertical", Role.VERTICAL),
    Column("title", Role.TITLE),
    Column("description", Role.DESCRIPTION),
    Column("images", Role.IMAGES),
    Column("attributes", Role.ATTRIBUTES),
    Column("evidence", Role.EVIDENCE),
    Column("group", Role.GROUP),
    Column("metadata", Role.ALL_METADATA),
)


def folder_plan(*, with_evidence: bool = True) -> Plan:
    """How the listings of a data folder are read; without evidence, nobody is told which photo shows what."""
    plan = Plan(kind=Kind.JSONL, columns=_COLUMNS, rest=Role.IGNORED)
    return plan if with_evidence else plan.with_column(Column("evidence", Role.IGNORED))
