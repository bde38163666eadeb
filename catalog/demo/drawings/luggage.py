"""Suitcase and watch."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, GOLD, INK, LINING, METAL, WOOD
from catalog.demo.parts import FULL, Item, closure
from catalog.demo.shapes import Points, arc, ellipse, placed, points, rect, rounded


def case_front(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["shell"], item.paint
    for x in (0.36, 0.64):
        canvas.line(points((x, -0.02), (x, 0.2)), 0.03, METAL)
    canvas.stroke(points((0.36, -0.02), (0.64, -0.02)), 0.06, INK)
    canvas.shape(rounded(0.12, 0.12, 0.88, 1.0, 0.1), paint, "side")
    if kind == "ribbed":
        for x in np.arange(0.22, 0.84, 0.112):
            canvas.line(points((x, 0.17), (x, 0.95)), 0.03, paint.relief)
    elif kind == "banded":
        for y in np.arange(0.22, 0.95, 0.136):
            canvas.line(points((0.14, y), (0.86, y)), 0.04, paint.relief)
    elif kind == "diamond":
        for step in np.arange(-0.6, 0.7, 0.2):
            low, high = 0.18, 0.94
            for sign in (-1, 1):
                ends = _clipped(0.5 + step - sign * 0.38, low, 0.5 + step + sign * 0.38, high, 0.16, 0.84)
                canvas.line(ends, 0.024, paint.relief)
    elif kind == "dimpled":
        for y in np.arange(0.23, 0.95, 0.165):
            canvas.dots([(x, y) for x in (0.24, 0.413, 0.586, 0.76)], 0.046, paint.relief)


def _clipped(x0: float, y0: float, x1: float, y1: float, left: float, right: float) -> Points:
    """The part of a slanted line between two uprights."""
    ends = np.clip([x0, x1], left, right)
    slope = (y1 - y0) / (x1 - x0)
    return points((ends[0], y0 + (ends[0] - x0) * slope), (ends[1], y0 + (ends[1] - x0) * slope))


def case_base(canvas: Canvas, item: Item) -> None:
    """Seen from below, lying on its side."""
    kind, paint = item.values["wheels"], item.paint
    canvas.shape(rounded(0.0, 0.12, 1.0, 0.88, 0.12), paint, "soft")
    canvas.line(points((0.0, 0.5), (1.0, 0.5)), 0.018, paint.relief)
    if kind == "skids":
        for y in (0.27, 0.73):
            canvas.stroke(points((0.14, y), (0.86, y)), 0.09, INK)
        return
    spots = {
        "two": [(0.16, 0.28), (0.16, 0.72)],
        "four": [(0.16, 0.28), (0.16, 0.72), (0.84, 0.28), (0.84, 0.72)],
        "double": [(x, y) for x in (0.11, 0.29, 0.71, 0.89) for y in (0.28, 0.72)],
    }[kind]
    for x, y in spots:
        radius = 0.085 if kind == "double" else 0.115
        canvas.shape(ellipse(x, y, radius), INK, "ball")
        canvas.dots([(x, y)], radius * 0.42, METAL)


def case_lock(canvas: Canvas, item: Item) -> None:
    canvas.shape(FULL, item.paint, "soft", edge=False)
    closure(canvas, item.values["closure"], item.paint)


def case_inside(canvas: Canvas, item: Item) -> None:
    """Both halves open, straps over the lining."""
    for left, right in ((-0.02, 0.49), (0.51, 1.02)):
        canvas.shape(rounded(left, 0.1, right, 0.92, 0.07), item.paint, "side")
        canvas.shape(rounded(left + 0.09, 0.2, right - 0.09, 0.82, 0.04), LINING, "soft")
    for start, stop in ((0.22, 0.8), (0.8, 0.22)):
        canvas.line(points((0.08, start), (0.39, stop)), 0.03, WOOD)


def _dial(kind: str, grow: float) -> Points:
    turns = np.radians(np.arange(8) * 45 + 22.5)
    outline = {
        "round": ellipse(0, 0, 0.33),
        "square": rounded(-0.29, -0.29, 0.29, 0.29, 0.03),
        "oval": ellipse(0, 0, 0.21, 0.38),
        "octagon": np.stack([np.cos(turns), np.sin(turns)], axis=1) * 0.36,
    }[kind]
    return 0.5 + outline * grow


def watch_front(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["dial"], item.paint
    canvas.shape(rect(0.33, -0.1, 0.67, 1.1), paint, "side")
    for x in (0.36, 0.64):
        canvas.stitches(points((x, -0.1), (x, 1.1)), paint.relief)
    canvas.shape(rounded(0.46, 0.46, 0.9, 0.54, 0.03), METAL, "down")
    canvas.shape(_dial(kind, 1.12), METAL, "ball")
    canvas.shape(_dial(kind, 0.86), CREAM, "soft")
    _hands(canvas, INK)


def _hands(canvas: Canvas, rgb: tuple[int, int, int]) -> None:
    canvas.line(points((0.5, 0.5), (0.38, 0.38)), 0.035, rgb)
    canvas.line(points((0.5, 0.5), (0.6, 0.3)), 0.024, rgb)
    canvas.dots([(0.5, 0.5)], 0.03, GOLD)


def watch_face(canvas: Canvas, item: Item) -> None:
    """So close that the rim lies outside the frame."""
    kind, paint = item.values["marks"], item.paint
    ink = CREAM if sum(paint.rgb) < 480 else INK
    canvas.shape(FULL, paint, "ball", edge=False)
    for hour in range(12):
        turn = hour * 30
        x, y = arc(0.5, 0.5, 0.41, 0.41, turn - 90, turn - 89)[0]
        if kind == "dots":
            canvas.dots([(x, y)], 0.05, ink)
        elif kind == "bars":
            canvas.shape(placed(rect(-0.022, -0.1, 0.022, 0.1), x, y, 1, -turn), ink, edge=False)
        elif kind == "triangles":
            canvas.shape(
                placed(points((-0.085, -0.08), (0.085, -0.08), (0, 0.09)), x, y, 1, -turn), ink, edge=False
            )
        elif kind == "roman" and hour % 3 == 0:
            _numeral(canvas, hour, x, y, ink)
    _hands(canvas, ink)


def _numeral(canvas: Canvas, hour: int, x: float, y: float, rgb: tuple[int, int, int]) -> None:
    """XII, III, VI or IX, upright and large."""
    glyphs = {0: "XII", 3: "III", 6: "VI", 9: "IX"}[hour]
    for at, glyph in enumerate(glyphs):
        left = x + (at - (len(glyphs) - 1) / 2) * 0.1
        top, low, half = y - 0.1, y + 0.1, 0.04
        strokes = {
            "I": [points((left, top), (left, low))],
            "V": [points((left - half, top), (left, low), (left + half, top))],
            "X": [
                points((left - half, top), (left + half, low)),
                points((left + half, top), (left - half, low)),
            ],
        }[glyph]
        for path in strokes:
            canvas.line(path, 0.032, rgb)


def watch_clasp(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["closure"], item.paint
    canvas.shape(rect(-0.1, 0.14, 1.1, 0.86), paint, "down")
    for y in (0.19, 0.81):
        canvas.stitches(points((-0.1, y), (1.1, y)), paint.relief)
    closure(canvas, kind, paint)


def watch_side(canvas: Canvas, item: Item) -> None:
    """Standing on its closed strap: a loop, the crown to the right."""
    loop = ellipse(0.5, 0.56, 0.36, 0.36)
    canvas.line(loop, 0.17, item.paint.edge, closed=True)
    canvas.line(loop, 0.15, item.paint.rgb, closed=True)
    canvas.stitches(ellipse(0.5, 0.56, 0.39, 0.39), item.paint.relief, closed=True)
    canvas.shape(rounded(0.3, 0.06, 0.7, 0.26, 0.05), METAL, "down")
    canvas.shape(rounded(0.7, 0.12, 0.77, 0.2, 0.02), GOLD, "down")


SUITCASE = {"front": case_front, "base": case_base, "lock": case_lock, "inside": case_inside}
WATCH = {"front": watch_front, "face": watch_face, "clasp": watch_clasp, "side": watch_side}
