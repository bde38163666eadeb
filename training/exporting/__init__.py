"""What can be exported, in which formats: `orders`; its rows: `rows`; exports of several files: `folders`."""

from training.exporting.orders import (
    COUNTED,
    Format,
    Order,
    What,
    members,
    pieces,
    row_count,
    rows,
    size_hint,
)

__all__ = ["COUNTED", "Format", "Order", "What", "members", "pieces", "row_count", "rows", "size_hint"]
