"""How differences are written for people."""

from __future__ import annotations


def signed_text(points: float) -> str:
    """A difference in percentage points: "+2.9", "−0.4", and "0.0" of what rounds to nothing."""
    rounded = round(points, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"
