"""Tables of dashboards as CSV: `?format=csv&table=NAME` of a page gives the rows that the page shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from catalog.exporting.as_csv import csv_pieces
from catalog.exporting.tables import Columns, Row, shares

FORMAT = "csv"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a page: shares as numbers from 0 to 1, times in UTC, text that no spreadsheet runs."""

    columns: Columns
    rows: Iterable[Row]
    """One value for each column, None where the page has a dash."""


class Share(Protocol):
    """A share with its interval, where it has one."""

    @property
    def value(self) -> float: ...

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...


Sheets = Mapping[str, Callable[[], Sheet]]
"""{name: how the table is read}: letters, digits and hyphens, for it is the file's name as well."""


def interval(name: str) -> Columns:
    """Columns of a share with its interval."""
    return shares(name, f"{name}_low", f"{name}_high")


def three(share: Share | None) -> tuple[float | None, ...]:
    """What stands in them."""
    return (share.value, share.low, share.high) if share else (None, None, None)


def is_csv_asked(request: HttpRequest) -> bool:
    """Whether a table is wanted, and not the page."""
    return request.GET.get("format") == FORMAT


def csv_response(request: HttpRequest, sheets: Sheets, *, name: str) -> HttpResponse:
    """The table that is asked for, or the page's first: UTF-8 with a BOM, so that Excel reads it as such.

    Args:
        name: of the page, in the file's name before the table's.

    Raises:
        Http404: where the page has no such table; it names those that there are.
    """
    table = request.GET.get("table") or next(iter(sheets))
    if table not in sheets:
        raise Http404(f"There is no table {table!r} here: ask for {' or '.join(sheets)}.")
    sheet = sheets[table]()
    content = b"".join(csv_pieces(sheet.columns, sheet.rows, bom=True))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    file = name if table == name else f"{name}-{table}"
    response["Content-Disposition"] = content_disposition_header(True, f"{file}.csv")
    response["Cache-Control"] = "private, no-store"
    return response
