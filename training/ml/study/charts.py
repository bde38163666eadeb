"""Line charts of the study as SVG files, readable without colour; the JSON beside them has their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 230, 44, 52
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's palette, which colour-blind people tell apart."""
DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 4", "1 4", "12 4")
STEPS = (0.5, 1, 2, 5, 10, 20)
"""Distances of the grid's lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its points from left to right, each with the interval of its mean, if it has one."""

    label: str
    places: Sequence[int]
    """Of the points on the axis, from 0."""
    values: Sequence[float]
    lows: Sequence[float | None]
    highs: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over an axis of named places."""

    title: str
    ticks: Sequence[str]
    below: str
    """What the ticks are."""
    beside: str
    """What the values are, with their unit."""
    lines: Sequence[Line]


def svg(chart: Chart) -> str:
    """The chart as an SVG document."""
    scale = _Scale.of(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        f' font-family="system-ui, sans-serif" font-size="13"><title>{escape(chart.title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="16" font-weight="600">{escape(chart.title)}</text>',
        *_grid(chart, scale),
    ]
    for number, line in enumerate(chart.lines):
        parts += _line(line, number, scale)
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values and places lie."""

    low: float
    high: float
    step: float
    places: int

    @classmethod
    def of(cls, chart: Chart) -> _Scale:
        ends = [
            end
            for line in chart.lines
            for ends in (line.values, line.lows, line.highs)
            for end in ends
            if end is not None
        ]
        low, high = min(ends), max(ends)
        step = next((one for one in STEPS if (high - low) / one <= 8), STEPS[-1])
        return cls(
            step * (low // step), step * -(-high // step) + step * (low == high), step, len(chart.ticks)
        )

    def x(self, place: float) -> float:
        return round(LEFT + (place + 0.5) * (WIDTH - LEFT - RIGHT) / self.places, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _grid(chart: Chart, scale: _Scale) -> list[str]:
    parts = []
    for number in range(round((scale.high - scale.low) / scale.step) + 1):
        value = scale.low + number * scale.step
        y = scale.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#d7dbe0"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#4a5560">{value:g}</text>')
    for place, tick in enumerate(chart.ticks):
        at = f'x="{scale.x(place)}" y="{HEIGHT - BOTTOM + 20}"'
        parts.append(f'<text {at} text-anchor="middle" fill="#4a5560">{escape(tick)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(chart.below)}</text>')
    turned = f'transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)"'
    return [*parts, f'<text {turned} text-anchor="middle">{escape(chart.beside)}</text>']


def _line(line: Line, number: int, scale: _Scale) -> list[str]:
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    shift = 0.03 * number  # Intervals of several lines stay apart.
    spots = [
        (scale.x(place + shift), scale.y(value))
        for place, value in zip(line.places, line.values, strict=True)
    ]
    drawn = " ".join(f"{x},{y}" for x, y in spots)
    parts = [
        f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2.5"'
        f' stroke-dasharray="{dash}"/>'
    ]
    for (x, y), low, high in zip(spots, line.lows, line.highs, strict=True):
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
        if low is not None and high is not None:
            parts.append(
                f'<line x1="{x}" x2="{x}" y1="{scale.y(low)}" y2="{scale.y(high)}" stroke="{colour}"/>'
            )
    y = TOP + 10 + 22 * number
    edge = WIDTH - RIGHT + 14
    parts.append(
        f'<line x1="{edge}" x2="{edge + 26}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2.5"'
        f' stroke-dasharray="{dash}"/>'
    )
    return [*parts, f'<text x="{edge + 32}" y="{y + 4}">{escape(line.label)}</text>']
