"""Cap: from the front, the side, the back and above."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import INK, METAL, Paint
from catalog.demo.parts import Item, emblem
from catalog.demo.shapes import Points, arc, ellipse, mirrored, points, rect, rounded, smooth


def _dome(canvas: Canvas, paint: Paint) -> None:
    canvas.shape(
        mirrored(
            smooth(points((0.5, 0.04), (0.22, 0.13), (0.07, 0.4), (0.06, 0.74), (0.5, 0.78)), closed=False)
        ),
        paint,
        "side",
    )
    canvas.dots([(0.5, 0.04)], 0.035, paint.edge)


def front(canvas: Canvas, item: Item) -> None:
    paint = item.paint
    _dome(canvas, paint)
    for side in (-1, 1):
        seam = smooth(points((0.5, 0.06), (0.5 + 0.26 * side, 0.26), (0.5 + 0.3 * side, 0.7)), closed=False)
        canvas.stitches(seam, paint.relief)
    brim = mirrored(
        smooth(points((0.5, 0.72), (0.2, 0.7), (0.0, 0.84), (0.2, 0.97), (0.5, 0.99)), closed=False)
    )
    canvas.shape(brim, paint.shaded, "down")
    canvas.stitches(arc(0.5, 0.74, 0.4, 0.19, 20, 160), paint.relief)
    emblem(canvas, item.values["print"], 0.5, 0.44, 0.22, paint)


def _brim(kind: str) -> Points:
    """The brim in profile, from the crown at the right to its tip at the left."""
    upper, lower = {
        "flat": ([(0.46, 0.66), (0.0, 0.66)], [(0.0, 0.74), (0.46, 0.76)]),
        "curved": (
            [(0.46, 0.64), (0.22, 0.64), (0.06, 0.76), (0.0, 0.95)],
            [(0.1, 0.94), (0.2, 0.79), (0.46, 0.76)],
        ),
        "upturned": (
            [(0.46, 0.66), (0.24, 0.62), (0.1, 0.44), (0.04, 0.2)],
            [(-0.04, 0.28), (0.03, 0.58), (0.2, 0.74), (0.46, 0.76)],
        ),
        "short": ([(0.46, 0.66), (0.22, 0.68)], [(0.22, 0.76), (0.46, 0.76)]),
    }[kind]
    return np.concatenate([_curve(upper), _curve(lower)])


def _curve(corners: list[tuple[float, float]]) -> Points:
    return smooth(np.array(corners), closed=False)


def side(canvas: Canvas, item: Item) -> None:
    paint = item.paint
    canvas.shape(_brim(item.values["brim"]), paint.shaded, "soft")
    crown = points(
        (0.32, 0.76), (0.31, 0.5), (0.42, 0.26), (0.64, 0.16), (0.88, 0.28), (0.99, 0.54), (1.0, 0.76)
    )
    canvas.shape(smooth(crown, closed=False), paint, "side")
    canvas.dots([(0.65, 0.16)], 0.03, paint.edge)
    canvas.stitches(smooth(points((0.65, 0.18), (0.66, 0.45), (0.64, 0.75)), closed=False), paint.relief)
    canvas.dots([(0.5, 0.42), (0.8, 0.42)], 0.022, paint.relief)


def back(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["closure"], item.paint
    _dome(canvas, paint)
    canvas.shape(arc(0.5, 0.74, 0.32, 0.36, 180, 360), INK)
    if kind == "elastic":
        canvas.shape(rounded(0.06, 0.6, 0.94, 0.9, 0.06), paint, "down")
        for x in np.arange(0.12, 0.92, 0.065):
            canvas.line(points((x, 0.62), (x, 0.88)), 0.022, paint.relief)
        return
    canvas.shape(rounded(0.06, 0.64, 0.94, 0.88, 0.05), paint.shaded, "down")
    if kind == "snap":
        for x in (0.2, 0.35, 0.5, 0.65, 0.8):
            canvas.shape(ellipse(x, 0.76, 0.055), METAL, "ball")
    elif kind == "buckle":
        frame = rounded(0.34, 0.58, 0.66, 0.94, 0.05)
        canvas.line(frame, 0.085, Paint(METAL).edge, closed=True)
        canvas.line(frame, 0.06, METAL, closed=True)
        canvas.stroke(points((0.5, 0.6), (0.5, 0.93)), 0.045, METAL)
    else:
        canvas.shape(rect(0.28, 0.62, 0.92, 0.92), (96, 96, 102))
        for at, y in enumerate(np.arange(0.66, 0.91, 0.055)):
            canvas.dots(
                [(x + 0.027 * (at % 2), y) for x in np.arange(0.32, 0.89, 0.055)], 0.014, (214, 214, 214)
            )


def top(canvas: Canvas, item: Item) -> None:
    paint = item.paint
    canvas.shape(
        mirrored(smooth(points((0.5, 1.0), (0.2, 0.93), (0.12, 0.6), (0.5, 0.5)), closed=False)),
        paint.shaded,
        "down",
    )
    canvas.shape(ellipse(0.5, 0.42, 0.4), paint, "ball")
    for turn in range(0, 360, 60):
        rim = arc(0.5, 0.42, 0.4, 0.4, turn - 90, turn - 89)[0]
        canvas.line(np.array([(0.5, 0.42), rim]), 0.012, paint.relief)
    canvas.dots([(0.5, 0.42)], 0.05, paint.edge)


DRAWINGS = {"front": front, "side": side, "back": back, "top": top}
