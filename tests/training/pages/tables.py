"""What a page's tables say: the cells of each row, with the figures that charts and tests read."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class TableCell:
    """One cell."""

    text: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    links: list[str] = field(default_factory=list)

    @property
    def figures(self) -> tuple[float | None, float | None, float | None]:
        return self.value, self.low, self.high


class _Reader(HTMLParser):
    """Gathers body rows by the id of their table."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[TableCell]]] = {}
        self.table = ""
        self.in_body = False
        self.cell: TableCell | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.table = given.get("id") or ""
            self.tables[self.table] = []
        elif tag == "tbody":
            self.in_body = True
        elif tag == "tr" and self.in_body:
            self.tables[self.table].append([])
        elif tag in ("td", "th") and self.in_body:
            value, low, high = (_number(given.get(f"data-{name}")) for name in ("value", "low", "high"))
            self.cell = TableCell(value=value, low=low, high=high)
            self.tables[self.table][-1].append(self.cell)
        elif tag == "a" and self.cell:
            self.cell.links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self.in_body = False
        elif tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.cell.text += data


def tables_of(html: str) -> dict[str, list[list[TableCell]]]:
    """{id of a table: its body rows}, texts with single spaces."""
    reader = _Reader()
    reader.feed(html)
    for rows in reader.tables.values():
        for row in rows:
            for cell in row:
                cell.text = " ".join(cell.text.split())
    return reader.tables


def _number(text: str | None) -> float | None:
    return float(text) if text else None
