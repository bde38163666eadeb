"""A product's rows -> a listing, or everything that is wrong with it. Pure."""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from catalog.errors import CatalogError
from catalog.importing.answers import claims
from catalog.importing.drafts import READERS, Cell, Draft, Reader, expanded, inner, read_answer
from catalog.importing.listing import ListingRow
from catalog.importing.names import Names, VerticalNames, listed
from catalog.importing.plan import Column, Plan, Role
from catalog.importing.products import Product
from catalog.importing.raw import Problem, RawRow, shown
from catalog.schema.codes import NAME_LENGTH
from catalog.schema.spec import Schema

MOST_IMAGES = 100
NO_VERTICAL = "it is no vertical of the schema"


class RowReader:
    """Reads products as a plan says, against a schema.

    Raises:
        CatalogError: where the plan's vertical for all rows is not in the schema.
    """

    def __init__(self, plan: Plan, schema: Schema) -> None:
        self.names = Names.of(schema)
        self.plan = plan
        self._id_column = plan.column_of(Role.ID)
        self._readers = {column.name: self._reader_of(column) for column in plan.columns}
        self._rest = self._reader_of(Column("", plan.rest))
        roles = {column.role for column in plan.columns} | {plan.rest}
        self._gives = roles
        self._gives_metadata = bool(roles & {Role.METADATA, Role.ALL_METADATA})
        attributes = frozenset(column.attribute for column in plan.columns if column.attribute)
        self._covered = None if Role.ATTRIBUTES in roles else attributes
        if plan.vertical and plan.vertical not in self.names.by_code:
            known = listed(list(self.names.by_code)) or "none yet"
            where = f"vertical {plan.vertical!r}"
            raise CatalogError(f"{where} is not in the schema: add it, or use one of {known}")
        self._vertical_of = lru_cache(maxsize=4096)(self._find_vertical)

    def read(self, product: Product) -> ListingRow | list[Problem]:
        """The listing, or every problem of the product's rows, which names it where its id can be read."""
        draft = Draft(self.plan)
        for row in product.rows:
            self._read_row(draft, row)
        if draft.is_unreadable:
            return self._refused(draft)
        vertical = self._vertical(draft, product)
        answers = claims(draft, vertical) if vertical else {}
        self._check(draft, product)
        if draft.problems or vertical is None:
            return self._refused(draft)
        return ListingRow(
            row=product.number,
            external_id=self._external_id(draft),
            vertical=vertical.code,
            title=self._text(draft, Role.TITLE),
            description=self._text(draft, Role.DESCRIPTION),
            metadata=draft.metadata if self._gives_metadata else None,
            group=self._text(draft, Role.GROUP),
            images=draft.images if Role.IMAGES in self._gives else None,
            claims=answers if self._covered is None or self._covered else None,
            covered=self._covered,
        )

    def _read_row(self, draft: Draft, row: RawRow) -> None:
        if row.problem:
            draft.problems.append(row.problem)
            draft.is_unreadable = True
            # Its cells may have shifted: only the id is worth a look.
            cells: Mapping[str, Any] = {self._id_column: row.cells.get(self._id_column)}
        else:
            cells = row.cells
        number, readers, rest = row.number, self._readers, self._rest
        for name, value in cells.items():
            if value is not None and value != "" and (reader := readers.get(name, rest)):
                reader(draft, Cell(number, name, value))

    def _reader_of(self, column: Column) -> Reader | None:
        """How the cells of a column are read; None: they are left out."""
        match column.role:
            case Role.ATTRIBUTE:
                return partial(read_answer, column.attribute)
            case Role.EXPAND:
                return self._read_expanded
        return READERS.get(column.role)

    def _read_expanded(self, draft: Draft, cell: Cell) -> None:
        for key, value in expanded(cell.value).items():
            within = Cell(cell.row, inner(cell.column, key), value)
            if value is not None and value != "" and (reader := self._readers.get(within.column, self._rest)):
                reader(draft, within)

    def _refused(self, draft: Draft) -> list[Problem]:
        external_id = self._external_id(draft)[:NAME_LENGTH]
        return [problem._replace(listing=external_id) for problem in draft.problems]

    def _external_id(self, draft: Draft) -> str:
        cell = draft.texts.get(Role.ID)
        return f"{self.plan.id_prefix}{cell.value}" if cell else ""

    def _text(self, draft: Draft, role: Role) -> str | None:
        if role not in self._gives:
            return None
        cell = draft.texts.get(role)
        return cell.value if cell else ""

    def _vertical(self, draft: Draft, product: Product) -> VerticalNames | None:
        if self.plan.vertical:
            return self.names.by_code[self.plan.vertical]
        cell = draft.texts.get(Role.VERTICAL)
        if cell is None:
            self._note_missing(draft, product, Role.VERTICAL, "give the vertical of the listing")
            return None
        vertical = self._vertical_of(cell.value)
        if vertical is None:
            known = listed([one.label for one in self.names.by_code.values()]) or "none yet"
            remedy = f"choose what it stands for, or use one of {known}"
            draft.refuse(cell, NO_VERTICAL, remedy)
        return vertical

    def _note_missing(self, draft: Draft, product: Product, role: Role, remedy: str) -> None:
        """Nothing stands in a column, unless what stands there was refused."""
        column = self.plan.column_of(role)
        if all(problem.field != shown(column) for problem in draft.problems):
            draft.refuse(Cell(product.number, column, ""), "it is empty", remedy)

    def _find_vertical(self, name: str) -> VerticalNames | None:
        chosen = self.plan.verticals.get(name)
        return self.names.by_code.get(chosen) if chosen else self.names.vertical(name)

    def _check(self, draft: Draft, product: Product) -> None:
        """What only shows once all rows of the product are read."""
        cell = draft.texts.get(Role.ID)
        if cell is None:
            self._note_missing(draft, product, Role.ID, "give each listing an id")
        for named in (cell, draft.texts.get(Role.GROUP)):
            if named and len(self.plan.id_prefix) + len(named.value) > NAME_LENGTH:
                draft.refuse(named, f"it is longer than {NAME_LENGTH} characters", "shorten it")
        if len(draft.images) > MOST_IMAGES:
            row, column = next(iter(draft.images.values()))
            photos = Cell(row, column, f"{len(draft.images)} photos")
            draft.refuse(photos, f"a listing has more than {MOST_IMAGES} photos", "keep the best ones")
