"""What the times of requests come to, the same in every benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles


def time_figures(milliseconds: Sequence[float], *, counted: str) -> dict[str, float]:
    """How many times there are, their "p50_ms", "p95_ms" and "worst_ms", to a tenth; 0 where there are none.

    Between two times a percentile is interpolated, so that none is above the worst; of one time all are it.

    Args:
        counted: the name of the first figure, what they are times of: "requests", "pages".
    """
    times = milliseconds or [0.0]
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else [*times] * 19
    figures = {counted: len(milliseconds), "p50_ms": cuts[9], "p95_ms": cuts[18], "worst_ms": max(times)}
    return {name: round(value, 1) for name, value in figures.items()}
